"""What a call can end in, other than rows (exact-online-api 8.4, 8.6, 8.7)."""

import json
from collections.abc import Iterable
from typing import Any

from .texts import text

SYNTAX = "Bad Request - Error in query syntax."
SELECT_DEMANDED = "Please add a $select or a $top=1 statement to the query string."
FILTER_UNSUPPORTED = "This $filter parameter is not supported for this resource"
MANDATORY_FILTER = (
    "This endpoint has mandatory filtering applied. A GET request for this endpoint "
    "must have a $filter parameter with one of the following fields in the url: {}"
)
TOP_LEVEL = (
    "Error processing request stream. The request should be a valid top-level "
    "resource object."
)
UNKNOWN_PROPERTY = (
    "Error processing request stream. The property name '{}' specified for type "
    "'{}' is not valid."
)
CONVERT = (
    "Error encountered in converting the value from request payload for property "
    "'{}' to type '{}', which is the property's expected type. See inner exception "
    "for more detail."
)
FORBIDDEN = "Forbidden"
SCOPE_VIOLATED = "Forbidden - Application Scope Violated. Cannot {}"


def error_json(message: str) -> str:
    """Write the error body of 8.6: pretty-printed with CRLF, `code` empty."""
    value = json.dumps(message, ensure_ascii=False)
    lines = (
        "{",
        '"error": {',
        '"code": "", "message": {',
        f'"lang": "", "value": {value}',
        "}",
        "}",
        "}",
    )
    return "\r\n".join(lines)


class ApiError(Exception):
    """An answer other than 2xx."""

    def __init__(
        self,
        status: int,
        message: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.message = message
        self.headers = headers or {}


def syntax_error() -> ApiError:
    """Return the 400 of a bad query (8.4)."""
    return ApiError(400, SYNTAX)


def payload_error(template: str, *args: str) -> ApiError:
    """Return the 400 of a bad payload (8.6)."""
    return ApiError(400, template.format(*args))


def forbidden(reason: str | None = None, message: str = FORBIDDEN) -> ApiError:
    """Return a 403, with the `Reason` header of 8.7 when there is one."""
    return ApiError(403, message, {"Reason": reason} if reason else None)


class BusinessError(Exception):
    """A refusal by the bookkeeping: 500 with localised texts (8.6).

    :param messages: pairs of a key of `texts.TEXTS` and its parameters
    """

    def __init__(self, messages: Iterable[tuple[str, tuple[Any, ...]]]) -> None:
        self.messages = list(dict.fromkeys(messages))
        super().__init__(self.localised("EN"))

    def localised(self, language: str) -> str:
        """Return the text in a language, several messages joined by CRLF."""
        return "\r\n".join(text(key, language, *args) for key, args in self.messages)


class Problems:
    """Collects refusals, so that all of them are reported together."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, tuple[Any, ...]]] = []

    def add(self, key: str, *args: Any) -> None:
        self.messages.append((key, args))

    def __bool__(self) -> bool:
        return bool(self.messages)

    def check(self) -> None:
        """Raise what was collected.

        :raises BusinessError: when there is anything
        """
        if self.messages:
            raise BusinessError(self.messages)


def refuse(key: str, *args: Any) -> BusinessError:
    """Return a refusal with one message."""
    return BusinessError([(key, args)])
