"""Webhooks of a shop over real HTTP: what is taken, and what is refused."""

import contextlib
import http.client
import json
from unittest.mock import patch
from urllib.parse import urlsplit

from odoo.addons.lightspeed_exact_connector.clients import (
    lightspeed_webhooks as webhooks,
)
from odoo.addons.lightspeed_exact_connector.clients.lightspeed import app_password
from odoo.addons.lightspeed_exact_connector.controllers.webhook import MOST_BYTES

from sandbox.lightspeed.webhooks import sign
from tests.addon.connector_case import SECRET
from tests.addon.webhook_case import BODY, WebhookCase


class TestTaking(WebhookCase):
    def test_a_signed_webhook_becomes_a_hint_and_nothing_of_its_body_is_kept(self):
        link = self.make_webhooks()
        response = self.post(link.shop_id)
        self.assertEqual((response.status_code, response.content), (200, b""))
        self.assertNotIn("Set-Cookie", response.headers)
        self.assertEqual(self.named(), [("order", "17")])
        self.assertEqual(self.hints().link_id, link)
        self.assertTrue(link.shop_id.webhook_received_at)
        self.assertFalse(self.order("ORD00017"))

    def test_a_replay_costs_no_second_row(self):
        link = self.make_webhooks()
        for _again in range(3):
            self.assertEqual(self.post(link.shop_id).status_code, 200)
        self.assertEqual(self.named(), [("order", "17")])
        self.assertEqual(self.hints().generation, 3)

    def test_the_body_tells_the_id_before_a_header_that_nobody_signed(self):
        link = self.make_webhooks()
        self.post(link.shop_id, order="99")
        self.assertEqual(self.named(), [("order", "17")])

    def test_what_was_deleted_is_known_by_its_header(self):
        link = self.make_webhooks()
        self.post(link.shop_id, b"", event="orders/deleted", order="17")
        self.post(link.shop_id, b"", event="invoices/deleted", order=None, invoice="18")
        self.assertEqual(sorted(self.named()), [("invoice", "18"), ("order", "17")])

    def test_a_webhook_without_an_event_is_known_by_what_it_holds(self):
        link = self.make_webhooks()
        body = b'{"invoice":{"id":18}}'
        self.post(link.shop_id, body, event=None, order=None)
        self.post(link.shop_id, event=None, order=None)
        self.assertEqual(sorted(self.named()), [("invoice", "18"), ("order", "17")])

    def test_what_is_signed_and_unreadable_is_a_reason_to_look(self):
        """Whatever it was: the shop says that something changed."""
        link = self.make_webhooks()
        bodies = (
            b'{"order":{"id":',
            b"[1,2,3]",
            b"null",
            b'"' + b"x" * 1000 + b'"',
            b"[" * 50_000,
            b"9" * 10_000,
            b"\x00\xff\xfe\x80",
            "<order><id>17</id></order>".encode("utf-16"),
            b'{"order":{"id":"../../shop"}}',
            b'{"order":{"id":true}}',
            b'{"order":{"id":-1}}',
            b'{"order":{"id":1e9}}',
            b'{"order":{"id":' + b"1" * 19 + b"}}",
            b'{"order":[]}',
        )
        for body in bodies:
            with self.subTest(body=body[:30]):
                response = self.post(link.shop_id, body, order=None)
                self.assertEqual(response.status_code, 200)
                self.assertEqual(self.named(), [("all", "")])
                self.hints().unlink()

    def test_a_readable_id_in_a_header_saves_looking_at_all(self):
        link = self.make_webhooks()
        self.post(link.shop_id, b"<order/>", order="17")
        self.assertEqual(self.named(), [("order", "17")])

    def test_an_odd_id_in_a_header_is_no_id(self):
        link = self.make_webhooks()
        odd = (
            "1' OR 1=1",
            "0",
            "-4",
            "1" * 40,
            "17.json",
            "../17",
            "١٧".encode(),
        )
        for value in odd:
            with self.subTest(value=value):
                self.post(link.shop_id, b"", order=value)
                self.assertEqual(self.named(), [("all", "")])
                self.hints().unlink()

    def test_what_is_of_no_use_is_answered_and_forgotten(self):
        link = self.make_webhooks()
        for event in ("products/updated", "orders2/updated", "x" * 3000):
            response = self.post(link.shop_id, event=event)
            self.assertEqual(response.status_code, 200)
            self.assertFalse(self.hints())

    def test_any_content_type_will_do_the_signature_is_over_the_bytes(self):
        link = self.make_webhooks()
        kinds = (
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "text/xml",
            "application/json; charset=utf-16",
            "%",
            None,
        )
        for kind in kinds:
            with self.subTest(kind=kind):
                self.assertEqual(self.post(link.shop_id, kind=kind).status_code, 200)
                self.assertEqual(self.named(), [("order", "17")])
                self.hints().unlink()

    def test_an_installed_app_signs_with_either_of_its_secrets(self):
        link = self.make_webhooks()
        app_secret = "fedcba98" * 4
        app = self.env["lightspeed.app"].create(
            {"name": "App", "app_key": "k" * 32, "app_secret": app_secret}
        )
        token = "01234567" * 4
        link.shop_id.write({"auth_kind": "app", "app_id": app.id, "app_token": token})
        # Lightspeed reference, 1.3: the password of this token and secret.
        password = app_password(token, app_secret)
        for secret in (app_secret, password):
            with self.subTest(secret=secret):
                response = self.post(link.shop_id, secret=secret)
                self.assertEqual(response.status_code, 200)
                self.assertEqual(self.named(), [("order", "17")])
                self.hints().unlink()
        self.assert_refused(self.post(link.shop_id, secret=SECRET))
        self.assert_refused(self.post(link.shop_id, secret=token))

    def test_the_number_of_the_shop_may_be_written_with_zeros(self):
        link = self.make_webhooks()
        response = self.post(link.shop_id, shop="000" + link.shop_id.remote_id)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(self.named(), [("order", "17")])

    def test_a_link_that_does_not_run_has_no_hints(self):
        link = self.make_webhooks()
        link.action_pause()
        self.assertEqual(self.post(link.shop_id).status_code, 200)
        self.assertFalse(self.hints())

    def test_a_shop_that_wants_none_has_no_hints(self):
        link = self.make_webhooks()
        link.shop_id.use_webhooks = False
        self.assertEqual(self.post(link.shop_id).status_code, 200)
        self.assertFalse(self.hints())

    def test_a_copy_of_the_database_ignores_them(self):
        link = self.make_webhooks()
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "1")
        self.assertEqual(self.post(link.shop_id).status_code, 200)
        self.assertFalse(self.hints())


class TestRefusing(WebhookCase):
    def test_without_the_signature_of_this_shop_nothing_happens(self):
        link = self.make_webhooks()
        shop = link.shop_id
        good = sign(BODY, SECRET)
        body = json.dumps(json.loads(BODY)).encode()
        self.assert_refused(self.post(shop, signature=None))
        self.assert_refused(self.post(shop, signature=""))
        self.assert_refused(self.post(shop, secret="3" * 32))
        self.assert_refused(self.post(shop, secret=""))
        self.assert_refused(self.post(shop, signature=good.upper()))
        self.assert_refused(self.post(shop, signature=good + good))
        self.assert_refused(self.post(shop, signature="é" * 32))
        self.assert_refused(self.post(shop, signature="0" * 5000))
        # Over a body that was encoded anew, or that has one byte more.
        self.assert_refused(self.post(shop, body, signature=good))
        self.assert_refused(self.post(shop, BODY + b" ", signature=good))
        self.assert_refused(self.post(shop, b"", signature=good))

    def test_a_shop_without_a_secret_takes_nothing(self):
        link = self.make_webhooks()
        link.shop_id.api_secret = False
        self.assert_refused(self.post(link.shop_id, secret=""))
        link.shop_id.write({"auth_kind": "app", "app_token": "t"})
        self.assert_refused(self.post(link.shop_id, secret=""))

    def test_another_shop_is_another_shop(self):
        link = self.make_webhooks()
        other = self.second_link(link).shop_id
        other.use_webhooks = True
        self.assertNotEqual(other.webhook_key, link.shop_id.webhook_key)
        # The number of one and the address of the other; both have the same secret.
        self.assert_refused(self.post(other, shop=link.shop_id.remote_id))
        self.assert_refused(self.post(link.shop_id, shop=None))
        self.assert_refused(self.post(link.shop_id, shop=""))
        self.assert_refused(self.post(link.shop_id, key=other.webhook_key))
        other.api_secret = "9" * 32
        self.assert_refused(self.post(link.shop_id, secret="9" * 32))

    def test_an_unknown_key_is_answered_like_a_wrong_signature(self):
        link = self.make_webhooks()
        wrong = self.post(link.shop_id, secret="3" * 32)
        keys = ("x", "A" * 43, "%00" * 43, "A" * 2000, "'--", "..%2e", "é")
        for key in keys:
            with self.subTest(key=key):
                unknown = self.post(link.shop_id, key=key)
                self.assert_refused(unknown)
                self.assertEqual(self.told(unknown), self.told(wrong))

    def told(self, response):
        headers = {k: v for k, v in response.headers.items() if k != "Date"}
        return response.status_code, response.content, headers

    def test_as_much_is_computed_for_an_unknown_shop(self):
        link = self.make_webhooks()
        shop = link.shop_id
        for key in (shop.webhook_key, "A" * 43):
            with patch.object(webhooks, "_sign", wraps=webhooks._sign) as signed:
                self.post(shop, key=key, secret="3" * 32)
            self.assertEqual(signed.call_count, 2)

    def test_no_other_path_leads_there(self):
        link = self.make_webhooks()
        key = link.shop_id.webhook_key
        for path in (f"../lightspeed/{key}/", f"{key}/x", f"x/{key}", f"x/../../{key}"):
            with self.subTest(path=path):
                response = self.raw(
                    "POST", f"/lightspeed_exact/hooks/lightspeed/{path}"
                )
                self.assertEqual(response.status, 404)
                self.assertFalse(self.hints())

    def test_only_a_post_is_answered(self):
        link = self.make_webhooks()
        path = urlsplit(link.shop_id.webhook_address).path
        for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"):
            with self.subTest(method=method):
                self.assertEqual(self.raw(method, path).status, 405)
                self.assertFalse(self.hints())

    # === SIZES === #
    def raw(self, method, path, headers=(), pieces=()):
        """Send exactly these bytes; ``http.client`` would mend them."""
        parts = urlsplit(self.base_url())
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
        self.addCleanup(connection.close)
        connection.putrequest(method, path)
        for name, value in headers:
            connection.putheader(name, value)
        with self.open_to_all():
            connection.endheaders()
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                for piece in pieces:
                    connection.send(piece)
            response = connection.getresponse()
            response.read()
        return response

    def raw_post(self, shop, body, *length, pieces=None):
        headers = [
            ("X-Shop-Id", shop.remote_id),
            ("X-Event", "orders/updated"),
            ("X-Signature", sign(body, SECRET)),
            *length,
        ]
        path = urlsplit(shop.webhook_address).path
        return self.raw("POST", path, headers, [body] if pieces is None else pieces)

    def chunks(self, body, size=50_000):
        for start in range(0, len(body), size):
            piece = body[start : start + size]
            yield b"%x\r\n%s\r\n" % (len(piece), piece)
        yield b"0\r\n\r\n"

    def test_a_body_in_chunks_is_read(self):
        link = self.make_webhooks()
        chunked = ("Transfer-Encoding", "chunked")
        pieces = self.chunks(BODY, 7)
        response = self.raw_post(link.shop_id, BODY, chunked, pieces=pieces)
        self.assertEqual(response.status, 200)
        self.assertEqual(self.named(), [("order", "17")])

    def test_what_is_larger_than_an_order_is_refused_unread(self):
        link = self.make_webhooks()
        body = BODY + b" " * MOST_BYTES
        response = self.raw_post(link.shop_id, body, ("Content-Length", len(body)))
        self.assertEqual(response.status, 413)
        said = ("Content-Length", 10**12)
        response = self.raw_post(link.shop_id, BODY, said)
        self.assertEqual(response.status, 413)
        chunked = ("Transfer-Encoding", "chunked")
        pieces = self.chunks(body)
        response = self.raw_post(link.shop_id, body, chunked, pieces=pieces)
        self.assertEqual(response.status, 413)
        self.assertFalse(self.hints())

    def test_the_largest_body_that_is_read_is_read(self):
        link = self.make_webhooks()
        body = BODY + b" " * (MOST_BYTES - len(BODY))
        self.assertEqual(self.post(link.shop_id, body).status_code, 200)
        self.assertEqual(self.named(), [("order", "17")])

    def test_a_length_that_is_not_true_leads_to_nothing(self):
        link = self.make_webhooks()
        for length in ([], [("Content-Length", "5")], [("Content-Length", "-1")]):
            with self.subTest(length=length):
                pieces = [] if not length else None
                response = self.raw_post(link.shop_id, BODY, *length, pieces=pieces)
                self.assertIn(response.status, (400, 403))
                self.assertFalse(self.hints())

    def test_nobody_is_logged_what_the_body_held(self):
        link = self.make_webhooks()
        with self.assertLogs(level="DEBUG") as logs:
            self.post(link.shop_id)
            self.post(link.shop_id, secret="3" * 32)
        self.assertNotIn("anna@example.com", "\n".join(logs.output))
        self.assertNotIn(SECRET, "\n".join(logs.output))
