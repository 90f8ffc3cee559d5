"""The sellers of ``tests.books`` as links of Odoo, their orders in the stand-in shop.

What the books of an administration must say is summed from the oracle's outcomes.
"""

from datetime import datetime, timezone
from decimal import Decimal
from fractions import Fraction

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import ConnectorCase
from tests.books import cases, law, policies, vendor
from tests.books.oracle import BOOKED
from tests.books.worlds import ACCOUNTS, WORLDS, oss_code, oss_rates, vat_account

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
        self.connection = self.make_connection()
        self.sellers = {}

    # === SELLERS === #
    def make_division(self, code, world, vat_number):
        """Make an administration of a seller's country, open to the user."""
        self.box.exact.control_add_division(
            code,
            chart=world.accounts,
            users=[exact_demo.USER_NL],
            Description=f"Winkel {world.key}",
            Country=world.country,
            VATNumber=vat_number,
        )
        self.box.vies.control_add_number(vat_number)

    def add_vat_codes(self, division, world):
        """Add the VAT codes that no chart has: OSS, and a country's own rates."""
        exact = self.box.exact
        if world.country == "DE":
            for place, (rate, _account, code) in enumerate(world.home_rates):
                owed = ("1500", "1501")[place]
                exact.control_add_vat_code(division, code, rate, gl_to_pay=owed)
        if not (world.oss or world.registrations):
            return
        for country in law.RATES:
            for rate in oss_rates(country):
                code = oss_code(country, Fraction(rate))
                exact.control_add_vat_code(
                    division,
                    code,
                    rate,
                    gl_to_pay=vat_account(world, code),
                    oss_country="GB" if country == "XI" else country,
                )

    def make_seller(self, key, division, journal="70", vat_number=None, **values):
        """Make shop, administration and link of a seller, with its ledger rules."""
        world = WORLDS[key]
        if vat_number:
            self.make_division(division, world, vat_number)
        if not any(known == division for known, *_rest in self.sellers.values()):
            self.add_vat_codes(division, world)
        lightspeed = self.box.lightspeed
        number = lightspeed.control_add_shop(
            key,
            prices=world.prices,
            country=world.country.lower(),
            taxes=[rate for rate, _account, _code in world.home_rates],
        )
        lightspeed.control_set_rate_limits(
            number["shop"], limits=[50_000, 50_000, 50_000]
        )
        shop = self.make_shop(
            name=key, api_key=number["key"], api_secret=number["secret"]
        )
        administration = self.make_administration(self.connection, division)
        link = self.make_link(
            start=False,
            shop=shop,
            administration=administration,
            reference_prefix=f"{key}-",
            **values,
        )
        link.journal_id = administration.journal_ids.filtered(
            lambda row: row.code == journal
        )
        self.make_rules(link, world)
        self.sellers[key] = (division, number["shop"], link)
        return link

    TMP = (None, "domestic", "oss", "reverse_charge", "export", "exempt")  # TMP

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
                if kind != "gift_card" and treatment in self.TMP  # TMP
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

    def choose(self, key, every=1):
        """Return (place, order, outcome) of a seller's cases; of random ones some."""
        chosen = []
        for place, order in enumerate(cases.orders()):
            if order.world != key or not self.is_expressible(order):
                continue
            if "-random-" in order.name and place % every:
                continue
            chosen.append((place, order, cases.expectations()[place][1]))
        return chosen

    def place_orders(self, key, chosen):
        """Put the orders in the shop; the stand-in's own arithmetic must agree."""
        _division, shop, _link = self.sellers[key]
        world = WORLDS[key]
        for place, order, expected in chosen:
            spec = vendor.specification(order, place, world.incl)
            spec["number"] = f"{place:05d}"
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

    def number(self, key, place):
        """Return the reference in Exact: the link's prefix and the order's number."""
        return f"{key}-{place:05d}"

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

    def assert_books(self, keys, chosen, credits=()):
        """Assert trial balance, VAT return and debts of an administration.

        :param keys: the sellers that share it
        :param chosen: all their cases
        """
        division = self.sellers[keys[0]][0]
        world = WORLDS[keys[0]]
        balance, codes, gross = {}, {}, 0
        for _place, _order, expected in chosen:
            if expected.outcome != BOOKED:
                continue
            gross += expected.gross
            for account, (net, _vat) in expected.per_account().items():
                balance[account] = balance.get(account, 0) - net
            for code, (net, vat) in expected.per_code().items():
                pair = codes.setdefault(code, [0, 0])
                pair[0] += net
                pair[1] += vat
                owed = vat_account(world, code)
                balance[owed] = balance.get(owed, 0) - vat
        debtors = ACCOUNTS[world.accounts]["debtors"]
        balance[debtors] = gross
        found = {
            row["Code"]: row["Balance"]
            for row in self.box.exact.control_trial_balance(division)
        }
        wanted = {code: euros(cents) for code, cents in balance.items()}
        self.assertEqual(
            {code: amount for code, amount in found.items() if amount},
            {code: amount for code, amount in wanted.items() if amount},
        )
        self.assert_vat_return(division, codes)
        check = self.box.exact.control_ledger_check(division)
        self.assertTrue(check["ok"], check["problems"])

    def assert_vat_return(self, division, codes):
        """Assert base and VAT per VAT code over all years, difference 0.00."""
        found = {
            row["Code"]: (row["Base"], row["VAT"])
            for row in self.box.exact.control_vat_report(division)
            if row["Base"] or row["VAT"]
        }
        wanted = {
            code: (euros(net), euros(vat))
            for code, (net, vat) in codes.items()
            if net or vat
        }
        self.assertEqual(found, wanted)
