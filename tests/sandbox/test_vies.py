"""The stand-in VIES, over HTTP: strict, and never more forgiving than the real one."""

import re

import pytest
import requests
from stdnum.eu import vat

from sandbox import Sandbox
from sandbox.core import ControlError
from sandbox.vies import demo
from tests.sandbox.conftest import NOW

OWN = {"requesterMemberStateCode": "NL", "requesterNumber": "000099998B57"}
GERMAN = {"countryCode": "DE", "vatNumber": "100000008"}
FRENCH = {"countryCode": "FR", "vatNumber": "66000000018"}


@pytest.fixture
def vies(box):
    box.vies.control_add_number("NL000099998B57", "Voorbeeldwinkel B.V.", "Utrecht")
    box.vies.control_add_number("DE100000008", "Beispiel GmbH", "Köln")
    box.vies.control_add_number("FR66000000018", "Exemple", "1 Rue\n59000 Lille")
    return box.vies


def ask(box, method="POST", path="/check-vat-number", **options):
    return requests.request(method, box.vies_url + path, timeout=5, **options)


def answer(box, **data):
    found = ask(box, json=data)
    assert found.status_code == 200, found.text
    return found.json()


def error(box, status=200, **data):
    """Return the error word of a refusal, whose form is checked."""
    found = ask(box, json=data)
    assert found.status_code == status, found.text
    body = found.json()
    assert body["actionSucceed"] is False
    (wrapper,) = body["errorWrappers"]
    assert wrapper.keys() <= {"error", "message"}
    return wrapper["error"]


# === ANSWERS === #


def test_a_registered_number_is_valid_with_name_and_address(box, vies):
    found = answer(box, **FRENCH)
    assert found["valid"] is True
    assert (found["countryCode"], found["vatNumber"]) == ("FR", "66000000018")
    assert (found["name"], found["address"]) == ("Exemple", "1 Rue\n59000 Lille")
    assert found["requestDate"] == "2026-06-03T10:31:00.000Z"
    assert found["traderNameMatch"] == "NOT_PROCESSED"


def test_germany_tells_neither_name_nor_address(box, vies):
    found = answer(box, **GERMAN)
    assert (found["valid"], found["name"], found["address"]) == (True, "---", "---")


def test_an_unknown_or_ended_number_is_not_valid(box, vies):
    vies.control_add_number("BE0000000196", "Gestopt BV", valid=False)
    for number in ("0000000097", "0000000196"):
        found = answer(box, countryCode="BE", vatNumber=number, **OWN)
        assert found["valid"] is False
        assert (found["name"], found["address"]) == ("---", "---")
        assert found["requestIdentifier"] == ""
    assert vies.control_consultations() == []


def test_a_requester_gets_a_consultation_number_of_its_own(box, vies):
    numbers = [answer(box, **GERMAN, **OWN)["requestIdentifier"] for _ in range(3)]
    assert len(set(numbers)) == 3
    assert all(re.fullmatch(r"WAPI[\w-]{12}", number) for number in numbers)
    listed = vies.control_consultations()
    assert [row["consultation_number"] for row in listed] == numbers
    assert listed[0]["number"] == "DE100000008"
    assert listed[0]["requester"] == "NL000099998B57"
    assert listed[0]["at"] == NOW


def test_without_requester_there_is_no_consultation_number(box, vies):
    assert answer(box, **GERMAN)["requestIdentifier"] == ""
    assert vies.control_consultations() == []


# === REFUSALS === #


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"countryCode": "DE"},
        {"vatNumber": "100000008"},
        {"countryCode": "", "vatNumber": "100000008"},
        {"countryCode": "GR", "vatNumber": "100000008"},
        {"countryCode": "GB", "vatNumber": "100000008"},
        {"countryCode": "de", "vatNumber": "100000008"},
        {"countryCode": "DE", "vatNumber": "100 000 008"},
        {"countryCode": "DE", "vatNumber": "1"},
        {"countryCode": "DE", "vatNumber": "1234567890123"},
    ],
)
def test_a_malformed_question_is_invalid_input(box, vies, data):
    assert error(box, **data) == "INVALID_INPUT"


def test_the_prefix_does_not_belong_in_the_number(box, vies):
    found = answer(box, countryCode="DE", vatNumber="DE100000008")
    assert found["valid"] is False


@pytest.mark.parametrize(
    "requester",
    [
        {"requesterMemberStateCode": "NL"},
        {"requesterNumber": "000099998B57"},
        {"requesterMemberStateCode": "NL", "requesterNumber": "000099986B68"},
        {"requesterMemberStateCode": "NL", "requesterNumber": ""},
        {"requesterMemberStateCode": "NL", "requesterNumber": "0000.99998.B57"},
        {"requesterMemberStateCode": "GB", "requesterNumber": "000099998"},
    ],
)
def test_a_requester_who_is_not_registered_is_refused(box, vies, requester):
    assert error(box, **GERMAN, **requester) == "INVALID_REQUESTER_INFO"


def test_a_member_state_that_is_down_says_nothing(box, vies):
    assert vies.control_set_member_state("DE", available=False) == ["DE"]
    assert error(box, **GERMAN) == "MS_UNAVAILABLE"
    assert answer(box, **FRENCH)["valid"]
    vies.control_set_member_state("DE", available=True)
    assert answer(box, **GERMAN)["valid"]
    vies.control_add_number("NL000099998B57", member_state_down=True)
    assert error(box, **GERMAN, **OWN) == "MS_UNAVAILABLE"


@pytest.mark.parametrize("status", [200, 400, 500])
def test_errors_come_with_the_status_that_was_chosen(box, vies, status):
    vies.control_set_error_status(status)
    assert error(box, status, countryCode="DE") == "INVALID_INPUT"
    assert answer(box, **GERMAN)["valid"]


@pytest.mark.parametrize(
    ("status", "options"),
    [
        (405, {"method": "GET"}),
        (405, {"method": "PUT", "json": GERMAN}),
        (404, {"path": "/check-vat", "json": GERMAN}),
        (404, {"path": "/check-vat-number/", "json": GERMAN}),
        (415, {"data": {"countryCode": "DE", "vatNumber": "100000008"}}),
        (415, {"data": "{}", "headers": {"Content-Type": "text/plain"}}),
        (400, {"json": GERMAN, "params": {"a": "1"}}),
        (400, {"json": [GERMAN]}),
        (400, {"json": {**GERMAN, "vat": "x"}}),
        (400, {"json": {**GERMAN, "vatNumber": 100000008}}),
        (400, {"json": {**GERMAN, "requesterNumber": None}}),
    ],
)
def test_a_request_that_is_not_right_is_no_wrong_number(box, vies, status, options):
    found = ask(box, **options)
    assert found.status_code == status
    assert "errorWrappers" not in found.text


def test_broken_and_doubled_json_is_refused(box, vies):
    headers = {"Content-Type": "application/json"}
    for body in ("{", "", '{"countryCode": "DE", "countryCode": "FR"}'):
        assert ask(box, data=body, headers=headers).status_code == 400


# === CONTROL, FAULTS AND STATE === #


def test_control_refuses_what_makes_no_sense(box, vies):
    for refused in (
        lambda: vies.control_add_number("GR000000000"),
        lambda: vies.control_add_number("nl000099998b57"),
        lambda: vies.control_set_member_state("US", available=False),
        lambda: vies.control_set_error_status(404),
    ):
        with pytest.raises(ControlError):
            refused()
    url = f"{box.control_url}/vies/add_number"
    found = requests.post(url, json={"number": "IT00000000000"}, timeout=5)
    assert found.json()["valid"] is True
    assert "IT00000000000" in vies.control_numbers()


def test_faults_strike_here_as_well(box, vies):
    box.faults.add("html_503", "vies")
    box.faults.add("error", "vies", params={"error": "IP_BLOCKED", "status": 400})
    assert ask(box, json=GERMAN).status_code == 503
    assert error(box, 400, **GERMAN) == "IP_BLOCKED"
    assert answer(box, **GERMAN)["valid"]
    box.faults.add("lost_before", "vies", path="check-vat-number")
    with pytest.raises(requests.ConnectionError):
        ask(box, json=GERMAN)
    calls = box.calls.list(service="vies")
    assert [call["fault"] for call in calls] == ["html_503", "error", None] + [
        "lost_before"
    ]
    assert calls[0]["request_body"] == GERMAN


def test_the_state_is_kept_and_emptied(tmp_path):
    state = tmp_path / "state.json"
    with Sandbox(state=state, now=NOW) as box:
        url = f"{box.control_url}/vies/"
        for command, body in (
            ("add_number", {"number": "NL000099998B57"}),
            ("add_number", {"number": "DE100000008"}),
            ("set_member_state", {"country": "FR", "available": False}),
            ("set_error_status", {"status": 400}),
        ):
            assert requests.post(url + command, json=body, timeout=5).ok
        first = answer(box, **GERMAN, **OWN)["requestIdentifier"]
    with Sandbox(state=state) as box:
        (kept,) = box.vies.control_consultations()
        assert kept["consultation_number"] == first
        assert answer(box, **GERMAN, **OWN)["requestIdentifier"] != first
        assert error(box, 400, **FRENCH) == "MS_UNAVAILABLE"
        box.reset()
        assert answer(box, **FRENCH)["valid"] is False
        assert box.vies.control_numbers() == {}
        assert box.vies.control_consultations() == []


def test_the_demo_knows_the_numbers_of_its_administrations():
    with Sandbox(demo=True, now=NOW) as box:
        divisions = box.exact.state.divisions.values()
        own = {division.profile["VATNumber"] for division in divisions} - {None}
        assert len(own) == 3
        for number in own:
            data = {
                "requesterMemberStateCode": number[:2],
                "requesterNumber": number[2:],
            }
            assert answer(box, **GERMAN, **data)["requestIdentifier"]


def test_the_demo_has_numbers_with_a_right_check_digit_only():
    for number, _name, _address in demo.NUMBERS:
        assert vat.is_valid(number), number
