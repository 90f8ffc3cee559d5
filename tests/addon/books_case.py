"""The sellers of ``tests.books`` as links of Odoo, their orders in the stand-in shop.

What the books of an administration must say is summed from the oracle's outcomes.
"""

from datetime import date, datetime, timezone
from decimal import Decimal
from fractions import Fraction

import requests

from odoo.fields import Command

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import ConnectorCase
from tests.books import cases, chart, law, numbers, policies, vendor
from tests.books.oracle import BOOKED
from tests.books.worlds import ACCOUNTS, CODES, WORLDS, vat_account

#: From here on everything is booked.
START = datetime(2025, 1, 1, tzinfo=timezone.utc)


def euros(cents) -> Decimal:
    """Return whole cents as an amount."""
    return Decimal(cents).scaleb(-2)


class BooksCase(ConnectorCase):
    """Several shops and administrations, filled from the suite of cases."""

    def setUp(self):
        super().setUp()
        self.start_at = START
        self.box.exact.control_set_limits(minute=100_000, day=1_000_000)
        self.box.exact.control_set_option(xi_vat_numbers=True)
        self.connection = None
        self.sellers = {}
        self.placed = {}

    # === SELLERS === #
    def make_divisions(self, divisions):
        """Make administrations, open to the user, before the consent is given.

        :param divisions: key of a seller -> number of its administration
        """
        for salt, (key, code) in enumerate(divisions.items()):
            world = WORLDS[key]
            number = None
            if world.country in law.RATES:
                number = numbers.valid(world.country, 100 + salt)
            self.box.exact.control_add_division(
                code,
                chart=world.accounts,
                users=[exact_demo.USER_NL],
                Description=f"Winkel {key}",
                Country=world.country,
                Currency=world.currency,
                VATNumber=number,
            )
            if number:
                self.box.vies.control_add_number(number)

    def make_entity(self, administration, world):
        """Say how the seller stands for VAT."""
        entity = administration.entity_id
        country = self.env["res.country"].search
        periods = [
            {"kind": "oss", "date_from": start, "date_to": end}
            for start, end in world.oss
        ]
        periods += [
            {"kind": "registered", "country_id": country([("code", "=", code)]).id}
            for code in world.registrations
        ]
        periods += [{"kind": "small_business"}] * world.small
        entity.write(
            {
                "postcode": world.postcode,
                "period_ids": [Command.create(values) for values in periods],
            }
        )
        if world.previous_net:
            amount = float(euros(world.previous_net))
            entity.year_ids = [Command.create({"year": 2025, "amount": amount})]

    def add_vat_codes(self, division, world):
        """Add the VAT codes that no chart has: OSS, and a country's own rates."""
        chart.add_vat_codes(self.box.exact, division, world)

    def make_seller(self, key, division, journal="70", **values):
        """Make shop, administration and link of a seller, with its ledger rules."""
        world = WORLDS[key]
        is_first = all(known != division for known, *_rest in self.sellers.values())
        if is_first:
            self.add_vat_codes(division, world)
        lightspeed = self.box.lightspeed
        made = lightspeed.control_add_shop(
            key,
            prices=world.prices,
            country=world.country.lower(),
            currency=world.currency,
            taxes=[rate for rate, _account, _code in world.home_rates],
        )
        lightspeed.control_set_rate_limits(
            made["shop"], limits=[50_000, 50_000, 50_000]
        )
        shop = self.make_shop(name=key, api_key=made["key"], api_secret=made["secret"])
        # A consent is for the administrations there are.
        self.connection = self.connection or self.make_connection()
        administration = self.make_administration(self.connection, division)
        if is_first:
            self.make_entity(administration, world)
        link = self.make_link(
            start=False,
            shop=shop,
            administration=administration,
            reference_prefix=self.number(key),
            **values,
        )
        link.journal_id = administration.journal_ids.filtered(
            lambda row: row.code == journal
        )
        self.make_rules(link, world)
        if world.customers == "collective":
            self.add_collective(link, division)
        self.make_product_rules(link)
        self.sellers[key] = (division, made["shop"], link)
        return link

    def add_collective(self, link, division):
        """Make the collective debtor in Exact, and choose it."""
        code = policies.COLLECTIVE
        self.box.exact.control_add_account(division, Name="Webwinkel", Code=code)
        with self.enter_registry_test_mode():
            self.env["exact.collective.customer"].create(
                {"link_id": link.id, "code": code}
            )

    def make_rules(self, link, world):
        """Give a link the ledger rules of a seller, and nothing else."""
        administration = link.administration_id
        accounts = {row.code: row.id for row in administration.gl_account_ids}
        codes = {row.code: row.id for row in administration.vat_code_ids}
        countries = {
            row.code: row.id
            for row in self.env["res.country"].search([("code", "!=", False)])
        }
        link.rule_ids.unlink()
        self.env["lightspeed.exact.ledger.rule"].create(
            [
                {
                    "link_id": link.id,
                    "line_kind": kind,
                    "treatment": treatment,
                    "any_rate": rate is None,
                    "rate": float(rate or 0),
                    "country_id": countries[country] if country else False,
                    "gl_account_id": accounts[account],
                    "vat_code_id": codes[code] if code else False,
                    "vat_code_source": "chosen" if code or kind else "oss",
                }
                for (
                    kind,
                    treatment,
                    rate,
                    country,
                    account,
                    code,
                    _type,
                    _percentage,
                ) in policies.rows(world)
            ]
        )

    def make_product_rules(self, link):
        """Tell a link what the vouchers and second-hand goods of its shop are."""
        self.env["lightspeed.exact.product.rule"].create(
            [
                {
                    "link_id": link.id,
                    "sequence": rule.key,
                    "article_code": rule.article,
                    "kind": rule.kind,
                }
                for rule in policies.PRODUCT_RULES
            ]
        )

    # === ORDERS === #
    def is_expressible(self, order):
        """Say whether the stand-in shop can be asked for an order.

        Its own arithmetic makes no mistakes, and its rates no noise; relations in Exact
        need a country that ISO has.
        """
        return not (
            order.noise
            or order.net_off != order.total_off
            or any(line.vat_off for line in order.charged())
            or order.currency != WORLDS[order.world].currency
            or "XI" in (order.buyer.country, order.buyer.billing)
            or not order.lines
        )

    def choose(self, key, wanted=lambda order, expected: True):
        """Return (place, order, outcome) of a seller's cases that are wanted."""
        return [
            (place, order, cases.expectations()[place][1])
            for place, order in enumerate(cases.orders())
            if order.world == key
            and self.is_expressible(order)
            and wanted(order, cases.expectations()[place][1])
        ]

    def place_orders(self, key, chosen, **values):
        """Put the orders in the shop; the stand-in's own arithmetic must agree.

        :param values: of ``control_add_order``, for all of them
        """
        _division, shop, _link = self.sellers[key]
        world = WORLDS[key]
        self.placed[key] = chosen
        for place, order, expected in chosen:
            spec = vendor.specification(order, place, world.incl)
            spec |= {"number": f"{place:05d}", **values}
            net, gross = order.totals(world.incl)
            if order.total_off:
                spec["overrides"] |= {
                    "priceIncl": euros(gross),
                    "priceExcl": euros(net),
                }
            truth = self.box.lightspeed.control_add_order(shop, **spec)
            self.assertEqual(
                (Decimal(truth["net"]), Decimal(truth["gross"])),
                (euros(net - order.net_off), euros(gross - order.total_off)),
                order.name,
            )
            if expected.asks_vies:
                self.register(expected.customer.removeprefix("vat:"))

    def register(self, number):
        """Let the tax office know a VAT number."""
        self.box.vies.control_add_number(number)

    def number(self, key, place=None):
        """Return the reference in Exact: the link's prefix and the order's number."""
        # A prefix has eight places.
        prefix = f"{key.removeprefix('nl_')[:7]}-"
        return prefix + ("" if place is None else f"{place:05d}")

    # === WHAT CAME OF THEM === #
    def assert_outcomes(self, key, chosen):
        """Assert that each order is booked, held or skipped as the oracle says."""
        division, _shop, link = self.sellers[key]
        entries = self.entries(division)
        records = {record.number: record for record in link.order_ids}
        wrong = []
        for place, order, expected in chosen:
            record = records.get(f"{place:05d}", link.order_ids.browse())
            entry = entries.get(self.number(key, place))
            found = (
                record.state,
                record.booking_ids[:1].treatment or "",
                entry and entry["AmountFC"],
            )
            wanted = (expected.outcome, "", None)
            if expected.outcome == BOOKED:
                wanted = (BOOKED, expected.treatment, euros(expected.gross))
            if found != wanted:
                wrong.append((order.name, found, wanted, record.reason))
        self.assertFalse(wrong, "\n".join(map(str, wrong)))

    def movements(self, chosen):
        """Return what the booked orders put into the books.

        :return: (customer, account, VAT code, net, VAT) for each line, in cents
        """
        return [
            (expected.customer, account, code, net, vat)
            for _place, _order, expected in chosen
            if expected.outcome == BOOKED
            for (_k, _t, _r, account, code), (net, vat) in expected.lines.items()
        ]

    def credit(self, key, place, expected, **values):
        """Make a credit note in the shop; return what it must put into the books.

        Accounts and codes are those of the order's own lines.
        """
        _division, shop, _link = self.sellers[key]
        note = self.box.lightspeed.control_credit_order(shop, f"{place:05d}", **values)
        rows = {
            (kind, rate): (account, code)
            for kind, _treatment, rate, account, code in expected.lines
        }
        found = []
        for item in self.items(key, note["id"]):
            kind = item["type"].replace("shipment", "shipping")
            net, gross = (
                int(Decimal(str(item[name])) * 100)
                for name in ("priceExcl", "priceIncl")
            )
            if net or gross:
                row = rows[kind, Fraction(str(item["taxRate"]))]
                found.append((expected.customer, *row, -net, net - gross))
        gross = -sum(net + vat for *_where, net, vat in found)
        self.assertEqual(euros(gross), Decimal(note["gross"]))
        return found

    def items(self, key, document):
        """Return the items of a document of the shop, as its API tells them."""
        link = self.sellers[key][2]
        shop = link.shop_id.sudo()
        answer = requests.get(
            f"{self.box.lightspeed_url}/nl/invoices/{document}/items.json",
            auth=(shop._secret("api_key"), shop._secret("api_secret")),
            timeout=10,
        )
        return answer.json(parse_float=str)["invoiceItems"]

    def assert_books(self, key, movements):
        """Assert trial balance, VAT return and debts, each with difference 0.00.

        :param key: one of the sellers that share the administration
        :param movements: all there are in it, see :meth:`movements`
        """
        debts = {}
        for customer, _account, _code, net, vat in movements:
            debts[customer] = debts.get(customer, 0) + net + vat
        self.assert_ledger(key, movements)
        self.assert_debts(self.sellers[key][0], debts)

    def assert_ledger(self, key, movements):
        """Assert trial balance and VAT return, each with difference 0.00."""
        division = self.sellers[key][0]
        world = WORLDS[key]
        balance, codes = {}, {}
        for _customer, account, code, net, vat in movements:
            owed = vat_account(world, code)
            debtors = ACCOUNTS[world.accounts]["debtors"]
            for name, cents in ((account, -net), (owed, -vat), (debtors, net + vat)):
                balance[name] = balance.get(name, 0) + cents
            pair = codes.setdefault(code, [0, 0])
            pair[0] += net
            pair[1] += vat
        exact = self.box.exact
        self.assertEqual(
            {
                row["Code"]: row["Balance"]
                for row in exact.control_trial_balance(division)
                if row["Balance"]
            },
            {code: euros(cents) for code, cents in balance.items() if cents},
        )
        self.assertEqual(
            {
                row["Code"]: (row["Base"], row["VAT"])
                for row in exact.control_vat_report(division)
                if row["Base"] or row["VAT"]
            },
            {
                code: (euros(net), euros(vat))
                for code, (net, vat) in codes.items()
                if net or vat
            },
        )
        check = exact.control_ledger_check(division)
        self.assertTrue(check["ok"], check["problems"])

    def assert_debts(self, division, debts):
        """Assert that each customer has one relation, and what the relation owes.

        A company may be known by its e-mail address at one order and by its VAT number
        at another.

        :param debts: cents by customer, as the oracle names them
        """
        relations = {
            row["Code"].strip(): row
            for row in self.box.exact.control_accounts(division)
        }
        customers = {}
        for key, (mine, _shop, _link) in self.sellers.items():
            for place, _order, expected in self.choose(key) if mine == division else ():
                customers[self.number(key, place)] = expected.customer
        owners = {}
        for reference, entry in self.entries(division).items():
            if reference in customers:
                code = entry["CustomerCode"].strip()
                owners.setdefault(customers[reference], set()).add(code)
        self.assertFalse({who: rows for who, rows in owners.items() if len(rows) > 1})
        wanted = {}
        for customer, (code,) in owners.items():
            self.assert_is_relation(customer, relations[code])
            wanted[code] = wanted.get(code, 0) + debts.get(customer, 0)
        found = {}
        for item in self.box.exact.control_open_items(division, everything=True):
            code = item["AccountCode"].strip()
            found[code] = found.get(code, 0) + item["AmountFC"]
        self.assertEqual(
            {code: amount for code, amount in found.items() if amount},
            {code: euros(cents) for code, cents in wanted.items() if cents},
        )

    def assert_threshold(self, key):
        """Assert that the running count of sales abroad is the oracle's."""
        counted = {}
        for _place, order, expected in self.placed[key]:
            year = order.moment.year
            counted[year] = counted.get(year, 0) + expected.counted
        entity = self.sellers[key][2].entity_id
        for year, cents in counted.items():
            position = entity._vat_position(date(year, 12, 31), None)
            own = euros(cents)
            if year == 2025:
                own += euros(WORLDS[key].previous_net)
            self.assertEqual(position.net_of(year), own, (key, year))

    def assert_is_relation(self, customer, relation):
        """Assert that a relation is the customer that the oracle means."""
        kind, _colon, key = customer.partition(":")
        found = {
            "collective": relation["Code"].strip(),
            "vat": relation["VATNumber"],
            "email": (relation["Email"] or "").casefold(),
        }[kind]
        self.assertEqual(found, key or policies.COLLECTIVE)

    def assert_listing(self, key, movements):
        """Assert the listing of intra-Community supplies: a sum for each number."""
        division = self.sellers[key][0]
        sums = {}
        for customer, _account, code, net, _vat in movements:
            if code == CODES["reverse_charge"]:
                number = customer.removeprefix("vat:")
                sums[number] = sums.get(number, 0) + net
        rows = [
            row
            for year in (2025, 2026)
            for row in self.box.exact.control_icp(division, year)
        ]
        self.assertFalse([row for row in rows if row["Problem"]])
        self.assertEqual(
            {row["VATNumber"]: row["Amount"] for row in rows if row["Amount"]},
            {number: euros(cents) for number, cents in sums.items() if cents},
        )
