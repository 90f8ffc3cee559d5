"""The shop's invoice as PDF, from an address that its administrator gave."""

import pytest

from odoo.addons.lightspeed_exact_connector.clients import invoice_file
from odoo.addons.lightspeed_exact_connector.clients.errors import (
    BadAnswer,
    BadRequest,
    NotFound,
    TemporaryError,
)
from odoo.addons.lightspeed_exact_connector.clients.transport import Transport

from tests.file_server import serving

PDF = b"%PDF-1.7\n\xe2\xe3\xcf\xd3 \xff\xfe\x00 content\n%%EOF"


@pytest.fixture
def files():
    with serving() as server:
        yield server


def fetch(url):
    with Transport(timeout=(2, 5)) as transport:
        return invoice_file.fetch(transport, url)


@pytest.mark.parametrize(
    "template",
    [
        "https://shop.example/pdf/{number}",
        " https://shop.example/pdf?id={id}&order={order} ",
        "http://127.0.0.1:8000/{number}.pdf",
    ],
)
def test_an_address_with_a_placeholder_is_taken(template):
    assert invoice_file.checked_template(template) == template.strip()


@pytest.mark.parametrize(
    "template",
    [
        "",
        None,
        "shop.example/{number}",
        "http://shop.example/{number}",
        "ftp://shop.example/{number}",
        "file:///etc/{number}",
        "https://{number}.example/",
        "https://shop.example:{number}/",
        "https://user:word@shop.example/{number}",
        "https://shop.example/all.pdf",
        "https://shop.example/{key}",
        "https://shop.example/{number}#{id}",
        "https://shop.example/{number}/{",
        "https://shop.example/{number} x",
        "https://[::1/{number}",
    ],
)
def test_any_other_address_is_refused(template):
    with pytest.raises(BadRequest):
        invoice_file.checked_template(template)


def test_what_is_filled_in_stays_where_it_is_put():
    template = "https://shop.example/pdf/{number}?o={order}"
    url = invoice_file.filled(template, number="../a/b?c#d@e", order="1&x=2 é")
    assert url == (
        "https://shop.example/pdf/..%2Fa%2Fb%3Fc%23d%40e?o=1%26x%3D2%20%C3%A9"
    )


@pytest.mark.parametrize("number", ["", None, "..", ". "])
def test_without_a_number_there_is_no_address(number):
    with pytest.raises(NotFound):
        invoice_file.filled("https://shop.example/{number}", number=number)


def test_a_file_comes_as_it_is_and_no_credentials_go_along(files):
    files.give("/a.pdf", PDF, Content_Type="application/pdf")
    assert fetch(f"{files.url}/a.pdf") == PDF
    [(_path, headers)] = files.asked
    assert not {"Authorization", "Cookie"} & set(headers)


def test_what_is_no_pdf_is_refused(files):
    files.give("/a.pdf", b"<html>Log in</html>", Content_Type="application/pdf")
    with pytest.raises(BadAnswer) as caught:
        fetch(f"{files.url}/a.pdf")
    assert caught.value.code == "invoice_file.no_pdf"


def test_a_redirect_is_not_followed(files):
    files.give("/b.pdf", PDF)
    files.give("/a.pdf", b"", status=302, Location=f"{files.url}/b.pdf")
    with pytest.raises(BadAnswer):
        fetch(f"{files.url}/a.pdf")
    assert [path for path, _headers in files.asked] == ["/a.pdf"]


def test_a_file_that_is_too_large_is_refused(files):
    files.give("/a.pdf", PDF + b" " * invoice_file.MAX_FILE)
    with pytest.raises(BadAnswer) as caught:
        fetch(f"{files.url}/a.pdf")
    assert caught.value.code == "invoice_file.too_large"


@pytest.mark.parametrize("status", [401, 403, 404, 500, 503])
def test_another_status_is_no_file(files, status):
    files.give("/a.pdf", PDF, status=status)
    with pytest.raises(NotFound):
        fetch(f"{files.url}/a.pdf")


def test_a_server_that_gives_no_answer_is_asked_twice(files):
    files.give("/a.pdf", b"", status=None)
    with pytest.raises(TemporaryError):
        fetch(f"{files.url}/a.pdf")
    assert len(files.asked) >= 2
