"""VIES: is a VAT number valid, and the consultation number that proves the question.

The European Commission's REST API, as its published description has it
(``check-vat-number``).  It passes the question on to the member state of the number,
each of which has hours of its own at which it does not answer.  With the requester's
own number it gives a consultation number, the evidence for the tax office.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime

from ..accounting.vat_numbers import is_eu, normalise
from .errors import AccessDenied, BadAnswer, BadRequest, TemporaryError
from .wire import checked_url, json_body, sentence

HOST = "https://ec.europa.eu/taxation_customs/vies/rest-api"
"""Below which the API is."""

UNAVAILABLE = "vies.unavailable"

_BLOCKED = ("IP_BLOCKED", "VAT_BLOCKED")
# The second one is not in the description, but seen.
_REQUESTER = ("INVALID_REQUESTER_INFO", "MS_INVALID_REQUESTER_INFO")
_NO_ERROR = ("", "VALID", "INVALID")
_NOTHING = ("", "---")
_LONGEST = {"name": 200, "address": 300, "requestIdentifier": 40, "requestDate": 40}


@dataclass(frozen=True)
class ViesAnswer:
    """What VIES said of a number.

    :ivar valid: whether the member state knows the number as valid
    :ivar consultation_number: evidence of the question; ``""`` when VIES gave none
    :ivar asked_at: aware UTC on our clock, when the question was sent
    :ivar name: who has the number, ``""`` where the member state does not tell
    :ivar address: on one line, ``""`` where the member state does not tell
    :ivar request_date: date (and time) of the question as VIES wrote it
    """

    valid: bool
    consultation_number: str
    asked_at: datetime
    name: str = ""
    address: str = ""
    request_date: str = ""


class ViesClient:
    """Questions to VIES.

    :param str base_url: :data:`HOST`, or a stand-in's address
    :param Transport transport: makes the calls
    :raise BadRequest: (``transport.insecure_url``, ``transport.bad_url``) bad address
    """

    def __init__(self, base_url, *, transport):
        self._url = f"{checked_url(base_url)}/check-vat-number"
        self._transport = transport

    def close(self):
        """Close the kept connections."""
        self._transport.close()

    def check(self, number, requester=""):
        """Ask whether a VAT number is valid.  One call, never repeated here.

        :param str number: with its prefix (``EL`` for Greece, ``XI`` for Northern
            Ireland); blanks, dots and small letters do no harm
        :param str requester: who asks, in the same form; without it there is no
            consultation number
        :rtype: ViesAnswer
        :raise BadRequest: (``vies.requester``) the requester's number is not accepted;
            (``vies.number``) not a number VIES could know; (``vies.bad_request``)
            the request was not understood
        :raise AccessDenied: (``vies.blocked``) VIES refuses this server or requester
        :raise TemporaryError: (``vies.unavailable``) no answer of VIES or of the
            member state; nothing is known about the number
        """
        question = _question(number, requester)
        asked_at = self._transport.now()
        try:
            answer = self._transport.request(
                "POST",
                self._url,
                data=json.dumps(question),
                headers={
                    "Accept": "application/json",
                    "Content-Type": "application/json",
                },
            )
        except TemporaryError as error:
            error.code = UNAVAILABLE
            raise
        data = json_body(answer)
        data = data if isinstance(data, dict) else {}
        error = _error(data)
        if error == "INVALID_INPUT":
            return ViesAnswer(False, "", asked_at)
        if error or data.get("actionSucceed") is False or answer.status >= 400:
            raise _refusal(answer.status, error, data)
        valid = data.get("valid")
        if not isinstance(valid, bool) or not _is_about(data, question):
            raise BadAnswer(
                f"Answered {answer.status} with something else than was asked for.",
                code=UNAVAILABLE,
                status=answer.status,
            )
        return ViesAnswer(
            valid=valid,
            consultation_number=_text(data, "requestIdentifier"),
            asked_at=asked_at,
            name=_text(data, "name"),
            address=_text(data, "address"),
            request_date=_text(data, "requestDate"),
        )


def _question(number, requester):
    """The body of the request.

    :rtype: dict
    """
    number, requester = normalise(number or ""), normalise(requester or "")
    if not is_eu(number):
        raise BadRequest("This is not a VAT number of the EU.", code="vies.number")
    question = {"countryCode": number[:2], "vatNumber": number[2:]}
    if requester:
        if not is_eu(requester):
            raise BadRequest(
                "The requester's is not a VAT number of the EU.", code="vies.requester"
            )
        question["requesterMemberStateCode"] = requester[:2]
        question["requesterNumber"] = requester[2:]
    return question


def _error(data):
    """The first error word of an answer, of whatever HTTP status; else ``""``.

    ``userError`` is that of a sister call, with ``VALID`` and ``INVALID`` among them.
    """
    wrappers = data.get("errorWrappers")
    words = [
        wrapper.get("error")
        for wrapper in (wrappers if isinstance(wrappers, list) else ())
        if isinstance(wrapper, dict)
    ]
    for word in (*words, data.get("userError")):
        found = sentence(word, 60).upper()
        if found not in _NO_ERROR:
            return found
    return ""


def _refusal(status, error, data):
    """Our error for an error word, or for a status without one.

    A word that is not known says nothing about the number: try later.

    :rtype: ConnectorError
    """
    detail = error or f"Answered {status}."
    if error in _REQUESTER:
        return BadRequest(detail, code="vies.requester", status=status)
    # Without a word: a firewall in front of VIES refuses addresses this way.
    if error in _BLOCKED or (status == 403 and not error):
        return AccessDenied(detail, code="vies.blocked", status=status)
    if not error and 400 <= status < 500 and status not in (408, 429):
        return BadRequest(detail, code="vies.bad_request", status=status)
    return TemporaryError(detail, code=UNAVAILABLE, status=status)


def _is_about(data, question):
    """Whether an answer is about the number that was asked for.

    How a member state writes a number back is not described: blanks, a prefix and
    leading zeros may differ.  An answer that does not repeat it is believed.
    """
    country = data.get("countryCode")
    number = data.get("vatNumber")
    if country not in (None, "", question["countryCode"]):
        return False
    if number in (None, ""):
        return True
    if not isinstance(number, str):
        return False
    return _bare(number, question) == _bare(question["vatNumber"], question)


def _bare(number, question):
    text = re.sub(r"[^0-9A-Z+*]", "", number.upper())
    return text.removeprefix(question["countryCode"]).lstrip("0")


def _text(data, name):
    """A text of the answer on one line; ``""`` for what VIES does not tell."""
    value = data.get(name)
    if isinstance(value, str):
        lines = (line.strip() for line in value.strip().splitlines())
        value = ", ".join(line for line in lines if line)
    found = sentence(value, _LONGEST[name])
    return "" if found in _NOTHING else found
