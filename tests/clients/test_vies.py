"""The VIES client against scripted answers, and against the stand-in."""

import contextlib
import json
from datetime import timezone

import pytest

from odoo.addons.lightspeed_exact_connector.clients import errors
from odoo.addons.lightspeed_exact_connector.clients.transport import Transport
from odoo.addons.lightspeed_exact_connector.clients.vies import HOST, ViesClient

from sandbox import Sandbox
from tests.clients.scripted import NOW, Clock, Scripted, closes, reply

OWN = "NL000099998B57"
GERMAN = "DE100000008"
VALID = {
    "countryCode": "DE",
    "vatNumber": "100000008",
    "requestDate": "2026-11-23T08:18:25.123Z",
    "valid": True,
    "requestIdentifier": "WAPIAAAAZ_xyEjhz",
    "name": "Beispiel GmbH",
    "address": "\nHauptstraße 9\n 50667  Köln\n",
}


def wrapped(error, **more):
    return {"actionSucceed": False, "errorWrappers": [{"error": error, **more}]}


@pytest.fixture
def make():
    """A client of a scripted server, from its steps."""
    opened = contextlib.ExitStack()

    def client_of(*steps, **kwargs):
        server = opened.enter_context(Scripted(*steps))
        transport = opened.enter_context(Transport(clock=Clock(), **kwargs))
        return ViesClient(server.url + "/rest-api/", transport=transport), server

    yield client_of
    opened.close()


def refused(make, kind, code, *steps, **kwargs):
    """Return the error of a question; the type is exactly this one."""
    client, server = make(*steps, **kwargs)
    with pytest.raises(errors.ConnectorError) as caught:
        client.check(GERMAN, OWN)
    assert type(caught.value) is kind
    assert caught.value.code == code
    assert len(server.requests) == 1  # nothing is asked twice
    return caught.value


# === QUESTIONS === #


def test_a_question_is_one_post_with_both_numbers(make):
    client, server = make(reply(body=VALID))
    client.check(GERMAN, OWN)
    (request,) = server.requests
    assert (request.method, request.target) == ("POST", "/rest-api/check-vat-number")
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.body) == {
        "countryCode": "DE",
        "vatNumber": "100000008",
        "requesterMemberStateCode": "NL",
        "requesterNumber": "000099998B57",
    }


def test_without_requester_neither_of_its_properties_is_sent(make):
    client, server = make(reply(body=VALID))
    client.check(GERMAN)
    assert json.loads(server.requests[0].body).keys() == {"countryCode", "vatNumber"}


@pytest.mark.parametrize(
    ("typed", "country", "number"),
    [
        ("gr 000 000 000", "EL", "000000000"),
        ("EL000000000", "EL", "000000000"),
        ("xi 000-000-000", "XI", "000000000"),
        ("nl0000.99.998.b57", "NL", "000099998B57"),
    ],
)
def test_numbers_are_sent_as_vies_wants_them(make, typed, country, number):
    client, server = make(
        reply(body={**VALID, "countryCode": country, "vatNumber": number})
    )
    client.check(typed, "be 0000.000.097")
    sent = json.loads(server.requests[0].body)
    assert (sent["countryCode"], sent["vatNumber"]) == (country, number)
    assert sent["requesterMemberStateCode"] == "BE"
    assert sent["requesterNumber"] == "0000000097"


@pytest.mark.parametrize(
    ("number", "requester", "code"),
    [
        ("", OWN, "vies.number"),
        ("GB000000000", OWN, "vies.number"),
        ("DE12", OWN, "vies.number"),
        (GERMAN, "000099998B57", "vies.requester"),
        (GERMAN, "GB000000000", "vies.requester"),
    ],
)
def test_what_vies_cannot_know_is_not_asked(make, number, requester, code):
    client, server = make()
    with pytest.raises(errors.BadRequest) as caught:
        client.check(number, requester)
    assert caught.value.code == code
    assert not server.requests


def test_the_address_is_https_or_on_this_machine():
    with Transport() as transport:
        ViesClient(HOST, transport=transport)
        ViesClient("http://127.0.0.1:1/rest-api", transport=transport)
        for url, code in (
            ("http://vies.example.com/rest-api", "transport.insecure_url"),
            ("vies.example.com", "transport.bad_url"),
            ("", "transport.bad_url"),
        ):
            with pytest.raises(errors.BadRequest) as caught:
                ViesClient(url, transport=transport)
            assert caught.value.code == code


# === ANSWERS === #


def test_a_valid_number_comes_with_its_evidence(make):
    client, _server = make(reply(body=VALID))
    answer = client.check(GERMAN, OWN)
    assert answer.valid is True
    assert answer.consultation_number == "WAPIAAAAZ_xyEjhz"
    assert answer.asked_at == NOW
    assert answer.asked_at.tzinfo is timezone.utc
    assert answer.name == "Beispiel GmbH"
    assert answer.address == "Hauptstraße 9, 50667 Köln"
    assert answer.request_date == "2026-11-23T08:18:25.123Z"


def test_what_vies_does_not_tell_is_empty(make):
    body = {**VALID, "requestIdentifier": "", "name": "---", "address": None}
    client, _server = make(reply(body=body))
    answer = client.check(GERMAN, OWN)
    assert answer.valid is True
    assert (answer.consultation_number, answer.name, answer.address) == ("", "", "")


@pytest.mark.parametrize(
    "step",
    [
        reply(body={**VALID, "valid": False, "requestIdentifier": ""}),
        reply(body={**VALID, "valid": False, "userError": "INVALID"}),
        reply(body=wrapped("INVALID_INPUT")),
        reply(400, body=wrapped("INVALID_INPUT", message="vatNumber")),
    ],
)
def test_a_no_and_a_number_without_form_are_both_not_valid(make, step):
    client, _server = make(step)
    assert client.check(GERMAN, OWN).valid is False


@pytest.mark.parametrize(
    "echo",
    [
        {"vatNumber": "DE 100000008"},
        {"vatNumber": "0100000008"},
        {"countryCode": None, "vatNumber": None},
    ],
)
def test_a_number_may_come_back_in_another_spelling(make, echo):
    client, _server = make(reply(body={**VALID, **echo}))
    assert client.check(GERMAN, OWN).valid


# === NOTHING IS KNOWN === #


@pytest.mark.parametrize(
    "echo",
    [
        {"vatNumber": "100000016"},
        {"vatNumber": 100000008},
        {"countryCode": "AT"},
        {"valid": "true"},
        {"valid": None},
        {"valid": 1},
    ],
)
def test_an_answer_to_another_question_is_no_evidence(make, echo):
    step = reply(body={**VALID, **echo})
    refused(make, errors.BadAnswer, "vies.unavailable", step)


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize(
    "error",
    [
        "SERVICE_UNAVAILABLE",
        "MS_UNAVAILABLE",
        "TIMEOUT",
        "GLOBAL_MAX_CONCURRENT_REQ",
        "GLOBAL_MAX_CONCURRENT_REQ_TIME",
        "MS_MAX_CONCURRENT_REQ",
        "MS_MAX_CONCURRENT_REQ_TIME",
        "NEVER_HEARD_OF",
    ],
)
def test_no_answer_of_the_member_state_is_tried_again_later(make, error, status):
    step = reply(status, body=wrapped(error))
    found = refused(make, errors.TemporaryError, "vies.unavailable", step)
    assert (found.detail, found.status) == (error, status)


@pytest.mark.parametrize(
    "body",
    [
        {**VALID, **wrapped("MS_UNAVAILABLE")},
        {**VALID, "valid": False, "userError": "MS_UNAVAILABLE"},
        {**VALID, "actionSucceed": False},
        {"actionSucceed": False, "errorWrappers": []},
        {"actionSucceed": False, "errorWrappers": "?"},
    ],
)
def test_an_error_beside_an_answer_wins(make, body):
    refused(make, errors.TemporaryError, "vies.unavailable", reply(body=body))


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (reply(503, b"<html>503</html>", "text/html"), errors.TemporaryError),
        (reply(500, b""), errors.TemporaryError),
        (reply(429, b""), errors.TemporaryError),
        (reply(200, b"<html>log in</html>", "text/html"), errors.BadAnswer),
        (reply(200, b'{"valid": tr'), errors.BadAnswer),
        (reply(200, b""), errors.BadAnswer),
        (reply(200, b"[]"), errors.BadAnswer),
        (reply(302, Location="https://example.com/"), errors.BadAnswer),
        (closes, errors.TemporaryError),
    ],
)
def test_every_technical_failure_has_the_same_code(make, step, kind):
    refused(make, kind, "vies.unavailable", step)


def test_a_service_that_hangs_is_given_up():
    with Scripted() as server:
        server.steps.append(server.hangs)
        with Transport(clock=Clock(), timeout=(1, 0.3)) as transport:
            client = ViesClient(server.url, transport=transport)
            with pytest.raises(errors.TemporaryError) as caught:
                client.check(GERMAN, OWN)
    assert caught.value.code == "vies.unavailable"


def test_a_service_that_is_not_there_is_unavailable():
    with Scripted() as server:
        url = server.url
    with (
        Transport(clock=Clock()) as transport,
        pytest.raises(errors.NotSentError) as caught,
    ):
        ViesClient(url, transport=transport).check(GERMAN, OWN)
    assert caught.value.code == "vies.unavailable"


# === FOR A PERSON === #


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        ("INVALID_REQUESTER_INFO", errors.BadRequest, "vies.requester"),
        ("MS_INVALID_REQUESTER_INFO", errors.BadRequest, "vies.requester"),
        ("IP_BLOCKED", errors.AccessDenied, "vies.blocked"),
        ("VAT_BLOCKED", errors.AccessDenied, "vies.blocked"),
    ],
)
def test_what_a_person_must_solve_is_told_apart(make, error, kind, code, status):
    found = refused(make, kind, code, reply(status, body=wrapped(error)))
    assert found.detail == error


def test_a_firewall_and_a_misunderstanding_are_told_apart(make):
    page = b"<html>Forbidden</html>"
    refused(make, errors.AccessDenied, "vies.blocked", reply(403, page, "text/html"))
    for status in (400, 404, 405, 415):
        step = reply(status, body={"status": status, "error": "Bad Request"})
        refused(make, errors.BadRequest, "vies.bad_request", step)


# === AGAINST THE STAND-IN === #


@pytest.fixture
def box():
    with Sandbox() as sandbox:
        sandbox.vies.control_add_number(OWN, "Voorbeeldwinkel B.V.")
        sandbox.vies.control_add_number("FR66000000018", "Exemple", "1 Rue\nLille")
        yield sandbox


@pytest.fixture
def ask(box):
    with Transport() as transport:
        yield ViesClient(box.vies_url, transport=transport).check


def test_the_stand_in_gives_evidence(box, ask):
    answer = ask("FR 66 000000018", OWN)
    assert (answer.valid, answer.name, answer.address) == (
        True,
        "Exemple",
        "1 Rue, Lille",
    )
    (row,) = box.vies.control_consultations()
    assert row["consultation_number"] == answer.consultation_number
    assert row["requester"] == OWN
    assert ask("FR66000000018").consultation_number == ""
    assert ask(GERMAN, OWN).valid is False


@pytest.mark.parametrize("status", [200, 400, 500])
def test_the_stand_in_refuses_as_the_real_one(box, ask, status):
    box.vies.control_set_error_status(status)
    with pytest.raises(errors.BadRequest) as caught:
        ask("FR66000000018", "BE0000000097")
    assert caught.value.code == "vies.requester"
    box.vies.control_set_member_state("FR", available=False)
    with pytest.raises(errors.TemporaryError) as caught:
        ask("FR66000000018", OWN)
    assert caught.value.code == "vies.unavailable"


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("lost_before", {}),
        ("lost_after", {}),
        ("reset_after", {}),
        ("html_503", {}),
        ("html_200", {}),
        ("empty_500", {}),
        ("truncated", {}),
        ("truncated_length", {}),
        ("error", {"error": "MS_MAX_CONCURRENT_REQ"}),
        ("status", {"status": 502}),
    ],
)
def test_no_fault_of_the_stand_in_is_taken_for_an_answer(box, ask, kind, params):
    box.faults.add(kind, "vies", params=params)
    with pytest.raises(errors.TemporaryError) as caught:
        ask("FR66000000018", OWN)
    assert caught.value.code == "vies.unavailable"
    assert len(box.calls.list(service="vies")) == 1
    assert ask("FR66000000018", OWN).valid


def test_a_slow_answer_is_an_answer(box, ask):
    box.faults.add("slow", "vies", params={"seconds": 0.2})
    assert ask("FR66000000018", OWN).valid
