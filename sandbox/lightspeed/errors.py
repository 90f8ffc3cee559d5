"""Refusals of the stand-in Lightspeed (reference 3.4)."""

BAD_INPUT = "Invalid data input."
ACCESS_DENIED = "Access denied."
NO_PERMISSION = "Insufficient permissions."
NOT_FOUND = "Resource not found."
NOT_ALLOWED = "Method not allowed."
BAD_LANGUAGE = "Unknown or inactive language."
TOO_MANY = "Too many requests in this time period. Try again later."


class ApiError(Exception):
    """A refusal with an HTTP status.

    :param detail: what is wrong; appended to the vendor's message, to help whoever
        reads the log
    """

    def __init__(self, status: int, message: str, detail: str = "") -> None:
        text = f"{message} ({detail})" if detail else message
        super().__init__(text)
        self.status = status
        self.text = text


def bad_input(*detail: str) -> ApiError:
    return ApiError(400, BAD_INPUT, ": ".join(detail))


def not_found() -> ApiError:
    return ApiError(404, NOT_FOUND)
