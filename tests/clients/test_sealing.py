"""Secrets at rest: sealed with the first key, opened with any, never half."""

import pytest
from cryptography.fernet import Fernet

from odoo.addons.lightspeed_exact_connector.clients.errors import ConnectorError
from odoo.addons.lightspeed_exact_connector.clients.sealing import (
    KEY_BAD,
    KEY_MISSING,
    KEY_WRONG,
    is_current,
    is_sealed,
    parse_keys,
    seal,
    unseal,
)

OLD = Fernet.generate_key().decode()
NEW = Fernet.generate_key().decode()
SECRET = "geheim-é-1234567890"


def refused(code, function, *args):
    with pytest.raises(ConnectorError) as caught:
        function(*args)
    assert caught.value.code == code
    assert caught.value.__cause__ is None
    return caught.value


def test_a_sealed_secret_comes_back_and_is_not_in_what_is_stored():
    stored = seal(SECRET, [OLD])
    assert is_sealed(stored)
    assert SECRET not in stored
    assert unseal(stored, [OLD]) == SECRET


def test_the_same_secret_never_looks_the_same():
    assert seal(SECRET, [OLD]) != seal(SECRET, [OLD])


def test_without_a_key_it_is_stored_as_it_is():
    assert seal(SECRET, []) == SECRET
    assert unseal(SECRET, []) == SECRET
    assert is_current(SECRET, [])


def test_what_was_stored_before_the_key_is_still_read():
    assert unseal(SECRET, [NEW]) == SECRET
    assert not is_current(SECRET, [NEW])


def test_the_first_key_seals_and_an_old_one_still_opens():
    stored = seal(SECRET, [OLD])
    assert unseal(stored, [NEW, OLD]) == SECRET
    assert not is_current(stored, [NEW, OLD])
    again = seal(SECRET, [NEW, OLD])
    assert is_current(again, [NEW, OLD])
    refused(KEY_WRONG, unseal, again, [OLD])


def test_a_missing_key_is_told_and_nothing_plain_replaces_a_sealed_secret():
    stored = seal(SECRET, [OLD])
    refused(KEY_MISSING, unseal, stored, [])
    refused(KEY_MISSING, seal, "another", [], stored)


def test_a_secret_that_looks_sealed_is_not_taken_without_a_key():
    stored = seal(SECRET, [OLD])
    refused(KEY_MISSING, seal, stored, [])
    assert unseal(seal(stored, [NEW]), [NEW]) == stored


def test_a_damaged_text_or_another_key_is_told_without_what_was_stored():
    stored = seal(SECRET, [OLD])
    for error in (
        refused(KEY_WRONG, unseal, stored[:-4], [OLD]),
        refused(KEY_WRONG, unseal, stored[:20] + "é" + stored[20:-9], [OLD]),
        refused(KEY_WRONG, unseal, stored, [NEW]),
    ):
        assert str(error) == ""


def test_no_secret_is_no_secret():
    for empty in ("", None, False):
        assert not seal(empty, [OLD])
        assert not unseal(empty, [])
        assert is_current(empty, [OLD])


def test_keys_are_parted_by_commas_or_blanks():
    assert parse_keys(f" {NEW},{OLD}\n") == [NEW, OLD]
    assert parse_keys("") == []
    assert parse_keys(None) == []


@pytest.mark.parametrize("text", ["short", OLD[:-2], OLD + "x", "é" * 44])
def test_a_bad_key_is_told_without_the_key(text):
    error = refused(KEY_BAD, parse_keys, f"{NEW},{text}")
    assert str(error) == ""
