"""What a request must look like, and what is wrong with it."""

import json
import re
from typing import Any

from werkzeug import Request, Response

PATH = "/taxation_customs/vies/rest-api"
"""Below which the API is, as at the real host."""

#: Property -> the form of its text, of the published types where there is one.
PROPERTIES = {
    "countryCode": r"[A-Z]{2}",
    "vatNumber": r"[0-9A-Za-z+*.]{2,12}",
    "requesterMemberStateCode": r"[A-Z]{2}",
    "requesterNumber": r"[0-9A-Za-z+*.]{2,12}",
    "traderName": r".*",
    "traderStreet": r".*",
    "traderPostalCode": r".*",
    "traderCity": r".*",
    "traderCompanyType": r"[A-Z]{2}-[1-9][0-9]?",
}
_REQUESTER = ("requesterMemberStateCode", "requesterNumber")

#: Prefixes of the member states and Northern Ireland; Greece is EL, never GR.
MEMBER_STATES = frozenset(
    re.findall(
        "[A-Z]{2}",
        "AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI"
        " SK XI",
    )
)


class Unreadable(Exception):
    """The server does not get as far as its own errors: a plain HTTP status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text

    def response(self) -> Response:
        body = json.dumps({"status": self.status, "error": self.text})
        response = Response(body, self.status, content_type="application/json")
        if self.status == 405:
            response.headers["Allow"] = "POST"
        return response


class Refused(Exception):
    """One of the errors that VIES documents."""

    def __init__(self, error: str, message: str = "") -> None:
        super().__init__(error)
        self.error = error
        self.message = message


def read(request: Request) -> dict[str, str]:
    """Return the properties of a request.

    The real API ignores what it does not know: here a request must be without fault.
    """
    if request.path != f"{PATH}/check-vat-number":
        raise Unreadable(404, "Not Found")
    if request.method != "POST":
        raise Unreadable(405, "Method Not Allowed")
    if request.mimetype != "application/json":
        raise Unreadable(415, "Unsupported Media Type")
    if request.query_string:
        raise Unreadable(400, "a query")
    data = _body(request.get_data())
    unknown = sorted(set(data) - set(PROPERTIES))
    if unknown:
        raise Unreadable(400, f"unknown: {', '.join(unknown)}")
    for name, value in data.items():
        if not isinstance(value, str):
            raise Unreadable(400, f"{name} is not a text")
    return data


def _body(content: bytes) -> dict[str, Any]:
    try:
        data = json.loads(content, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise Unreadable(400, str(error)) from error
    if not isinstance(data, dict):
        raise Unreadable(400, "not an object")
    return data


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        text = "a property comes twice"
        raise ValueError(text)
    return dict(pairs)


def question(data: dict[str, str]) -> tuple[str, str]:
    """Return the number that is asked for and the requester's, with their prefixes.

    :return: the second is "" when no requester was given
    """
    for name in ("countryCode", "vatNumber"):
        if not data.get(name):
            raise Refused("INVALID_INPUT", f"{name} is missing")
    given = [name for name in _REQUESTER if name in data]
    if len(given) == 1:
        # The real one answers as if there were no requester at all.
        raise Refused("INVALID_REQUESTER_INFO", "half a requester")
    for name, value in data.items():
        if not re.fullmatch(PROPERTIES[name], value, re.ASCII | re.DOTALL):
            mine = name in _REQUESTER
            raise Refused("INVALID_REQUESTER_INFO" if mine else "INVALID_INPUT", name)
    if data["countryCode"] not in MEMBER_STATES:
        raise Refused("INVALID_INPUT", "countryCode")
    number = data["countryCode"] + data["vatNumber"]
    return number, "".join(data[name] for name in given)
