"""Secrets are asked for over real HTTP, by everybody, in every way that Odoo offers."""

import contextlib
import json
import logging
from datetime import timedelta
from xmlrpc.client import Fault

from odoo import fields
from odoo.tests import HttpCase, tagged

from tests.addon.secret_case import FIELDS, VALUES, SecretCase

WRITTEN = "written over the wire"


@tagged("post_install", "-at_install")
class TestSecretsOverRpc(SecretCase, HttpCase):
    @contextlib.contextmanager
    def enter_registry_test_mode(self):
        # An HttpCase is in it all the time.
        self.env.flush_all()
        yield
        self.env.invalidate_all()

    def setUp(self):
        super().setUp()
        self.holders = self.make_holders()
        connection = self.make_connection()
        self.env["ir.exports"].create(
            {
                "name": "All",
                "resource": "lightspeed.shop",
                "export_fields": [
                    (0, 0, {"name": name}) for name in FIELDS["lightspeed.shop"]
                ],
            }
        )
        token = self.env["exact.token"].search(
            [("connection_id", "=", connection.id)], limit=1
        )
        self.tokens = [token.access_token, token.refresh_token]
        self.env.flush_all()

    # === WAYS IN === #
    def call_kw(self, login, model, method, args, kwargs):
        self.authenticate(login, login)
        answer = self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            data=json.dumps(
                {
                    "jsonrpc": "2.0",
                    "method": "call",
                    "params": {
                        "model": model,
                        "method": method,
                        "args": args,
                        "kwargs": kwargs,
                    },
                }
            ),
            headers={"Content-Type": "application/json"},
        )
        return answer.text

    def xmlrpc(self, login, model, method, args, kwargs):
        try:
            return repr(
                self.xmlrpc_object.execute_kw(
                    self.env.cr.dbname,
                    self.people[login].id,
                    self.api_key(login),
                    model,
                    method,
                    args,
                    kwargs,
                )
            )
        except Fault as fault:
            return repr(fault)

    def json_2(self, login, model, method, args, kwargs):
        names = {
            "read": ("ids", "fields"),
            "web_read": ("ids", "specification"),
            "export_data": ("ids", "fields_to_export"),
            "copy": ("ids",),
            "write": ("ids", "vals"),
            "web_save": ("ids", "vals", "specification"),
            "onchange": ("ids", "values", "field_names", "fields_spec"),
            "search": ("domain",),
            "name_search": ("name",),
            "read_group": ("domain", "fields", "groupby"),
            "formatted_read_group": ("domain", "groupby", "aggregates"),
            "search_read": ("domain", "fields"),
            "web_search_read": ("domain", "specification"),
            "fields_get": ("allfields",),
            "default_get": ("fields",),
            "create": ("vals_list",),
        }[method]
        answer = self.url_open(
            f"/json/2/{model}/{method}",
            data=json.dumps({**dict(zip(names, args, strict=True)), **kwargs}),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"bearer {self.api_key(login)}",
            },
        )
        return answer.text

    def api_key(self, login):
        keys = self.env["res.users.apikeys"].with_user(self.people[login]).sudo()
        until = fields.Datetime.now() + timedelta(days=1)
        key = keys._generate(None, "test", until)
        self.env.flush_all()
        return key

    def ways(self):
        return {
            (login, way.__name__): lambda *args, login=login, way=way: way(login, *args)
            for login in self.people
            for way in (self.call_kw, self.xmlrpc, self.json_2)
        }

    # === WHAT IS SAID === #
    @contextlib.contextmanager
    def listening(self):
        """Yield a list that has every line of the log at DEBUG afterwards."""
        lines = []
        loggers = [logging.getLogger(), logging.getLogger("odoo")]
        loggers += map(logging.getLogger, logging.root.manager.loggerDict)
        levels = {logger: logger.level for logger in loggers}
        with self.assertLogs(level=logging.DEBUG) as logs:
            for logger in loggers:
                logger.setLevel(logging.DEBUG)
            try:
                yield lines
            finally:
                for logger, level in levels.items():
                    logger.setLevel(level)
        lines += logs.output

    # === ATTEMPTS === #
    def reading(self, record, name):
        """Yield calls that would show a secret, if anything does."""
        model, ids = record._name, record.ids
        spec = {name: {}, f"{name}_hint": {}, "display_name": {}}
        yield model, "read", [ids, [name, f"{name}_hint"]], {}
        yield model, "search_read", [[], [name]], {}
        yield model, "web_read", [ids, spec], {}
        yield model, "web_search_read", [[], spec], {}
        yield model, "export_data", [ids, [name, f"{name}_hint"]], {}
        yield model, "fields_get", [[name]], {}
        yield model, "default_get", [[name]], {}
        yield model, "onchange", [ids, {"name": "Other"}, ["name"], spec], {}
        yield model, "name_search", [""], {}
        yield model, "read_group", [[], [name], [name]], {}
        yield model, "formatted_read_group", [[], [name], ["__count"]], {}
        yield model, "formatted_read_group", [[], [], [f"{name}:array_agg"]], {}
        yield model, "formatted_read_group", [[], [], [f"{name}:max"]], {}
        yield model, "search", [[]], {"order": f"{name} desc"}

    def closed(self):
        """Yield calls that would show a row of a closed room."""
        for model, names in (
            ("lightspeed.exact.secret", ["value", "res_id", "name"]),
            ("exact.token", ["access_token", "refresh_token"]),
        ):
            yield model, "search_read", [[], names], {}
            yield model, "read", [[1, 2, 3, 4, 5, 6], names], {}
            yield model, "export_data", [[1, 2, 3, 4, 5, 6], names], {}
            yield model, "read_group", [[], names[:1], names[:1]], {}
            yield model, "name_search", [""], {}
            yield model, "copy", [[1]], {}
            yield model, "write", [[1], {"name": "x"}], {}
            yield model, "create", [[{"name": "x"}]], {}
        shops = [[["id", "in", self.holders["lightspeed.shop"].ids]]]
        for path in ("connection_id", "connection_ids"):
            yield "exact.app", "search_read", [[], [f"{path}.access_token"]], {}
        yield "lightspeed.shop", "search_read", [*shops, ["app_id.app_secret"]], {}
        yield (
            "lightspeed.shop",
            "export_data",
            [
                self.holders["lightspeed.shop"].ids,
                ["app_id/app_secret", "app_id/.id"],
            ],
            {},
        )

    def test_nobody_reads_one(self):
        secrets = [*VALUES.values(), *self.tokens]
        said = []
        with self.listening() as lines:
            for (login, way), call in self.ways().items():
                for record in self.holders.values():
                    for name in FIELDS[record._name]:
                        for attempt in self.reading(record, name):
                            text = call(*attempt)
                            for secret in secrets:
                                self.assertNotIn(secret, text, (login, way, attempt))
                            said.append(text)
                for attempt in self.closed():
                    text = call(*attempt)
                    for secret in secrets:
                        self.assertNotIn(secret, text, (login, way, attempt))
                    said.append(text)
        self.assertGreater(len(said), 500)
        self.assertTrue(any("Filled in on" in text for text in said))
        self.assert_no_secret("\n".join(lines), [*secrets])

    def test_the_rooms_of_secrets_are_closed_to_everybody(self):
        with self.listening():
            for (login, way), call in self.ways().items():
                for model in ("lightspeed.exact.secret", "exact.token"):
                    text = call(model, "search", [[]], {})
                    self.assertRegex(text, "read by nobody", (login, way, model))

    def test_a_right_guess_looks_like_a_wrong_one(self):
        """No operator, and no path from another model, answers a part of a secret."""
        with self.listening():
            for (login, way), call in self.ways().items():
                for record in self.holders.values():
                    for name in FIELDS[record._name]:
                        for model, path in self.paths(record, name):
                            for operator in ("=", "ilike", ">"):
                                said = {
                                    self.guess(call, model, path, operator, guess)
                                    for guess in (VALUES[name], "0" * 8)
                                }
                                self.assertEqual(len(said), 1, (login, way, path))
                                self.assertNotIn(
                                    f"[{record.id}]", said.pop(), (login, way, path)
                                )

    def paths(self, record, name):
        yield record._name, name
        if record._name == "lightspeed.app":
            yield "lightspeed.shop", f"app_id.{name}"
        if record._name == "exact.app":
            yield "exact.connection", f"app_id.{name}"

    def guess(self, call, model, path, operator, value):
        """Return what a search answers, without what was asked for and where it failed.

        An error has a traceback that names the guess nowhere.
        """
        value = [value] if operator == "in" else value
        text = call(model, "search", [[[path, operator, value]]], {})
        return text.replace(str(value), "")

    def test_what_is_written_is_told_nowhere(self):
        """Not in the answer, not in the log at DEBUG, not in an error."""
        spec = {"name": {}}
        shop = self.holders["lightspeed.shop"]
        said = []
        with self.listening() as lines:
            for (login, way), call in self.ways().items():
                for record in self.holders.values():
                    name = FIELDS[record._name][0]
                    values = {name: f"{WRITTEN} by {login} {way}"}
                    own_spec = {**spec, name: {}, f"{name}_hint": {}}
                    for attempt in (
                        ("write", [record.ids, values]),
                        ("web_save", [record.ids, values, own_spec]),
                        ("onchange", [record.ids, values, [name], own_spec]),
                        # Refused: a required value is missing.
                        ("create", [[{**values, "name": False}]]),
                        ("web_save", [[], {**values, "name": False}, own_spec]),
                        ("write", [record.ids, {**values, "company_id": 999999}]),
                        ("write", [record.ids, {**values, "no_field": 1}]),
                        ("write", [[999999], values]),
                        ("copy", [record.ids]),
                    ):
                        said.append(call(record._name, *attempt, {}))
                self.env.invalidate_all()
                stored = shop._secret("api_key")
                may = login in ("manager", "system")
                self.assertEqual(stored == f"{WRITTEN} by {login} {way}", may)
        self.assert_no_secret("\n".join(said), [WRITTEN])
        self.assert_no_secret("\n".join(lines), [WRITTEN])
        self.assertTrue(any("call lightspeed.shop" in line for line in lines))
