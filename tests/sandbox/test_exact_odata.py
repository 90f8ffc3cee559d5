"""Query options, shapes and types of GET (exact-online-api 8.1 to 8.4)."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.core import loads
from tests.sandbox.exact_kit import GUID, NOBODY, error_text

SYNTAX = "Bad Request - Error in query syntax."
SELECT = "Please add a $select or a $top=1 statement to the query string."
GL = "financial/GLAccounts"
ENTRIES = "salesentry/SalesEntries"
ACCOUNTS = "crm/Accounts"


def bad(exact, path, **options):
    """Return the text of a 400."""
    answer = exact.call("GET", exact.url(path, **options))
    assert answer.status_code == 400, (answer.status_code, answer.text)
    return error_text(answer)


def codes(exact, path, **options):
    rows = exact.rows(path, **{"select": "Code", **options})
    return [row["Code"].strip() for row in rows]


# --- $select, $expand -------------------------------------------------------


def test_a_list_needs_a_select(exact):
    assert bad(exact, GL) == SELECT
    assert bad(exact, GL, top=2) == SELECT
    assert bad(exact, "current/Me") == SELECT
    assert len(exact.rows(GL, top=1)) == 1


def test_sync_and_bulk_need_a_select_even_for_one_row(exact):
    assert bad(exact, "bulk/CRM/Accounts", top=1) == SELECT
    assert bad(exact, "sync/CRM/Accounts", top=1) == SELECT


@pytest.mark.parametrize(
    "select", ["*", "code", "Code, Type", "Code,Nonsense", "Code,", "", "Code/X"]
)
def test_a_select_names_properties_exactly(shared, select):
    assert bad(shared, GL, select=select) == SYNTAX


def test_only_what_is_selected_comes_back(exact):
    row = exact.rows(GL, select="Code,Type", filter="Code eq '8000'")[0]
    assert set(row) == {"__metadata", "Code", "Type"}


def test_one_row_needs_no_select(exact):
    key = exact.gl("8000")
    row = exact.get(f"{GL}(guid'{key}')")
    assert row["Description"] == "Omzet hoog tarief"
    row = exact.get(f"{GL}(guid'{key}')", select="Code")
    assert set(row) == {"__metadata", "Code"}


@pytest.mark.parametrize("option", ["filter", "top", "orderby", "skip"])
def test_one_row_takes_no_list_options(shared, option):
    key = shared.gl("8000")
    assert bad(shared, f"{GL}(guid'{key}')", **{option: "1"}) == SYNTAX


def test_expand_on_one_row(exact):
    entry = exact.book()
    path = f"{ENTRIES}(guid'{entry['EntryID']}')"
    row = exact.get(path, expand="SalesEntryLines")
    (line,) = row["SalesEntryLines"]["results"]
    assert line["AmountFC"] == 100
    assert line["VATCode"] == "2  "
    assert line["VATAmountFC"] == 21
    assert line["__metadata"]["type"] == "Exact.Web.Api.Models.SalesEntryLine"
    assert line["EntryID"] == entry["EntryID"]


def test_expand_on_a_list_needs_a_select_that_names_it(exact):
    exact.book()
    assert bad(exact, ENTRIES, expand="SalesEntryLines") == SELECT
    assert bad(exact, ENTRIES, expand="SalesEntryLines", top=1) == SELECT
    options = {"expand": "SalesEntryLines", "select": "EntryID"}
    assert bad(exact, ENTRIES, **options) == SYNTAX
    options["select"] = "EntryID,SalesEntryLines"
    row = exact.rows(ENTRIES, **options)[0]
    assert len(row["SalesEntryLines"]["results"]) == 1


@pytest.mark.parametrize("expand", ["YourRef", "Nonsense", "SalesEntryLines/GLAccount"])
def test_only_collections_expand(shared, expand):
    assert bad(shared, ENTRIES, expand=expand, select=f"EntryID,{expand}") == SYNTAX


def test_a_collection_is_deferred_and_can_be_fetched(exact):
    entry = exact.book()
    uri = entry["SalesEntryLines"]["__deferred"]["uri"]
    assert uri == entry["__metadata"]["uri"] + "/SalesEntryLines"
    answer = exact.call("GET", uri)
    assert len(loads(answer.text)["d"]["results"]) == 1
    missing = entry["__metadata"]["uri"] + "/Nonsense"
    assert exact.call("GET", missing).status_code == 404


# --- $filter ----------------------------------------------------------------

FILTERS = [
    ("Code eq '8000'", ["8000"]),
    ("Code eq '8000' or Code eq '8010'", ["8000", "8010"]),
    ("Type eq 110 and Code lt '8010'", ["8000"]),
    ("Type eq 110 and (Code eq '8000' or Code eq '1300')", ["8000"]),
    ("Type eq 20 or Type eq 22 and Code eq '1600'", ["1300", "1600"]),
    ("(Type eq 20 or Type eq 22) and Code eq '1600'", ["1600"]),
    ("not (Type lt 110) and not (Code lt '8900')", ["8900"]),
    ("Type ge 110 and Type le 110 and Code gt '8110'", ["8200", "8900"]),
    ("Type eq 20L", ["1300"]),
    ("Type eq 20.0", ["1300"]),
    ("Type eq 20d", ["1300"]),
    ("IsBlocked eq true", ["8900"]),
    ("substringof('verzend',Description) eq true", ["8100"]),
    ("startswith(Description,'Verleende') eq true", ["8200"]),
    ("endswith(Description,'(geblokkeerd)') eq true", ["8900"]),
    (
        "substringof('Omzet',Description) eq false and Code ge '8100'",
        ["8100", "8110", "8200"],
    ),
    ("trim(Code) eq '8000'", ["8000"]),
    ("startswith(trim(Code),'80') eq true and Type eq 24", []),
    ("VATCode eq null and Code ge '8000'", ["8050"]),
    ("VATCode ne null and Code ge '8050' and Code le '8100'", ["8100"]),
    # Lower case does not match (stricter).
    ("Description eq 'omzet hoog tarief'", []),
    ("Description eq 'Omzet hoog tarief'", ["8000"]),
    ("Code eq ''", []),
]


@pytest.mark.parametrize(("text", "expected"), FILTERS)
def test_a_filter(shared, text, expected):
    assert sorted(codes(shared, GL, filter=text)) == expected


BAD_FILTERS = [
    "Nonsense eq 1",
    "code eq '8000'",
    "Code eq 8000",
    "Type eq '110'",
    "Code = '8000'",
    "Code EQ '8000'",
    "Code eq '8000' AND Type eq 110",
    'Code eq "8000"',
    "Code eq '8000",
    "Code eq 'it's'",
    "(Code eq '8000'",
    "Code eq '8000')",
    "Code eq",
    "eq '8000'",
    "Code",
    "",
    "IsBlocked",
    "IsBlocked eq 1",
    "IsBlocked eq 'true'",
    "IsBlocked gt true",
    "Code eq Description",
    "'8000' eq Code",
    "ID eq '00000000-0000-4000-8000-000000000000'",
    "ID eq guid'8000'",
    "ID gt guid'00000000-0000-4000-8000-000000000000'",
    "Modified gt '2026-01-01'",
    "Modified gt datetime'2026-13-01'",
    "Modified gt datetime'2026-01-01T00:00:00Z'",
    "Modified gt datetime'yesterday'",
    "Type eq 1.5L",
    "Type eq 110m",
    "Type gt null",
    "substringof('x',Description)",
    "substringof('x',Description) ne true",
    "substringof(Description,'x') eq true",
    "startswith(Type,'1') eq true",
    "tolower(Code) eq 'x'",
    "trim(Type) eq '1'",
    "trim(Code) eq 1",
    "Code eq '8000' and",
    "Code in ('8000','8010')",
    "GLAccount/Code eq '8000'",
    "DeductibilityPercentages eq null",
    "not " * 60 + "(Code eq '1')",
]


@pytest.mark.parametrize("text", BAD_FILTERS)
def test_a_bad_filter(shared, text):
    assert bad(shared, GL, select="Code", filter=text) == SYNTAX


def test_a_quote_in_a_string_is_doubled(exact):
    exact.customer(Name="Bakkerij 't Hoekje")
    text = "Name eq 'Bakkerij ''t Hoekje'"
    assert len(exact.rows(ACCOUNTS, select="Name", filter=text)) == 1


def test_guid_and_date_literals(exact):
    customer = exact.customer()
    exact.book(Customer=customer, YourRef="A", EntryDate="2026-06-01T00:00:00")
    exact.book(YourRef="B", EntryDate="2026-06-02T00:00:00")

    def refs(text):
        rows = exact.rows(ENTRIES, select="YourRef", filter=text)
        return sorted(row["YourRef"] for row in rows)

    assert refs(f"Customer eq guid'{customer.upper()}'") == ["A"]
    assert refs(f"Customer eq guid'{customer}' and YourRef eq 'B'") == []
    assert refs("EntryDate gt datetime'2026-06-01T00:00:00'") == ["B"]
    assert refs("EntryDate ge datetime'2026-06-01'") == ["A", "B"]
    assert refs("EntryDate eq datetime'2026-06-02T00:00:00.000'") == ["B"]
    assert refs(f"Customer ne guid'{customer}'") == ["B"]
    # Amounts: with or without the suffix of a double.
    assert refs("AmountFC eq 121") == ["A", "B"]
    assert refs("AmountFC eq 121.00d") == ["A", "B"]
    assert refs("AmountFC gt 121.5") == []


def test_an_account_code_is_filtered_with_its_blanks(exact):
    exact.customer(Code="4711")
    padded = "4711".rjust(18)
    one = "Code eq '{}'"
    assert codes(exact, ACCOUNTS, filter=one.format(padded)) == ["4711"]
    assert codes(exact, ACCOUNTS, filter=one.format("4711")) == []
    assert codes(exact, ACCOUNTS, filter=one.format(padded + " ")) == []
    assert codes(exact, ACCOUNTS, filter="trim(Code) eq '4711'") == ["4711"]


def test_blanks_on_the_right_do_not_count(exact):
    exact.customer(SearchCode="WEB5501")
    for text in ("SearchCode eq 'WEB5501'", "SearchCode eq 'WEB5501  '"):
        assert len(exact.rows(ACCOUNTS, select="ID", filter=text)) == 1
    for text in ("Code eq '2'", "Code eq '2  '", "trim(Code) eq '2'"):
        assert codes(exact, "vat/VATCodes", filter=text) == ["2"]


def test_an_e_mail_is_compared_case_sensitively(exact):
    exact.customer(Email="Jan@example.com")
    for text, count in (("Jan@example.com", 1), ("jan@example.com", 0)):
        rows = exact.rows(ACCOUNTS, select="ID", filter=f"Email eq '{text}'")
        assert len(rows) == count


def test_a_plus_that_is_not_encoded_is_a_blank(exact):
    exact.customer(Email="jan+shop@example.com")
    base = exact.url(ACCOUNTS, select="ID")
    for mark, count in (("%2B", 1), ("+", 0)):
        url = f"{base}&$filter=Email%20eq%20'jan{mark}shop@example.com'"
        answer = exact.call("GET", url)
        assert len(loads(answer.text)["d"]["results"]) == count


@pytest.mark.parametrize("path", [ACCOUNTS, "logistics/Items"])
def test_some_lists_need_an_approved_filter(exact, path):
    text = bad(exact, path, select="ID")
    assert text.startswith(
        "This endpoint has mandatory filtering applied. A GET request for this "
        "endpoint must have a $filter parameter with one of the following fields in "
        "the url: "
    )
    for name in ("Code", "ID", "Modified"):
        assert name in text
    assert exact.rows(path, select="ID", filter=f"ID eq guid'{NOBODY}'") == []
    exact.service.control_set_option(approved_filter=False)
    assert isinstance(exact.rows(path, select="ID"), list)


def test_an_unapproved_filter_is_refused(exact):
    text = bad(exact, ACCOUNTS, select="ID", filter="City eq 'Utrecht'")
    assert text.startswith("This endpoint has mandatory filtering applied.")
    for name in ("Email", "Name", "VATNumber", "SearchCode"):
        exact.rows(ACCOUNTS, select="ID", filter=f"{name} eq 'x'")


def test_names_of_options(exact):
    for option in ("format", "search", "Select", "apply"):
        assert bad(exact, GL, select="Code", **{option: "json"}) == SYNTAX
    url = exact.url(GL, select="Code")
    for tail in ("&$select=Type", "&x=1", "&&", "&$top=a", "&$top=-1", "&$skip=x"):
        assert exact.call("GET", url + tail).status_code == 400
    assert bad(exact, GL, select="Code", inlinecount="all") == SYNTAX


# --- order and pages --------------------------------------------------------


def test_orderby(exact):
    rows = codes(exact, GL, orderby="Code", filter="Type eq 110", top=2)
    assert rows == ["8000", "8010"]
    rows = codes(exact, GL, orderby="Code desc", filter="Type eq 110", top=2)
    assert rows == ["8900", "8200"]
    rows = codes(exact, GL, orderby="Type asc,Code desc", filter="Type ge 111", top=3)
    assert rows == ["7000", "4990", "4980"]
    rows = codes(exact, GL, orderby="Code", filter="Type eq 110", top=2, skip=1)
    assert rows == ["8010", "8020"]


@pytest.mark.parametrize("order", ["Nonsense", "code", "Code up", "Code,", ""])
def test_a_bad_order(shared, order):
    assert bad(shared, GL, select="Code", orderby=order) == SYNTAX


@pytest.fixture
def many(exact):
    """An administration with 130 entries more."""
    customer = exact.customer()
    for number in range(130):
        exact.service.control_add_entry(
            exact.division,
            Customer=customer,
            Journal="70",
            YourRef=f"R{number:03d}",
            EntryDate="2026-06-03",
            SalesEntryLines=[{"GLAccount": "8000", "AmountFC": 10, "VATCode": "2"}],
        )
    return exact


def follow(exact, **options):
    """Return the pages of a list, following `__next` as it is given."""
    url, pages = exact.url(ENTRIES, **options), []
    while url:
        assert url.startswith(exact.box.exact_url)
        answer = exact.call("GET", url)
        assert answer.status_code == 200, answer.text
        data = loads(answer.text)["d"]
        pages.append(data if isinstance(data, list) else data["results"])
        url = None if isinstance(data, list) else data.get("__next")
    return pages


def refs(pages):
    return [row["YourRef"] for page in pages for row in page]


def test_pages_of_60_rows(many):
    pages = follow(many, select="EntryID,YourRef")
    assert [len(page) for page in pages] == [60, 60, 10]
    assert sorted(refs(pages)) == [f"R{number:03d}" for number in range(130)]
    keys = [row["EntryID"] for page in pages for row in page]
    assert keys == sorted(keys)


def test_the_next_link(many):
    data = many.get(ENTRIES, select="EntryID,YourRef", filter="AmountFC gt 1")
    parts = urlsplit(data["__next"])
    query = parse_qs(parts.query)
    assert query["$select"] == ["EntryID,YourRef"]
    assert query["$filter"] == ["AmountFC gt 1"]
    last = data["results"][-1]["EntryID"]
    assert query["$skiptoken"] == [f"guid'{last}'"]
    assert "$filter=AmountFC%20gt%201&" in data["__next"]


def test_the_next_link_carries_what_is_left_of_top(many):
    data = many.get(ENTRIES, select="YourRef", top=100, orderby="Created,YourRef desc")
    query = parse_qs(urlsplit(data["__next"]).query)
    assert query["$top"] == ["40"]
    assert query["$orderby"] == ["Created,YourRef desc"]
    token = query["$skiptoken"][0]
    assert re.fullmatch(rf"datetime'2026-06-03T12:31:00','R070',guid'{GUID}'", token)
    pages = follow(many, select="YourRef", top=100, orderby="YourRef desc")
    assert [len(page) for page in pages] == [60, 40]
    assert refs(pages) == [f"R{number:03d}" for number in range(129, 29, -1)]


def test_an_order_with_equal_and_missing_values_is_paged_through(many):
    pages = follow(many, select="YourRef", orderby="Document,AmountFC desc")
    assert sorted(refs(pages)) == [f"R{number:03d}" for number in range(130)]


def test_a_full_last_page_is_followed_by_an_empty_one(many):
    options = {"select": "YourRef", "filter": "YourRef lt 'R060'"}
    pages = follow(many, **options)
    assert [len(page) for page in pages] == [60, 0]
    many.service.control_set_option(empty_last_page=False)
    assert [len(page) for page in follow(many, **options)] == [60]


def test_pages_with_an_index_and_a_skip(many):
    text = " or ".join(f"YourRef eq 'R{number:03d}'" for number in range(70))
    pages = follow(many, select="YourRef", filter=text)
    assert [len(page) for page in pages] == [60, 10]
    pages = follow(many, select="YourRef", filter=text, skip=5)
    assert [len(page) for page in pages] == [60, 5]


def test_shapes(many):
    assert isinstance(many.get(ENTRIES, select="YourRef", top=59), list)
    assert isinstance(many.get(ENTRIES, select="YourRef", top=1), list)
    assert len(many.get(ENTRIES, select="YourRef", top=60)["results"]) == 60
    assert len(many.get(ENTRIES, select="YourRef", top=61)["results"]) == 60
    assert many.get(ENTRIES, select="YourRef", top=0) == []
    none = "YourRef eq 'nothing'"
    assert many.get(ENTRIES, select="YourRef", filter=none) == {"results": []}
    assert many.get(ENTRIES, select="YourRef", filter=none, top=5) == []
    data = many.get(ENTRIES, select="YourRef", top=2, inlinecount="allpages")
    assert list(data) == ["__count", "results"]
    assert data["__count"] == "130"
    data = many.get(ENTRIES, select="YourRef", inlinecount="allpages")
    assert data["__count"] == "130"
    assert "__next" in data


def test_me_is_always_in_results(exact):
    for options in ({}, {"top": 1}):
        data = exact.get("current/Me", select="CurrentDivision", **options)
        assert len(data["results"]) == 1


def test_a_count_is_plain_text(many):
    url = many.url(f"{ENTRIES}/$count", filter="YourRef lt 'R010'")
    answer = many.call("GET", url, headers={"Accept": None})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.text == "10"
    assert bad(many, f"{ENTRIES}/$count", top=1) == SYNTAX
    assert bad(many, f"{ACCOUNTS}/$count").startswith("This endpoint has mandatory")


@pytest.mark.parametrize(
    "token", ["x", "guid'x'", "1", "guid'{0}',1", "guid'{0}',guid'{0}'", ""]
)
def test_a_bad_skiptoken(shared, token):
    token = token.format(NOBODY)
    assert bad(shared, ENTRIES, select="EntryID", skiptoken=token) == SYNTAX


# --- sync and bulk ----------------------------------------------------------


def test_sync_gives_rows_in_the_order_of_their_change(exact):
    first, second = exact.customer(Name="A"), exact.customer(Name="B")
    path, options = "sync/CRM/Accounts", {"select": "ID,Timestamp,Name"}
    rows = exact.rows(path, **options, filter="Timestamp gt 1")
    assert [row["ID"] for row in rows[-2:]] == [first, second]
    stamps = [row["Timestamp"] for row in rows]
    # An Int64 is a string.
    assert all(isinstance(stamp, str) for stamp in stamps)
    assert [int(stamp) for stamp in stamps] == sorted(map(int, stamps))
    exact.service.control_edit_account(exact.division, first, Name="A2")
    rows = exact.rows(path, **options, filter=f"Timestamp gt {stamps[-1]}L")
    assert [row["Name"] for row in rows] == ["A2"]


@pytest.mark.parametrize("text", ["Name eq 'A'", "Timestamp gt 1L and Name eq 'A'"])
def test_sync_filters_on_the_timestamp_only(shared, text):
    assert bad(shared, "sync/CRM/Accounts", select="ID", filter=text) == (
        "This $filter parameter is not supported for this resource"
    )


@pytest.mark.parametrize("option", ["orderby", "skip", "inlinecount"])
def test_sync_takes_few_options(shared, option):
    value = {"orderby": "ID", "skip": 1, "inlinecount": "allpages"}[option]
    options = {option: value}
    assert bad(shared, "sync/CRM/Accounts", select="ID", **options) == SYNTAX


def test_sync_and_bulk_have_pages_of_1000(exact, box):
    division = box.exact.state.divisions[exact.division]
    for number in range(2005):
        name = {"Code": str(number), "Name": f"N{number}", "Status": "C"}
        division["Accounts"].insert(name)
    for path, options in (
        ("sync/CRM/Accounts", {"filter": "Timestamp gt 1L"}),
        ("bulk/CRM/Accounts", {}),
    ):
        assert len(exact.get(path, select="ID", **options)["results"]) == 1000
        url, ids = exact.url(path, select="ID", **options), []
        while url:
            data = loads(exact.call("GET", url).text)["d"]
            ids += [row["ID"] for row in data["results"]]
            url = data.get("__next")
        assert len(ids) == len(set(ids)) == 2006
    assert len(exact.get("bulk/CRM/Accounts", select="ID", top=999)) == 999


def test_deleted_rows_are_told(exact):
    entry = exact.book()
    assert exact.delete(ENTRIES, entry["EntryID"]).status_code == 204
    rows = exact.rows(
        "sync/Deleted",
        select="EntityKey,EntityType,Timestamp,DeletedDate",
        filter="Timestamp gt 1L",
    )
    assert sorted(row["EntityType"] for row in rows) == [1, 1, 1, 10]
    assert re.fullmatch(GUID, rows[0]["EntityKey"])
