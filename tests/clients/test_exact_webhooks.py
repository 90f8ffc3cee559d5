"""The signature of Exact's webhooks: what is signed is what is read."""

import hashlib
import hmac
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from odoo.addons.lightspeed_exact_connector.clients.exact_webhooks import (
    Notice,
    content_text,
    guid_text,
    verified,
)

SECRET = "geheim"
KEY = "2f1c0a55-7a0e-4f5b-bb65-3f9d7f1a3c77"
APP = "11111111-2222-3333-4444-555555555555"
CONTENT = (
    f'{{"Topic":"SalesEntries","ClientId":"{APP}","Division":123456,'
    f'"Action":"Update","Key":"{KEY}",'
    '"ExactOnlineEndpoint":"https:\\/\\/start.exactonline.nl\\/x"}'
)
NOTICE = Notice("SalesEntries", "Update", KEY, 123456, APP)


def hash_of(text, secret=SECRET):
    raw = text if isinstance(text, bytes) else text.encode()
    return hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest().upper()


def body(text=CONTENT, code=None):
    return f'{{"Content":{text},"HashCode":"{code or hash_of(text)}"}}'.encode()


def test_the_sample_of_the_reference_is_read():
    assert verified(body(), SECRET) == NOTICE


@pytest.mark.parametrize(
    "written",
    [
        f'{{"HashCode":"{hash_of(CONTENT)}","Content":{CONTENT}}}',
        f' \r\n{{ "Content" :\t{CONTENT} ,\n "HashCode" : "{hash_of(CONTENT)}" }}\n',
        f'\ufeff{{"Content":{CONTENT},"HashCode":"{hash_of(CONTENT)}"}}',
        f'{{"Con\\u0074ent":{CONTENT},"HashCode":"{hash_of(CONTENT)}"}}',
        f'{{"Content":{CONTENT},"HashCode":"{hash_of(CONTENT).lower()}"}}',
        f'{{"A":[{{"Content":1}},"}}"],"Content":{CONTENT},"HashCode":'
        f'"{hash_of(CONTENT)}","Z":null}}',
        f'{{"A":"\\"Content\\":{{}}","Content":{CONTENT},'
        f'"HashCode":"{hash_of(CONTENT)}"}}',
    ],
)
def test_however_the_body_around_it_is_written(written):
    assert verified(written.encode(), SECRET) == NOTICE


SAID = f'"Topic":"SalesEntries","Key":"{KEY}","Division":123456'


@pytest.mark.parametrize(
    "text",
    [
        f'{{ "Topic" : "SalesEntries", "Key": "{KEY}", "Division":"123456"}}',
        f'{{"Key":"{{{KEY.upper()}}}","Topic":"SalesEntries","Division":123456}}',
        '{"Text":"} \\" ] , \\\\",' + SAID + "}",
        '{"Text":"Café \\u20ac",' + SAID + "}",
        '{"More":{"Deep":[[[{}]]]},' + SAID + "}",
    ],
)
def test_what_is_signed_is_taken_as_it_stands(text):
    found = verified(body(text), SECRET)
    assert found == NOTICE._replace(action="", client_id="")


@pytest.mark.parametrize(
    "written",
    [
        body(code=hash_of(CONTENT, "anders")),
        body(CONTENT.replace("Update", "Delete"), hash_of(CONTENT)),
        body(CONTENT.replace(",", ", "), hash_of(CONTENT)),
        body(CONTENT.replace("\\/", "/"), hash_of(CONTENT)),
        body(code=hash_of(CONTENT)[:-1]),
        body(code=hash_of(CONTENT) + "0"),
        f'{{"Content":{CONTENT}}}'.encode(),
        f'{{"Content":{CONTENT},"HashCode":null}}'.encode(),
        f'{{"Content":{CONTENT},"HashCode":["{hash_of(CONTENT)}"]}}'.encode(),
        f'{{"content":{CONTENT},"HashCode":"{hash_of(CONTENT)}"}}'.encode(),
        # Two of a name: nobody knows which one the others read.
        body()[:-1] + b',"Content":{}}',
        body()[:-1] + b',"Con\\u0074ent":{}}',
        b'{"Content":{},' + body()[1:],
        body()[:-1] + f',"HashCode":"{hash_of("{}")}"}}'.encode(),
        body() + b"x",
        body() + body(),
        body()[:-1],
        body()[:-1] + b",}",
        b"[" + body() + b"]",
        b"",
        b"{}",
        b"null",
        body('"text"'),
        body("null"),
        body("[1]"),
        body("{"),
        body('{"a":'),
        body("{]"),
        body("{" * 10_000 + "}" * 10_000),
        body("{'a':1}"),
        b'"Content"',
        b'{"Content":"\\"}',
        "{}".encode("utf-16"),
    ],
)
def test_what_is_not_signed_or_not_readable_says_nothing(written):
    assert verified(written, SECRET) is None


def test_an_empty_secret_signs_nothing():
    assert verified(body(code=hash_of(CONTENT, "")), "") is None
    assert verified(body(code=hash_of(CONTENT, "")), None) is None


def test_values_of_another_kind_are_none():
    text = (
        f'{{"Topic":1,"Key":["{KEY}"],"Division":true,"Action":"Drop","ClientId":{{}}}}'
    )
    assert verified(body(text), SECRET) == Notice("", "", "", 0, "")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (KEY, KEY),
        (f" {{{KEY.upper()}}} ", KEY),
        (KEY.replace("-", ""), ""),
        (f"{KEY}'", ""),
        ("../../x", ""),
        (None, ""),
        (17, ""),
    ],
)
def test_a_guid_is_a_guid(value, expected):
    assert guid_text(value) == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
INDENTS = st.sampled_from([None, 0, 1, "\t"])


@given(
    st.dictionaries(st.text(), JSON),
    st.dictionaries(st.text(), JSON),
    st.dictionaries(st.text(), JSON),
    INDENTS,
    st.booleans(),
)
def test_the_text_of_any_content_is_found_to_the_byte(
    before, content, after, wide, raw
):
    """Whatever stands around it, and however it is written."""

    def written(value):
        text = json.dumps(value, indent=wide, ensure_ascii=raw)
        return text.encode("utf-8", "surrogatepass")

    def members(rows):
        return [
            written(name) + b":" + written(value)
            for name, value in rows.items()
            if name not in ("Content", "HashCode")
        ]

    text = written(content)
    code = hash_of(text)
    middle = [b'"Content": ' + text, b'"HashCode":"%s"' % code.encode()]
    whole = b"{" + b",".join(members(before) + middle + members(after)) + b"}"
    assert content_text(whole) == (text, code)


@given(st.binary(max_size=200))
@example(b'{"":')
@example(b'{"Content":{"\\')
@example(b'{"Content":{}"HashCode":""}')
def test_no_bytes_raise_or_are_believed(noise):
    assert verified(noise, SECRET) is None
    assert (
        verified(b'{"Content":' + noise + b',"HashCode":"' + b"A" * 64 + b'"}', SECRET)
        is None
    )


@given(st.integers(0, len(body()) - 1), st.integers(0, 255))
def test_one_changed_byte_is_never_believed_for_something_else(place, value):
    changed = bytearray(body())
    changed[place] = value
    assert verified(bytes(changed), SECRET) in (None, NOTICE)
