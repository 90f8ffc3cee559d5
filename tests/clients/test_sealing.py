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
    return caught.value


def test_a_sealed_secret_comes_back_and_is_not_in_what_is_stored():
    stored = seal(SECRET, [OLD])
    assert is_sealed(stored)
    assert SECRET not in stored
    assert unseal(stored, [OLD]) == SECRET


def test_without_a_key_it_is_stored_as_it_is():
    assert seal(SECRET, []) == SECRET
    assert unseal(SECRET, []) == SECRET


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


def test_a_damaged_text_or_another_key_is_told_without_what_was_stored():
    stored = seal(SECRET, [OLD])
    error = refused(KEY_WRONG, unseal, stored[:-4], [OLD])
    assert stored[:30] not in repr(error)
    refused(KEY_WRONG, unseal, stored, [NEW])


def test_no_secret_is_no_secret():
    for empty in ("", None, False):
        assert not seal(empty, [OLD])
        assert not unseal(empty, [])
        assert is_current(empty, [OLD])


def test_keys_are_parted_by_commas_or_blanks():
    assert parse_keys(f" {NEW},{OLD}\n") == [NEW, OLD]
    assert parse_keys("") == []


@pytest.mark.parametrize("text", ["short", OLD[:-2], "é" * 44])
def test_a_bad_key_is_told_without_the_key(text):
    assert text not in str(refused(KEY_BAD, parse_keys, text))
