"""What must be true after the run, whatever broke: compared with the oracle."""

import re
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

from sandbox.exact import demo as exact_demo
from tests.books.oracle import BOOKED
from tests.books.worlds import ACCOUNTS, vat_account
from tests.chaos.shops import euros

PROCESSED = 50
RECORD = re.compile(r"^\d{4}-\d\d-\d\d \S+ \d+ (\w+) \S+ ([\w.]+): ")
BAD = ("WARNING", "ERROR", "CRITICAL")

#: Logger -> what it may say: all that killed workers, a PostgreSQL that restarts, and
#: rows that two save at once leave in Odoo's own logs; and what the addon says where
#: PostgreSQL went away.
GONE = (
    "server closed the connection|terminating connection|the database system is|"
    "connection already closed|could not receive data|could not send data|"
    "Connection refused|Connection reset by peer|No such file or directory|"
    "No connection to the server|cursor already closed"
)
EXPECTED_RECORDS = {
    "odoo.sql_db": f"could not serialize access|{GONE}|Cursor not closed explicitly",
    "odoo.addons.base.models.ir_cron": f"timed out|could not serialize access|{GONE}",
    "odoo.service.server": f"{GONE}|Gevent Parent changed",
    # Of an error the connector's own log tells the kind only.
    "odoo.addons.lightspeed_exact_connector.models.lightspeed_exact_lane": (
        rf"{GONE}|psycopg2\.(Database|Operational|Interface)Error"
    ),
    "odoo.addons.lightspeed_exact_connector.models.exact_connection_tokens": (
        "Tokens of connection .* not stored yet"
    ),
    "odoo.addons.lightspeed_exact_connector.models.lightspeed_exact_quota": (
        "A quota could not be asked: (Database|Operational|Interface)Error"
    ),
    # What a person was told who pressed a button too late.
    "odoo.http": f"could not serialize access|{GONE}|booked already",
    "odoo.service.model": "could not serialize access",
}

#: After these Exact may still work on a call that its caller has given up.
GIVEN_UP = ("killed at random", "PostgreSQL: kill", "PostgreSQL: immediate")
ABANDONED = ("late", "hang_after", "lost_after", "reset_after", "slow")


class Verdict:
    """Collects what is wrong; nothing, if all is well.

    :param Run run: that came to rest
    """

    def __init__(self, run):
        self.run = run
        self.box = run.box
        self.problems = list(run.problems)
        self.figures = Counter()

    def expect(self, condition, text):
        if not condition:
            self.problems.append(text)

    def reach(self):
        """Compare everything.

        :return: what is wrong
        :rtype: list(str)
        """
        for seller in self.run.shops.sellers:
            self.orders(seller)
            self.documents(seller)
            self.ledger(seller)
            self.relations(seller)
            self.clearings(seller)
        self.own_figures()
        self.politeness()
        self.crons()
        self.secrets()
        self.lines()
        return self.problems

    # === THE ORDERS === #
    def orders(self, seller):
        """Each order once, at its total; nothing that no order asks for."""
        records = {
            number: (state, reason)
            for number, state, reason in self.run.sql(
                "SELECT o.number, o.state, o.reason_code FROM lightspeed_exact_order o"
                " JOIN lightspeed_exact_link l ON l.id = o.link_id"
                " WHERE l.reference_prefix = %s AND o.source_kind = 'order'",
                seller.prefix,
            )
        }
        families = defaultdict(list)
        for entry in self.box.exact.control_entries(seller.division):
            families[entry["YourRef"][: len(seller.prefix) + 5]].append(entry)
        for number, placed in seller.placed.items():
            entries = families.pop(seller.prefix + number, [])
            total = sum((Decimal(str(row["AmountFC"])) for row in entries), Decimal(0))
            state, reason = records.pop(number, ("lost", ""))
            name = f"{seller.prefix}{number} ({placed.order.name}, {placed.change})"
            self.expect(state != "lost", f"{name} is lost")
            self.expect(
                total == euros(placed.gross),
                f"{name}: {total} in the books, not {euros(placed.gross)} ({state})",
            )
            if not placed.change:
                outcome = placed.expected.outcome
                self.expect(state == outcome, f"{name} is {state} by {reason}")
                count = 1 if outcome == BOOKED else 0
                self.expect(
                    len(entries) == count, f"{name} is booked {len(entries)} times"
                )
            self.expect(
                state in ("booked", "held", "skipped"), f"{name} is {state}: {reason}"
            )
            self.expect(state == "booked" or reason, f"{name} has no reason")
            self.figures[state] += 1
        self.expect(not families, f"nobody ordered {sorted(families)}")
        self.expect(not records, f"nobody placed {sorted(records)}")

    def documents(self, seller):
        """Each reference once; each invoice printed once and mailed once."""
        exact = self.box.exact
        entries = exact.control_entries(seller.division)
        self.once(f"{seller.name} entries", [row["YourRef"] for row in entries])
        self.figures["entries"] += len(entries)
        invoices = exact.control_invoices(seller.division)
        self.once(f"{seller.name} invoices", [row["YourRef"] for row in invoices])
        self.figures["invoices"] += len(invoices)
        drafts = [row["YourRef"] for row in invoices if row["Status"] != PROCESSED]
        self.expect(not drafts, f"not printed: {drafts}")
        if seller.invoices:
            self.expect(
                {row["Entry"] for row in invoices}
                == {row["EntryNumber"] for row in entries},
                f"{seller.name}: entries are not those of the invoices",
            )
        mails = [mail["InvoiceID"] for mail in exact.control_outbox(seller.division)]
        self.once(f"{seller.name} mails", mails)
        self.expect(
            set(mails) == {row["InvoiceID"] for row in invoices},
            f"{seller.name}: {len(mails)} mails for {len(invoices)} invoices",
        )
        items = [row["Code"].strip() for row in exact.control_items(seller.division)]
        self.once(f"{seller.name} items", items)
        self.figures["items"] += len(items)

    def once(self, name, keys):
        twice = {key: count for key, count in Counter(keys).items() if count > 1}
        self.expect(not twice, f"{name}, more than once: {twice}")

    def ledger(self, seller):
        """Trial balance and VAT return, each with difference 0.00."""
        exact = self.box.exact
        check = exact.control_ledger_check(seller.division)
        self.expect(check["ok"], f"{seller.name}: {check['problems']}")
        balance, codes = Counter(), defaultdict(lambda: [0, 0])
        debtors = ACCOUNTS[seller.world.accounts]["debtors"]
        for placed in seller.placed.values():
            for _customer, account, code, net, vat in placed.movements:
                balance[account] -= net
                balance[vat_account(seller.world, code)] -= vat
                balance[debtors] += net + vat
                codes[code][0] += net
                codes[code][1] += vat
        wanted = {code: euros(cents) for code, cents in balance.items() if cents}
        cleared = Counter()
        for entry in exact.control_journal_entries(seller.division):
            for line in entry["Lines"]:
                cleared[line["GLAccount"]] += Decimal(str(line["AmountFC"]))
        found = {
            row["Code"]: row["Balance"] - cleared.get(row["Code"], 0)
            for row in exact.control_trial_balance(seller.division)
        }
        found = {code: amount for code, amount in found.items() if amount}
        self.expect(found == wanted, f"{seller.name}: balance {found}, not {wanted}")
        report = {
            row["Code"]: [row["Base"], row["VAT"]]
            for row in exact.control_vat_report(seller.division)
            if row["Base"] or row["VAT"]
        }
        wanted = {
            code: [euros(cents) for cents in pair]
            for code, pair in codes.items()
            if any(pair)
        }
        self.expect(report == wanted, f"{seller.name}: VAT {report}, not {wanted}")

    def relations(self, seller):
        """One relation for each customer.

        Who gives a VAT number after ordering without one gets another: the number must
        stand on the relation, and no relation is changed.
        """
        rows = self.box.exact.control_accounts(seller.division)
        customers = [
            (row["Email"].casefold(), (row["VATNumber"] or "").strip())
            for row in rows
            if row["Email"]
        ]
        self.figures["relations"] += len(customers)
        self.once(f"{seller.name} relations", customers)

    def clearings(self, seller):
        """Each payment cleared once."""
        rows = self.run.sql(
            "SELECT c.reference, c.state, c.amount, b.reference"
            " FROM lightspeed_exact_clearing c"
            " JOIN lightspeed_exact_booking b ON b.id = c.booking_id"
            " JOIN lightspeed_exact_link l ON l.id = c.link_id"
            " WHERE l.reference_prefix = %s",
            seller.prefix,
        )
        made = {row[0]: row for row in rows if row[1] == "posted"}
        entries = self.box.exact.control_journal_entries(seller.division)
        found = Counter()
        for entry in entries:
            texts = {line["Description"].rsplit(" ", 1)[-1] for line in entry["Lines"]}
            found.update(texts)
        self.once(f"{seller.name} clearings", found.elements())
        self.expect(
            set(found) == set(made),
            f"{seller.name}: clearings differ: {set(found) ^ set(made)}",
        )
        self.figures["clearings"] += len(entries)
        if seller.clears:
            for number, placed in seller.placed.items():
                if placed.change or not placed.is_booked:
                    continue
                name = seller.prefix + number
                amounts = [Decimal(row[2]) for row in made.values() if row[3] == name]
                self.expect(
                    amounts == [euros(placed.gross)], f"{name} is cleared: {amounts}"
                )

    def own_figures(self):
        """The connector says of its bookings what Exact says."""
        for seller in self.run.shops.sellers:
            rows = dict(
                self.run.sql(
                    "SELECT b.reference, b.gross FROM lightspeed_exact_booking b"
                    " JOIN lightspeed_exact_link l ON l.id = b.link_id"
                    " WHERE b.state = 'posted' AND l.reference_prefix = %s",
                    seller.prefix,
                )
            )
            entries = {
                row["YourRef"]: str(row["AmountFC"])
                for row in self.box.exact.control_entries(seller.division)
            }
            differs = {
                (key, rows.get(key), entries.get(key))
                for key in rows.keys() | entries.keys()
                if key not in rows
                or key not in entries
                or Decimal(rows[key]) != Decimal(entries[key])
            }
            self.expect(not differs, f"{seller.name}: booked and in Exact: {differs}")

    # === HOW IT BEHAVED === #
    def politeness(self):
        """No call was sent that a quota refused; one call at a time."""
        exact = self.box.exact
        refused = {
            name: count
            for name, count in exact.control_stats()["refused"].items()
            if count
        }
        self.figures["refused by a quota"] = sum(refused.values())
        self.expect(not refused, f"Exact's quotas refused calls: {refused}")
        really = Counter(
            (call["method"], call["path"])
            for call in self.box.calls.list("lightspeed")
            if call["status"] == 429 and not call["fault"]
        )
        self.expect(not really, f"Lightspeed's quotas refused calls: {really}")
        # Who takes over from a dead one may meet its last call, which Exact still
        # works on; nothing else may be at the same time.
        overlaps = exact.control_parallel_peak()["overlaps"]
        self.figures["calls at the same time"] = len(overlaps)
        given_up = len(self.run.servers.deaths()) + sum(
            self.run.figures[name] for name in GIVEN_UP
        )
        given_up += sum(
            count
            for (service, kind), count in self.run.weather.figures().items()
            if service == "exact" and kind in ABANDONED
        )
        self.expect(
            len(overlaps) <= given_up,
            f"{len(overlaps)} calls at once, {given_up} given up: {overlaps[:3]}",
        )

    def crons(self):
        found = {row[0] for row in self.run.sql("SELECT id FROM ir_cron WHERE active")}
        off = set(self.run.lanes) - found
        self.expect(not off, f"Odoo switched lanes off: {off}")

    # === WHAT WAS TOLD === #
    def secrets(self):
        """No secret is anywhere: where it is kept it is encrypted."""
        pattern = "|".join(re.escape(secret) for secret in sorted(self.run.secrets))
        self.expect(len(self.run.secrets) > 5, "no secrets to look for")
        self.figures["secrets looked for"] = len(self.run.secrets)
        tables = self.run.sql(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        for (table,) in tables:
            count = self.run.sql(
                f'SELECT count(*) FROM "{table}" t WHERE t::text ~ %s', pattern
            )[0][0]
            self.expect(not count, f"{count} rows of {table} hold a secret")
        emails = self._emails()
        for path in self.run.servers.logs():
            text = path.read_text(errors="replace")
            for name, keys in (("a secret", self.run.secrets), ("an e-mail", emails)):
                lines = [
                    line
                    for line in text.splitlines()
                    if any(key in line for key in keys)
                ]
                self.expect(not lines, f"{path.name} has {name}: {lines[:2]}")

    def _emails(self):
        return {
            placed.order.buyer.email
            for seller in self.run.shops.sellers
            for placed in seller.placed.values()
        } - {exact_demo.USER_NL}

    def lines(self):
        """No warning, error or traceback but those of what was broken."""
        for path in self.run.servers.logs():
            for text in unexpected(path):
                head, *_middle, tail = [*text.splitlines(), ""]
                self.expect(False, f"{path.name}: {head[:300]} ... {tail[:200]}")


def records(path: Path):
    """Yield level, logger and text of each record of a log, its traceback included."""
    found = None
    for line in path.read_text(errors="replace").splitlines():
        if head := RECORD.match(line):
            if found:
                yield found[0], found[1], "\n".join(found[2])
            found = (head[1], head[2], [line])
        elif found:
            found[2].append(line)
        elif "security risk" not in line:
            # Before the log begins Odoo only says that it runs as root, if it does.
            yield "ERROR", "", line
    if found:
        yield found[0], found[1], "\n".join(found[2])


def unexpected(path: Path):
    """Yield the records of a log that nothing in the run explains."""
    for level, logger, text in records(path):
        known = EXPECTED_RECORDS.get(logger)
        if (level in BAD or "Traceback" in text) and not (
            known and re.search(known, text)
        ):
            yield text
