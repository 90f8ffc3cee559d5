"""A plain HTTP client of the Exact stand-in, for its tests."""

from contextlib import contextmanager
from decimal import Decimal
from urllib.parse import parse_qs, quote, urlsplit

import requests

from sandbox import Sandbox
from sandbox.core import dumps, loads
from sandbox.exact import demo

GUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
REDIRECT = demo.REDIRECT_URIS[0]
NOBODY = "00000000-0000-4000-8000-000000000000"


class Exact:
    """A connected app on one division."""

    def __init__(self, box, user=demo.USER_NL, division=demo.MAIN, divisions=None):
        self.box = box
        self.service = box.exact
        self.user = user
        self.division = division
        self.session = requests.Session()
        self.tokens = self.connect(divisions)

    # --- tokens -------------------------------------------------------------

    def connect(self, divisions=None):
        answer = self.service.control_consent(
            demo.CLIENT_ID, self.user, REDIRECT, "state", divisions
        )
        return self.exchange(answer["code"]).json()

    def token(self, **form):
        credentials = {
            "client_id": demo.CLIENT_ID,
            "client_secret": demo.CLIENT_SECRET,
        }
        url = f"{self.box.exact_url}/api/oauth2/token"
        data = {
            name: value
            for name, value in {**credentials, **form}.items()
            if value is not None
        }
        return self.session.post(url, data=data, timeout=10)

    def exchange(self, code, **form):
        values = {"grant_type": "authorization_code", "redirect_uri": REDIRECT}
        return self.token(**{**values, "code": code, **form})

    def refresh(self, refresh_token=None, **form):
        value = refresh_token or self.tokens["refresh_token"]
        return self.token(grant_type="refresh_token", refresh_token=value, **form)

    # --- calls --------------------------------------------------------------

    def url(self, path, **options):
        base = f"{self.box.exact_url}/api/v1/"
        if not path.startswith("current/"):
            base += f"{self.division}/"
        query = "&".join(
            f"${name}={quote(str(value), safe='')}" for name, value in options.items()
        )
        return f"{base}{path}" + (f"?{query}" if query else "")

    def call(self, method, url, data=None, headers=None):
        """Send a request as it should be; `headers` replace, None leaves out."""
        values = {
            "Authorization": f"Bearer {self.tokens['access_token']}",
            "Accept": "application/json",
            **({"Content-Type": "application/json"} if data is not None else {}),
            **(headers or {}),
        }
        body = data
        if data is not None and not isinstance(data, str | bytes):
            body = dumps(data)
        return self.session.request(
            method, url, data=body, headers=values, timeout=10, allow_redirects=False
        )

    def get(self, path, **options):
        """Return `d` of a successful GET."""
        answer = self.call("GET", self.url(path, **options))
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return loads(answer.text)["d"]

    def rows(self, path, **options):
        found = self.get(path, **options)
        return found if isinstance(found, list) else found["results"]

    def post(self, path, data, **headers):
        return self.call("POST", self.url(path), data, headers)

    def put(self, path, key, data):
        return self.call("PUT", self.url(f"{path}(guid'{key}')"), data)

    def delete(self, path, key):
        return self.call("DELETE", self.url(f"{path}(guid'{key}')"))

    def created(self, path, data, **headers):
        """Return `d` of a successful POST."""
        answer = self.post(path, data, **headers)
        assert answer.status_code == 201, (answer.status_code, answer.text)
        return loads(answer.text)["d"]

    def refused(self, path, data):
        """Return the text of a business refusal, whose form is checked."""
        return business(self.post(path, data))

    # --- bookkeeping --------------------------------------------------------

    def gl(self, code):
        return self.service.state.divisions[self.division].gl_account(code)["ID"]

    def customer(self, **fields):
        values = {"Name": "Jan Jansen", "PaymentConditionSales": "30", **fields}
        return self.service.control_add_account(self.division, **values)["ID"]

    def line(self, amount="100.00", gl="8000", vat="2", **fields):
        values = {"GLAccount": self.gl(gl), "AmountFC": Decimal(amount)}
        if vat is not None:
            values["VATCode"] = vat
        return {**values, **fields}

    def entry(self, *lines, **fields):
        """Return the payload of a sales entry."""
        values = {
            "Customer": fields.pop("Customer", None) or self.customer(),
            "Journal": "70",
            "EntryDate": "2026-06-03T00:00:00",
            "SalesEntryLines": list(lines) or [self.line()],
        }
        return {**values, **fields}

    def book(self, *lines, **fields):
        return self.created("salesentry/SalesEntries", self.entry(*lines, **fields))

    def refused_entry(self, *lines, **fields):
        return self.refused("salesentry/SalesEntries", self.entry(*lines, **fields))


def business(answer):
    """Return the text of a 500 with an error in the form of the reference 8.6."""
    assert answer.status_code == 500, (answer.status_code, answer.text)
    return error_text(answer)


def error_text(answer):
    """Return the text of an error, whose form is checked to the character."""
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    head = '{\r\n"error": {\r\n"code": "", "message": {\r\n"lang": "", "value": '
    text = answer.content.decode()
    assert text.startswith(head)
    assert text.endswith("\r\n}\r\n}\r\n}")
    error = loads(text)["error"]
    assert error["code"] == ""
    assert error["message"]["lang"] == ""
    return error["message"]["value"]


def query_of(url):
    """Return the query parameters of a URL, decoded once."""
    query = parse_qs(urlsplit(url).query)
    return {name: values[-1] for name, values in query.items()}


def start(box):
    """Fill the sandbox with the demo data and lift the quotas."""
    demo.seed(box.exact)
    box.exact.control_set_limits(minute=10_000, day=100_000, errors=1_000)
    return box.exact


@contextmanager
def running(user=demo.USER_NL):
    """Run a sandbox of its own, for tests that change nothing and share it."""
    with Sandbox(now="2026-06-03T10:31:00+00:00") as box:
        box.clock.freeze()
        start(box)
        yield Exact(box, user)
