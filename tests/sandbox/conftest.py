"""Fixtures of the sandbox's own tests: everything over real HTTP."""

import pytest
import requests

from sandbox import Sandbox
from tests.sandbox import exact_kit
from tests.sandbox.receiver import receiving

#: A moment well inside all rate-limit windows: 12:31:00 in Amsterdam.
NOW = "2026-06-03T10:31:00+00:00"


class Api:
    """A plain client of one shop."""

    def __init__(self, box, shop):
        self.box = box
        self.shop = shop["shop"]
        self.auth = (shop["key"], shop["secret"])
        self.language = shop["language"]
        self.session = requests.Session()

    def __call__(self, path, method="GET", **options):
        options.setdefault("auth", self.auth)
        options.setdefault("timeout", 10)
        url = f"{self.box.lightspeed_url}/{self.language}/{path}"
        return self.session.request(method, url, **options)

    def get(self, path, **options):
        """Return the value in the envelope of a successful answer."""
        answer = self(path, **options)
        assert answer.status_code == 200, answer.text
        (value,) = answer.json().values()
        return value

    def refused(self, path, status, method="GET", **options):
        """Return the message of a refusal, whose form is checked."""
        answer = self(path, method, **options)
        assert answer.status_code == status, answer.text
        error = answer.json()["error"]
        assert error["code"] == status
        assert error["method"] == method
        path = path.partition("?")[0]
        assert error["request"] == f"/{self.language}/{path}"
        return error["message"]

    def add(self, **options):
        """Add an order of one line, unless told otherwise."""
        options.setdefault("lines", [{"title": "Mok", "unit_incl": "12.10"}])
        return self.box.lightspeed.control_add_order(self.shop, **options)


@pytest.fixture
def box():
    """A running, empty sandbox whose clock stands still."""
    with Sandbox() as sandbox:
        sandbox.clock.freeze(NOW)
        yield sandbox


@pytest.fixture
def make_shop(box):
    def make(name="Voorbeeld", **options):
        return Api(box, box.lightspeed.control_add_shop(name, **options))

    return make


@pytest.fixture
def api(make_shop):
    """A client of a Dutch, price-including shop."""
    return make_shop()


@pytest.fixture
def exact(box):
    """A client of the main division of a sandbox of its own."""
    exact_kit.start(box)
    return exact_kit.Exact(box)


@pytest.fixture
def receiver():
    """A real receiver of webhooks on 127.0.0.1."""
    with receiving() as server:
        yield server


@pytest.fixture(scope="module")
def shared():
    """One sandbox for all tests that change nothing."""
    with exact_kit.running() as client:
        yield client
