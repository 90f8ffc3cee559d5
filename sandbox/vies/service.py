"""The service: the register of numbers, consultations, errors, persistence."""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from werkzeug import Request, Response

from ..core import Clock, ControlError, Service
from .request import MEMBER_STATES, PATH, Refused, Unreadable, question, read

UNKNOWN = "---"
#: Member states that tell neither name nor address.
SILENT = frozenset({"DE", "ES"})
_TRADER = ("Name", "Street", "PostalCode", "City", "CompanyType")
_STATUSES = (200, 400, 500)


class ViesService(Service):
    """VIES. Empty at first: every number is unknown, every member state answers."""

    name = "vies"
    base_path = PATH
    fault_kinds = frozenset({"error"})

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self._clear()

    def _clear(self) -> None:
        self.numbers: dict[str, dict[str, Any]] = {}
        self.consultations: list[dict[str, Any]] = []
        self.down: set[str] = set()
        self.error_status = 200

    # --- WSGI ---------------------------------------------------------------

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        with self.lock:
            response = self._respond(Request(environ))
        return response(environ, start_response)

    def _respond(self, request: Request) -> Response:
        try:
            data = read(request)
            return _json(self._answer(data, *question(data)))
        except Unreadable as error:
            return error.response()
        except Refused as error:
            return _error(error.error, error.message, self.error_status)

    def _answer(self, data: dict[str, str], number: str, requester: str) -> dict:
        for country in (number[:2], requester[:2]):
            if country in self.down:
                raise Refused("MS_UNAVAILABLE")
        if requester and not self._is_valid(requester):
            raise Refused("INVALID_REQUESTER_INFO")
        valid = self._is_valid(number)
        found = self.numbers[number] if valid else {}
        told = valid and number[:2] not in SILENT
        moment = self.clock.now()
        consultation = ""
        if requester and valid:
            consultation = self._consult(number, requester, moment)
        return {
            "countryCode": data["countryCode"],
            "vatNumber": data["vatNumber"],
            "requestDate": _iso(moment),
            "valid": valid,
            "requestIdentifier": consultation,
            "name": found["name"] if told else UNKNOWN,
            "address": found["address"] if told else UNKNOWN,
            **{f"trader{name}": UNKNOWN for name in _TRADER},
            **{f"trader{name}Match": "NOT_PROCESSED" for name in _TRADER},
        }

    def _is_valid(self, number: str) -> bool:
        return bool(self.numbers.get(number, {}).get("valid"))

    def _consult(self, number: str, requester: str, moment: datetime) -> str:
        """Remember a consultation; return its number, which no other one has."""
        place = len(self.consultations) + 1
        digest = hashlib.sha256(f"{place} {number} {requester}".encode()).digest()
        letters = base64.urlsafe_b64encode(digest[:6]).decode()
        identifier = f"WAPI{place:04d}{letters}"
        self.consultations.append(
            {
                "consultation_number": identifier,
                "number": number,
                "requester": requester,
                "at": moment.isoformat(),
            }
        )
        self.touch()
        return identifier

    # --- control ------------------------------------------------------------

    def control_add_number(
        self,
        number: str,
        name: str = UNKNOWN,
        address: str = UNKNOWN,
        valid: bool = True,
        member_state_down: bool = False,
    ) -> dict[str, Any]:
        """Register a number (with its prefix), or change it.

        valid=False: known once, ended since. member_state_down: its member state does
        not answer from now on, see set_member_state.
        """
        if not re.fullmatch(r"[A-Z]{2}[0-9A-Z+*]{2,12}", number, re.ASCII):
            text = f"{number} is no VAT number with a prefix"
            raise ControlError(text)
        country = _member_state(number[:2])
        with self.lock:
            row = {"name": name, "address": address, "valid": bool(valid)}
            self.numbers[number] = row
            if member_state_down:
                self.down.add(country)
            self.touch()
            return {"number": number, **row}

    def control_set_member_state(self, country: str, available: bool) -> list[str]:
        """Let a member state (EL, XI, NL, ...) answer or not. Returns who is down."""
        with self.lock:
            change = self.down.discard if available else self.down.add
            change(_member_state(country))
            self.touch()
            return sorted(self.down)

    def control_set_error_status(self, status: int) -> int:
        """Choose the HTTP status of errors: 200 (default), 400 or 500.

        All of them are seen with the real one.
        """
        if status not in _STATUSES:
            text = f"one of {_STATUSES}"
            raise ControlError(text)
        with self.lock:
            self.error_status = status
            self.touch()
            return status

    def control_numbers(self) -> dict[str, dict[str, Any]]:
        """Return the register: number to name, address, valid."""
        with self.lock:
            return {number: dict(row) for number, row in self.numbers.items()}

    def control_consultations(self) -> list[dict[str, Any]]:
        """List the consultations with a number: what a tax office could look up."""
        with self.lock:
            return [dict(row) for row in self.consultations]

    # --- faults -------------------------------------------------------------

    def fault_response(self, kind: str, params: dict) -> Response | None:
        """Return the answer of a fault of VIES' own.

        * `error` {error, message, status}: one of the documented errors
        """
        if kind != "error":
            return None
        return _error(
            params.get("error", "SERVICE_UNAVAILABLE"),
            params.get("message", ""),
            int(params.get("status", self.error_status)),
        )

    # --- persistence --------------------------------------------------------

    def dump(self) -> Any:
        with self.lock:
            return {
                "numbers": self.control_numbers(),
                "consultations": self.control_consultations(),
                "down": sorted(self.down),
                "error_status": self.error_status,
            }

    def load(self, data: Any) -> None:
        with self.lock:
            self.numbers = dict(data["numbers"])
            self.consultations = list(data["consultations"])
            self.down = set(data["down"])
            self.error_status = data["error_status"]

    def reset(self) -> None:
        with self.lock:
            self._clear()
            self.touch()


def _member_state(country: str) -> str:
    if country not in MEMBER_STATES:
        text = f"{country} is no member state; Greece is EL, Northern Ireland XI"
        raise ControlError(text)
    return country


def _iso(moment: datetime) -> str:
    return f"{moment.isoformat(timespec='milliseconds')[:23]}Z"


def _json(value: Any, status: int = 200) -> Response:
    body = json.dumps(value, ensure_ascii=False)
    return Response(body, status, content_type="application/json")


def _error(error: str, message: str, status: int) -> Response:
    wrapper = {"error": error, **({"message": message} if message else {})}
    return _json({"actionSucceed": False, "errorWrappers": [wrapper]}, status)
