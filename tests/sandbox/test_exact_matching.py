"""Matching of open items and what Receivables tells (exact-online-api 7.4, 7.5)."""

from decimal import Decimal

import pytest

from sandbox.core import ControlError
from sandbox.exact import demo
from tests.sandbox import exact_kit

ENTRIES = "generaljournalentry/GeneralJournalEntries"
SALES = "salesentry/SalesEntries"
RECEIVABLES = "cashflow/Receivables"
FIELDS = (
    "TransactionEntryID,AmountFC,AmountDC,IsFullyPaid,Status,LastPaymentDate,"
    "EndDate,InvoiceNumber,YourRef"
)


def clear(exact, customer, amount="-121.00", gl=demo.CLEARING, **fields):
    """Book a journal entry on a customer and return it."""
    value = Decimal(amount)
    lines = [
        {"GLAccount": exact.gl(gl), "AmountFC": -value},
        {
            "GLAccount": exact.gl("1300"),
            "AmountFC": value,
            "Account": customer,
            **fields,
        },
    ]
    data = {"JournalCode": "90", "GeneralJournalEntryLines": lines}
    return exact.created(ENTRIES, data)


def items(exact, *entries):
    text = " or ".join(
        f"TransactionEntryID eq guid'{entry['EntryID']}'" for entry in entries
    )
    rows = exact.rows(RECEIVABLES, select=FIELDS, filter=text)
    found = {row["TransactionEntryID"]: row for row in rows}
    return [found[entry["EntryID"]] for entry in entries]


def match(exact, *entries):
    keys = [entry["EntryID"] for entry in entries]
    return exact.service.control_match(demo.MAIN, keys)


def test_a_journal_entry_is_never_matched_by_itself(exact):
    customer = exact.customer()
    sale = exact.book(Customer=customer)
    # Account, invoice number and amount agree, and still nothing is matched.
    made = clear(exact, customer, OurRef=sale["InvoiceNumber"])
    for row in items(exact, sale, made):
        assert (row["IsFullyPaid"], row["Status"]) == (False, 20)
        assert (row["LastPaymentDate"], row["EndDate"]) == (None, None)


def test_a_sale_is_matched_with_a_journal_entry(exact):
    customer = exact.customer()
    sale = exact.book(Customer=customer, YourRef="WEB-1")
    other = exact.book(Customer=customer)
    made = clear(exact, customer)
    assert match(exact, sale, made) == {"matched": 2}
    first, second, third = items(exact, sale, made, other)
    for row in (first, second):
        assert (row["IsFullyPaid"], row["Status"]) == (True, 50)
        assert row["LastPaymentDate"] == row["EndDate"] == "/Date(1780444800000)/"
    assert (first["AmountFC"], second["AmountFC"]) == (121, -121)
    assert (third["IsFullyPaid"], third["Status"]) == (False, 20)
    rows = exact.rows("read/financial/ReceivablesList", select="EntryNumber")
    assert [row["EntryNumber"] for row in rows] == [other["EntryNumber"]]
    # What is matched cannot be changed or deleted.
    for path, entry in ((SALES, sale), (ENTRIES, made)):
        answer = exact.delete(path, entry["EntryID"])
        assert exact_kit.business(answer) == "Reeds verwerkt"
    assert exact.service.control_ledger_check(demo.MAIN)["ok"]


def test_a_sale_is_matched_with_its_credit_note(exact):
    customer = exact.customer()
    sale = exact.book(Customer=customer)
    credit = exact.book(exact.line("-100.00"), Customer=customer)
    numbers = [sale["EntryNumber"], credit["EntryNumber"]]
    assert exact.service.control_match(demo.MAIN, numbers) == {"matched": 2}
    assert all(row["IsFullyPaid"] for row in items(exact, sale, credit))


def test_several_relations_are_matched_at_once(exact):
    first, second = exact.customer(), exact.customer()
    sales = [exact.book(Customer=first), exact.book(Customer=second)]
    payout = exact.created(
        ENTRIES,
        {
            "JournalCode": "90",
            "GeneralJournalEntryLines": [
                {"GLAccount": exact.gl("1210"), "AmountFC": 242},
                {"GLAccount": exact.gl("1300"), "AmountFC": -121, "Account": first},
                {"GLAccount": exact.gl("1300"), "AmountFC": -121, "Account": second},
            ],
        },
    )
    assert match(exact, *sales, payout) == {"matched": 4}


def test_what_is_not_zero_is_not_matched(exact):
    customer = exact.customer()
    sale = exact.book(Customer=customer)
    short = clear(exact, customer, "-120.99")
    with pytest.raises(ControlError, match=r"leave 0\.01 EUR"):
        match(exact, sale, short)
    stranger = clear(exact, exact.customer())
    with pytest.raises(ControlError, match="leave"):
        match(exact, sale, stranger)
    with pytest.raises(ControlError, match="unknown entry"):
        exact.service.control_match(demo.MAIN, [sale["EntryID"], "nonsense"])
    free = exact.book(exact.line("0"), Customer=customer)
    with pytest.raises(ControlError, match="no open items"):
        match(exact, free)
    assert not any(row["IsFullyPaid"] for row in items(exact, sale, short, stranger))
    good = clear(exact, customer)
    match(exact, sale, good)
    with pytest.raises(ControlError, match="matched already"):
        match(exact, sale, good)


def test_a_wrong_match_is_undone(exact):
    customer = exact.customer()
    sale, made = exact.book(Customer=customer), clear(exact, customer)
    match(exact, sale, made)
    keys = [sale["EntryID"], made["EntryNumber"]]
    assert exact.service.control_unmatch(demo.MAIN, keys) == {"opened": 2}
    for row in items(exact, sale, made):
        assert (row["IsFullyPaid"], row["Status"], row["EndDate"]) == (False, 20, None)
    assert exact.delete(ENTRIES, made["EntryID"]).status_code == 204


def test_open_items_by_control(exact):
    customer = exact.customer()
    sale = exact.book(Customer=customer, YourRef="WEB-1")
    made = clear(exact, customer)
    shown = exact.service.control_open_items(demo.MAIN)
    assert [(row["EntryNumber"], row["AmountFC"]) for row in shown] == [
        (sale["EntryNumber"], 121),
        (made["EntryNumber"], -121),
    ]
    assert shown[0]["YourRef"] == "WEB-1"
    match(exact, sale, made)
    assert exact.service.control_open_items(demo.MAIN) == []
    everything = exact.service.control_open_items(demo.MAIN, everything=True)
    assert [row["LastPaymentDate"] for row in everything] == ["2026-06-03"] * 2


def test_many_entries_are_asked_for_in_one_filter(exact):
    customer = exact.customer()
    entries = [exact.book(Customer=customer) for _ in range(40)]
    rows = items(exact, *entries)
    assert len(rows) == 40
    assert {row["AmountFC"] for row in rows} == {121}
