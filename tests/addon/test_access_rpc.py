"""Other companies and lower groups come in over RPC, by every door that Odoo has."""

import json
import xmlrpc.client
from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tools import mute_logger

from tests.addon.test_security import WITHOUT_COMPANY, SecurityCase
from tests.addon.webhook_case import WebhookCase

QUIET = (
    "odoo.http",
    "odoo.sql_db",
    "odoo.addons.base.models.ir_rule",
    "odoo.addons.base.models.ir_model",
    "odoo.addons.rpc.controllers.jsonrpc",
    "odoo.addons.rpc.controllers.xmlrpc",
    "odoo.orm.models",
    "odoo.models",
)
REFUSALS = {
    "odoo.exceptions.AccessError",
    "odoo.exceptions.MissingError",
    "odoo.exceptions.UserError",
    "odoo.exceptions.ValidationError",
    # The method or the argument is none that may come from outside.
    "builtins.AssertionError",
    "builtins.AttributeError",
    "builtins.ValueError",
    "builtins.TypeError",
    "builtins.KeyError",
}


def reads(ids, extra=None):
    """Return the calls that read rows, by name, with their arguments."""
    domain = [["id", "in", ids]]
    spec = {"display_name": {}, "company_id": {"fields": {"name": {}}}, **(extra or {})}
    return [
        ("read", [ids], {}),
        ("web_read", [ids], {"specification": spec}),
        ("search_read", [domain], {}),
        ("search_fetch", [domain, ["display_name"]], {}),
        ("web_search_read", [domain], {"specification": spec}),
        ("search", [domain], {}),
        ("search_count", [domain], {}),
        ("read_group", [domain, ["id"], ["company_id"]], {}),
        ("formatted_read_group", [domain, ["company_id"], ["__count"]], {}),
        ("web_read_group", [domain, ["company_id"], ["__count"]], {}),
        ("export_data", [ids, ["id", "display_name"]], {}),
        ("name_search", ["", domain], {}),
        ("web_name_search", ["", {"display_name": {}}, domain], {}),
        ("onchange", [ids[:1], {}, ["company_id"], spec], {}),
        ("get_metadata", [ids], {}),
        ("mapped", [ids, "display_name"], {}),
        ("filtered_domain", [ids, [["display_name", "ilike", ""]]], {}),
    ]


def writes(ids, company, partner):
    """Return the calls that change rows."""
    return [
        ("write", [ids, {"company_id": company}], {}),
        ("web_save", [ids, {"company_id": company}], {"specification": {}}),
        ("unlink", [ids], {}),
        ("copy", [ids], {}),
        ("action_archive", [ids], {}),
        ("message_post", [ids[:1]], {"body": "Mijn"}),
        ("message_subscribe", [ids], {"partner_ids": [partner]}),
        ("activity_schedule", [ids], {"summary": "Mijn"}),
    ]


class RpcCase(SecurityCase, WebhookCase):
    tries = 0

    def log_in(self, user):
        self.login = user.login
        self.password = user.login + "x" * (8 - len(user.login))
        self.authenticate(self.login, self.password)

    def call(self, model, method, args, kwargs=None):
        """Call as the web client does.

        :return: the result and the name of the error, one of both
        """
        self.tries += 1
        with mute_logger(*QUIET):
            answer = self.url_open(
                "/web/dataset/call_kw",
                data=json.dumps(
                    {
                        "jsonrpc": "2.0",
                        "id": 0,
                        "method": "call",
                        "params": {
                            "model": model,
                            "method": method,
                            "args": args,
                            "kwargs": kwargs or {},
                        },
                    }
                ),
                headers={"Content-Type": "application/json"},
            ).json()
        self.text = json.dumps(answer.get("result", answer.get("error", {})))
        if "error" in answer:
            return None, answer["error"]["data"]["name"]
        return answer["result"], None

    def assert_nothing(self, model, method, args, kwargs=None):
        """Expect a refusal, or an answer in which there is nothing."""
        result, error = self.call(model, method, args, kwargs)
        if error:
            self.assertIn(error, REFUSALS, self.text[:500])
        else:
            self.assert_empty(method, result)
        return error

    def assert_empty(self, method, result):
        if isinstance(result, dict):
            result = (
                result.get("records")
                or result.get("groups")
                or result.get("datas")
                or result.get("length")
                or any(
                    value not in (False, None, [], 0, "", {})
                    for value in (result.get("value") or {}).values()
                )
            )
        if isinstance(result, list):
            result = [
                row for row in result if not (isinstance(row, dict) and self.zero(row))
            ]
        self.assertFalse(result, f"{method}: {str(result)[:300]}")

    def zero(self, row):
        """Return whether a group counts nothing."""
        return "__count" in row and not row["__count"]

    def assert_refused_call(self, model, method, args, kwargs=None):
        result, error = self.call(model, method, args, kwargs)
        if method == "message_subscribe" and error is None:
            # Odoo says no to who wants to follow by herself, and that is all.
            self.assertIs(result, False)
            return
        self.assertIn(error, REFUSALS, f"{model}.{method}: {self.text[:300]}")


class TestRpcOtherCompany(RpcCase):
    def ours(self):
        return {
            name: self.env[name]
            .with_context(active_test=False)
            .search([("company_id", "=", self.env.company.id)])
            .ids
            for name in self.models()
            if name not in WITHOUT_COMPANY
        }

    def reads_of(self, stranger, ids):
        # A bookkeeper reads what a user reads.
        return [] if "bookkeeper" in stranger.login else reads(ids)

    def writes_of(self, stranger, ids):
        return writes(ids, self.other.id, stranger.partner_id.id)

    def test_nothing_is_read_or_written_across_companies(self):
        link = self.booked()
        order = self.order(self.number)
        order.message_post(body="Onze order")
        link.activity_schedule(summary="Onze taak", user_id=self.manager.id)
        self.env["ir.attachment"].create(
            {
                "name": "onze.txt",
                "raw": b"x",
                "res_model": order._name,
                "res_id": order.id,
            }
        )
        ours = self.ours()
        before = {
            name: self.env[name].with_context(active_test=False).search_count([])
            for name in ours
        }
        for stranger in self.strangers:
            self.log_in(stranger)
            for name, ids in ours.items():
                for method, args, kwargs in self.reads_of(stranger, ids):
                    with self.subTest(user=stranger.login, model=name, call=method):
                        self.assert_nothing(name, method, args, kwargs)
                for method, args, kwargs in self.writes_of(stranger, ids):
                    with self.subTest(user=stranger.login, model=name, call=method):
                        self.assert_refused_call(name, method, args, kwargs)
                for companies in ([self.env.company.id], [self.other.id, 1]):
                    forged = {"context": {"allowed_company_ids": companies}}
                    with self.subTest(
                        user=stranger.login, model=name, forged=companies
                    ):
                        self.assert_nothing(
                            name, "search_read", [[["id", "in", ids]]], forged
                        )
                        self.assert_nothing(name, "read", [ids], forged)
            self.assert_no_message_of(order)
        self.assert_other_doors(order)
        self.env.invalidate_all()
        for name, count in before.items():
            model = self.env[name].with_context(active_test=False)
            rest = model.search([("company_id", "=", self.env.company.id)])
            self.assertEqual(set(rest.ids), set(ours[name]), name)
            self.assertGreaterEqual(model.search_count([]), count)
        followers = self.env["mail.followers"].search(
            [("res_model", "in", list(ours)), ("partner_id.user_ids", "in", self.ids())]
        )
        self.assertFalse(
            followers.filtered(lambda row: row.res_id in ours[row.res_model])
        )
        self.assertGreater(self.tries, 1500)
        print(f"\nRPC across companies: {self.tries} calls tried")  # noqa: T201

    def test_nothing_is_made_for_or_given_to_another_company(self):
        link = self.booked()
        shared = self.env["exact.app"].create(
            {"name": "S", "client_id": "x", "client_secret": "y", "company_id": False}
        )
        self.log_in(self.strangers[-1])
        self.assert_nothing_made_for(link, shared)

    def ids(self):
        return [stranger.id for stranger in self.strangers]

    def assert_no_message_of(self, order):
        for name, domain in (
            ("mail.message", [["model", "=", order._name], ["res_id", "=", order.id]]),
            ("mail.activity", [["res_model", "like", "lightspeed"]]),
            ("ir.attachment", [["res_model", "=", order._name]]),
            ("mail.followers", [["res_model", "=", order._name]]),
            ("mail.tracking.value", [["mail_message_id.model", "=", order._name]]),
        ):
            with self.subTest(model=name):
                self.assert_nothing(name, "search_read", [domain, ["id"]])

    def assert_nothing_made_for(self, link, shared):
        """Rows of one's own that point to a row of another company, or are its."""
        administration, shop = link.administration_id, link.shop_id
        company = self.env.company.id
        connection = administration.connection_id
        account = administration.gl_account_ids[0]
        profile = self.env["exact.invoice.profile"].search([], limit=1)
        made, _error = self.call("lightspeed.shop", "create", [{"name": "Mijn"}])
        own, _error = self.call("lightspeed.exact.entity", "create", [{"name": "Mijn"}])
        mine, _error = self.call(
            "exact.connection", "create", [{"name": "Mijn", "app_id": shared.id}]
        )
        self.assertTrue(made and own and mine)
        creates = (
            ("lightspeed.shop", {"name": "Hun", "company_id": company}),
            ("lightspeed.exact.entity", {"name": "Hun", "company_id": company}),
            (
                "exact.connection",
                {"name": "Hun", "app_id": shared.id, "company_id": company},
            ),
            ("exact.connection", {"name": "Hun", "app_id": connection.app_id.id}),
            (
                "lightspeed.exact.link",
                {"shop_id": shop.id, "administration_id": administration.id},
            ),
            (
                "lightspeed.exact.link",
                {"shop_id": made, "administration_id": administration.id},
            ),
            (
                "exact.administration",
                {
                    "name": "Hun",
                    "division": 7,
                    "app_id": shared.id,
                    "connection_id": connection.id,
                },
            ),
            (
                "lightspeed.exact.ledger.rule",
                {"link_id": link.id, "gl_account_id": account.id},
            ),
            (
                "lightspeed.exact.payment.rule",
                {"link_id": link.id, "clearing_account_id": account.id},
            ),
            ("lightspeed.exact.product.rule", {"link_id": link.id, "kind": "margin"}),
            (
                "lightspeed.product.category",
                {"shop_id": shop.id, "product_remote_id": "2", "name": "Hun"},
            ),
            (
                "lightspeed.exact.entity.period",
                {"entity_id": link.entity_id.id, "kind": "small_business"},
            ),
            (
                "lightspeed.exact.entity.year",
                {"entity_id": link.entity_id.id, "year": 2020, "amount": 1},
            ),
            ("exact.collective.customer", {"link_id": link.id, "code": "1"}),
            (
                "exact.invoice.profile",
                {"name": "Hun", "administration_id": administration.id},
            ),
        )
        for name, values in creates:
            with self.subTest(create=name, values=values):
                self.assert_refused_call(name, "create", [values])
                defaults = {f"default_{key}": value for key, value in values.items()}
                self.assert_refused_call(name, "create", [{}], {"context": defaults})
        moved = (
            ("lightspeed.shop", made, {"company_id": company}),
            ("lightspeed.shop", made, {"link_ids": [[4, link.id]]}),
            ("lightspeed.exact.entity", own, {"company_id": company}),
            (
                "lightspeed.exact.entity",
                own,
                {"administration_ids": [[4, administration.id]]},
            ),
            ("exact.connection", mine, {"company_id": company}),
            ("exact.connection", mine, {"app_id": connection.app_id.id}),
            (
                "exact.connection",
                mine,
                {"administration_ids": [[4, administration.id]]},
            ),
            ("lightspeed.shop", made, {"invoice_pdf_url": "https://x.example/{id}"}),
            ("lightspeed.shop", made, {"api_url": "https://x.example"}),
        )
        moved += tuple(self.given_away(link, shared))
        for name, record, values in moved:
            with self.subTest(write=name, values=values):
                self.assert_refused_call(name, "write", [[record], values])
        self.assertTrue(profile.exists())

    def given_away(self, link, shared):
        """Rows that the others have themselves, given to a row of ours."""
        company = self.other.id
        connection = self.env["exact.connection"].create(
            {"name": "Van hen", "app_id": shared.id, "company_id": company}
        )
        administration = self.env["exact.administration"].create(
            {
                "name": "Van hen",
                "division": 8,
                "app_id": shared.id,
                "connection_id": connection.id,
                "company_id": company,
            }
        )
        shop, third = self.env["lightspeed.shop"].create(
            [{"name": "Van hen", "company_id": company} for _each in range(2)]
        )
        entity = self.env["lightspeed.exact.entity"].create(
            {"name": "Van hen", "company_id": company}
        )
        theirs = self.env["lightspeed.exact.link"].create(
            {
                "shop_id": shop.id,
                "administration_id": administration.id,
                "company_id": company,
            }
        )
        accounts = link.administration_id.gl_account_ids
        account, paid_on = (
            row.copy({"administration_id": administration.id})
            for row in (
                accounts[0],
                accounts.filtered(lambda row: row.account_type == 16)[0],
            )
        )
        mine = {"link_id": theirs.id}
        for name, values, away in (
            (
                "lightspeed.exact.product.rule",
                {**mine, "kind": "margin", "brand": "X"},
                {"link_id": link.id},
            ),
            (
                "lightspeed.exact.payment.rule",
                {**mine, "clearing_account_id": paid_on.id},
                {"link_id": link.id},
            ),
            (
                "lightspeed.exact.ledger.rule",
                {**mine, "line_kind": "rounding", "gl_account_id": account.id},
                {"link_id": link.id},
            ),
            (
                "lightspeed.product.category",
                {"shop_id": third.id, "product_remote_id": "3", "name": "X"},
                {"shop_id": link.shop_id.id},
            ),
            (
                "lightspeed.exact.entity.year",
                {"entity_id": entity.id, "year": 2019, "amount": 1},
                {"entity_id": link.entity_id.id},
            ),
            (
                "lightspeed.exact.entity.period",
                {"entity_id": entity.id, "kind": "small_business"},
                {"entity_id": link.entity_id.id},
            ),
        ):
            made = self.env[name].create(values)
            self.assertEqual(made.company_id, self.other)
            yield name, made.id, away
        yield "lightspeed.exact.link", theirs.id, {"company_id": link.company_id.id}
        yield "lightspeed.exact.link", theirs.id, {"shop_id": link.shop_id.id}
        yield (
            "lightspeed.exact.link",
            theirs.id,
            {"administration_id": link.administration_id.id},
        )
        yield (
            "exact.administration",
            administration.id,
            {"company_id": link.company_id.id},
        )
        yield (
            "exact.administration",
            administration.id,
            {"connection_id": link.administration_id.connection_id.id},
        )
        yield (
            "exact.administration",
            administration.id,
            {"entity_id": link.entity_id.id},
        )

    def assert_other_doors(self, order):
        """The other ways that Odoo lets programs in, for the manager of elsewhere."""
        domain = [["id", "in", order.ids]]
        for stranger in self.strangers:
            password = stranger.login + "x" * (8 - len(stranger.login))
            key = (
                self.env["res.users.apikeys"]
                .with_user(stranger)
                .sudo()
                ._generate("rpc", "k", fields.Datetime.now() + timedelta(days=1))
            )
            for method, arguments in (
                ("read", {"ids": order.ids, "fields": ["number"]}),
                ("search_read", {"domain": domain, "fields": ["number"]}),
                ("write", {"ids": order.ids, "vals": {"skip_reason": "Mijn"}}),
                ("action_skip", {"ids": order.ids}),
            ):
                for context in ({}, {"allowed_company_ids": [self.env.company.id]}):
                    self.tries += 1
                    with mute_logger(*QUIET):
                        answer = self.url_open(
                            f"/json/2/{order._name}/{method}",
                            data=json.dumps({**arguments, "context": context}),
                            headers={
                                "Authorization": f"Bearer {key}",
                                "Content-Type": "application/json",
                            },
                        )
                    with self.subTest(door="json2", call=method, context=context):
                        self.assertNotIn(order.number, answer.text)
                        refused = answer.status_code in (403, 404, 422)
                        self.assertTrue(
                            refused or answer.json() == [], answer.text[:300]
                        )
            calls = (
                ("read", [order.ids, ["number"]]),
                ("search_read", [domain, ["number"]]),
                ("write", [order.ids, {"skip_reason": "Mijn"}]),
                ("action_skip", [order.ids]),
            )
            for method, arguments in calls:
                with self.subTest(door="jsonrpc", call=method):
                    self.assert_door(
                        order,
                        self.jsonrpc(stranger, password, order, method, arguments),
                    )
                with self.subTest(door="xmlrpc", call=method):
                    self.assert_door(
                        order, self.xmlrpc(stranger, password, order, method, arguments)
                    )

    def assert_door(self, order, text):
        self.tries += 1
        self.assertNotIn(order.number, text)
        self.assertTrue(text == "[]" or "not allowed" in text or "access" in text, text)

    def jsonrpc(self, user, password, record, method, arguments):
        arguments = [self.cr.dbname, user.id, password, record._name, method, arguments]
        params = {"service": "object", "method": "execute_kw", "args": arguments}
        body = {"jsonrpc": "2.0", "id": 0, "method": "call", "params": params}
        with mute_logger(*QUIET):
            answer = self.url_open(
                "/jsonrpc",
                data=json.dumps(body),
                headers={"Content-Type": "application/json"},
            ).json()
        if "error" in answer:
            return answer["error"]["data"]["message"]
        return json.dumps(answer["result"])

    def xmlrpc(self, user, password, record, method, arguments):
        try:
            with mute_logger(*QUIET):
                found = self.xmlrpc_object.execute_kw(
                    self.cr.dbname, user.id, password, record._name, method, arguments
                )
        except xmlrpc.client.Fault as fault:
            return fault.faultString
        return json.dumps(found)

    def test_what_companies_share_tells_nothing_of_the_others(self):
        link = self.booked()
        connection = link.administration_id.connection_id
        connection.app_id.company_id = False
        connection.company_id = False
        link.administration_id.not_opened = True
        incidents = self.env["lightspeed.exact.incident"]
        incidents._open(connection, "exact", "temporary")
        names = {
            link.administration_id.name,
            link.administration_id.display_name,
            link.shop_id.name,
            link.name,
        }
        paths = (
            ("exact.connection", "administration_ids.name"),
            ("exact.connection", "administration_ids.link_ids.shop_id.name"),
            ("exact.connection", "administration_ids.link_ids.order_ids.email"),
            ("exact.app", "connection_ids.administration_ids.name"),
        )
        for stranger in self.strangers:
            self.log_in(stranger)
            for name, record in (
                ("exact.connection", connection),
                ("exact.app", connection.app_id),
            ):
                result, error = self.call(name, "read", [record.ids])
                with self.subTest(user=stranger.login, model=name):
                    self.assertFalse(error, self.text[:300])
                    self.assertEqual(result[0]["id"], record.id)
                    for text in names:
                        self.assertNotIn(json.dumps(text)[1:-1], self.text)
            result, _error = self.call(
                "exact.connection",
                "web_read",
                [connection.ids],
                {
                    "specification": {
                        "administration_ids": {"fields": {"name": {}}},
                        "administration_count": {},
                        "missing_text": {},
                        "same_user_text": {},
                    }
                },
            )
            self.assertEqual(
                (
                    result[0]["administration_ids"],
                    result[0]["administration_count"],
                    result[0]["missing_text"],
                ),
                ([], 0, ""),
            )
            for name, path in paths:
                for operator in ("like", "not like", "=like"):
                    domain = [[path, operator, "%"]]
                    with self.subTest(path=path, operator=operator):
                        count, error = self.call(name, "search_count", [domain])
                        plain, _error = self.call(
                            name, "search_count", [[[path, operator, "Nergens%x"]]]
                        )
                        # An answer that does not depend on what is there tells nothing.
                        if operator == "not like":
                            self.assertEqual(count, plain)
                        else:
                            self.assertFalse(count)


class TestRpcPayload(RpcCase):
    def test_the_raw_payload_leaks_by_no_call(self):
        self.booked()
        order = self.order(self.number)
        operation = order.operation_ids[:1]
        booking = order.booking_ids[:1]
        ids = order.ids
        like = [["payload", "like", "anna"]]
        deep = {"operation_ids": {"fields": {"payload": {}}}}
        calls = (
            (order, "read", [ids, ["payload"]], {}),
            (order, "web_read", [ids], {"specification": {"payload": {}}}),
            (order, "web_read", [ids], {"specification": deep}),
            (order, "search_read", [[], ["payload"]], {}),
            (order, "search_count", [like], {}),
            (order, "search_count", [[["payload", "!=", False]]], {}),
            (order, "search", [[], 0, 1, "payload desc"], {}),
            (order, "formatted_read_group", [[], ["payload"], ["__count"]], {}),
            (order, "formatted_read_group", [[], [], ["payload:max"]], {}),
            (order, "formatted_read_group", [[], [], ["payload:array_agg"]], {}),
            (order, "read_group", [[], ["payload:max"], []], {}),
            (order, "web_read_group", [like, ["state"], ["__count"]], {}),
            (order, "export_data", [ids, ["payload"]], {}),
            (order, "export_data", [ids, ["operation_ids/payload"]], {}),
            (order, "name_search", ["", like], {}),
            (order, "filtered_domain", [ids, like], {}),
            (order, "mapped", [ids, "payload"], {}),
            (order, "search_fetch", [[], ["payload"]], {}),
            (order, "onchange", [ids, {}, [], {"payload": {}}], {}),
            (order, "onchange", [ids, {}, [], deep], {}),
            (booking, "search_count", [[["order_id.payload", "like", "a"]]], {}),
            (booking, "search_count", [[["operation_id.payload", "like", "a"]]], {}),
            (booking, "search", [[], 0, 1, "order_id.payload"], {}),
            (booking, "export_data", [booking.ids, ["order_id/payload"]], {}),
            (booking, "export_data", [booking.ids, ["operation_id/payload"]], {}),
            (operation, "read", [operation.ids], {}),
            (operation, "search_count", [[]], {}),
            (operation, "search_read", [[]], {}),
            (operation, "export_data", [operation.ids, ["payload"]], {}),
        )
        for person in (self.user, self.bookkeeper):
            self.log_in(person)
            for record, method, args, kwargs in calls:
                with self.subTest(
                    user=person.login, model=record._name, call=method, args=args
                ):
                    result, error = self.call(record._name, method, args, kwargs)
                    self.assertNotIn("SalesEntryLines", self.text)
                    self.assertNotIn("anna@example.com", self.text)
                    if error:
                        self.assertIn(error, REFUSALS)
                    else:
                        # Said nothing: an empty value, or not the field.
                        self.assertNotIn('"payload": "', self.text)
                        self.assert_says_nothing(method, result)
        self.log_in(self.manager)
        result, _error = self.call(order._name, "read", [ids, ["payload"]])
        self.assertIn("anna@example.com", result[0]["payload"])

    def assert_says_nothing(self, method, result):
        self.assertNotIn(
            method, ("search_count", "search", "filtered_domain", "mapped")
        )

    def test_no_attachment_is_kept_of_a_booking(self):
        """The summary goes to Exact; who may not see the order could find it here."""
        self.booked()
        names = self.models()
        found = self.env["ir.attachment"].search([("res_model", "in", names)])
        self.assertFalse(found.filtered(lambda row: not row.res_field))
        bodies = (
            self.env["mail.message"].search([("model", "in", names)]).mapped("body")
        )
        self.assertNotIn("anna@example.com", " ".join(bodies))

    def test_defaults_of_the_context_write_no_override(self):
        self.log_in(self.manager)
        for name, value in (
            ("api_url", "https://evil.example"),
            ("invoice_pdf_url", "https://evil.example/{id}"),
            ("webhook_key", "x"),
        ):
            with self.subTest(field=name):
                values = {"name": "Mijn"}
                self.assert_refused_call(
                    "lightspeed.shop", "create", [{**values, name: value}]
                )
                self.assert_refused_call(
                    "lightspeed.shop",
                    "create",
                    [values],
                    {"context": {f"default_{name}": value}},
                )
                self.assert_refused_call(
                    "lightspeed.shop", "search_count", [[[name, "!=", False]]]
                )
        parameter = "lightspeed_exact_connector.vies_url"
        self.assert_refused_call(
            "ir.config_parameter", "set_param", [parameter, "https://evil.example"]
        )
        self.assert_refused_call("ir.config_parameter", "get_param", [parameter])
        self.assertEqual(
            self.env["ir.config_parameter"].get_param(parameter), self.box.vies_url
        )

    def test_the_rows_of_a_bookkeeper_stay_hers_over_rpc(self):
        link = self.booked()
        self.log_in(self.bookkeeper)
        for values in (
            {"state": "paused"},
            {"shop_id": link.shop_id.id},
            {"grouping": "account", "user_id": self.bookkeeper.id},
            {"rule_ids": [Command.clear()], "active": False},
        ):
            with self.subTest(values=values):
                self.assert_refused_call(link._name, "write", [link.ids, values])
                self.assert_refused_call(
                    link._name, "web_save", [link.ids, values], {"specification": {}}
                )
        done, _error = self.call(
            link._name, "write", [link.ids, {"grouping": "account"}]
        )
        self.assertTrue(done)
