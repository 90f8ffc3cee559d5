"""The shop's own PDF of an invoice, from an address that its administrator gave.

Lightspeed's API has no call for it.  So the address is a template, filled with what is
known of the invoice, and asked for as anybody could: no credentials go along, and no
redirect is followed.
"""

import re
from urllib.parse import quote, urlsplit

from .errors import BadAnswer, BadRequest, NotFound, TemporaryError
from .wire import is_loopback

#: What may stand in braces: number of the invoice, its id in the shop, number of the
#: order.
PLACEHOLDERS = ("number", "id", "order")
#: Largest file that is attached.
MAX_FILE = 5 * 1024 * 1024
#: The mark of a PDF may follow some other bytes.
_MARK_WITHIN = 1024


def checked_template(template):
    """Check a template and return it without blanks around it.

    Plain http is for stand-ins on this machine only.  The host is fixed: placeholders
    stand behind it.

    :param str template: such as ``https://shop.example/pdf/{number}``
    :rtype: str
    :raise BadRequest: (``transport.bad_url``, ``transport.insecure_url``) no address, a
        user in it, an unknown placeholder, or none that tells invoices apart
    """
    text = (template or "").strip()
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError:
        host = None
    names = re.findall(r"\{([^{}]*)\}", text)
    rest = re.sub(r"\{[^{}]*\}", "", text)
    if (
        not host
        or parts.scheme not in ("http", "https")
        or any(char in parts.netloc for char in "{}@")
        or parts.fragment
        or not names
        or set(names) - set(PLACEHOLDERS)
        or any(char <= " " or char in "{}\\\x7f" for char in rest)
    ):
        raise BadRequest("This is not a web address.", code="transport.bad_url")
    if parts.scheme != "https" and not is_loopback(host):
        raise BadRequest(
            "The address must begin with https.", code="transport.insecure_url"
        )
    return text


def filled(template, **values):
    """Return the address of one invoice, its values percent-encoded.

    :param str template: see :func:`checked_template`
    :param values: text for each of :data:`PLACEHOLDERS`
    :rtype: str
    :raise NotFound: a value that the template needs is not known
    """

    def value(match):
        text = str(values.get(match[1]) or "")
        if not text.strip(". "):
            raise NotFound("The shop has no invoice of it.", code="invoice_file.none")
        return quote(text, safe="")

    return re.sub(r"\{([^{}]*)\}", value, checked_template(template))


def fetch(transport, url):
    """Return the PDF at an address.  Asked for twice, when it does not answer at once.

    :param Transport transport: makes the call
    :param str url: see :func:`filled`
    :rtype: bytes
    :raise NotFound: there is none
    :raise BadAnswer: something else than a PDF, or too large
    :raise TemporaryError: no answer
    """
    headers = {"Accept": "application/pdf"}
    try:
        answer = transport.request("GET", url, headers=headers)
    except BadAnswer:
        raise
    except TemporaryError:
        answer = transport.request("GET", url, headers=headers)
    if answer.status != 200:
        raise NotFound(f"Answered {answer.status}.", code="invoice_file.none")
    if len(answer.content) > MAX_FILE:
        raise BadAnswer("The file is too large.", code="invoice_file.too_large")
    if b"%PDF-" not in answer.content[:_MARK_WITHIN]:
        raise BadAnswer("It is not a PDF.", code="invoice_file.no_pdf")
    return answer.content
