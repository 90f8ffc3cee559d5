"""Secrets encrypted at rest, with keys that are not in the database.

A sealed text is told from a plain one by its beginning, so that both may be stored side
by side: encryption can be switched on later, and keys can be replaced one by one.
"""

import re

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from .errors import ConnectorError

MARK = "sealed:1:"
"""A stored text that begins like this is encrypted."""

KEY_MISSING = "secret_key_missing"
KEY_WRONG = "secret_key_wrong"
KEY_BAD = "secret_key_bad"

# 32 bytes in the alphabet of Base64 for addresses.
_FERNET_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")


def parse_keys(setting):
    """Read the keys of a setting: the first one encrypts, all of them decrypt.

    :param str setting: Fernet keys, separated by commas or blanks
    :rtype: list(str)
    :raise ConnectorError: (``secret_key_bad``) one of them is no Fernet key
    """
    keys = (setting or "").replace(",", " ").split()
    if not all(_FERNET_KEY.fullmatch(key) for key in keys):
        raise ConnectorError(code=KEY_BAD)
    return keys


def is_sealed(stored):
    """Whether a stored text is encrypted.

    :rtype: bool
    """
    return bool(stored) and stored.startswith(MARK)


def seal(secret, keys, replaced=None):
    """Return a secret as it is stored: encrypted, when there is a key.

    :param str secret: may be empty
    :param keys: of :func:`parse_keys`
    :param replaced: what is stored now; nothing plain takes the place of a sealed text
    :rtype: str
    :raise ConnectorError: (``secret_key_missing``) the key was taken away
    """
    if not secret:
        return secret
    if keys:
        return MARK + _fernet(keys).encrypt(secret.encode()).decode()
    if is_sealed(replaced) or is_sealed(secret):
        raise ConnectorError(code=KEY_MISSING)
    return secret


def unseal(stored, keys):
    """Return the secret of a stored text.

    :param str stored: sealed or plain; may be empty
    :param keys: of :func:`parse_keys`
    :rtype: str
    :raise ConnectorError: (``secret_key_missing``, ``secret_key_wrong``) it cannot be
        decrypted
    """
    if not is_sealed(stored):
        return stored
    if not keys:
        raise ConnectorError(code=KEY_MISSING)
    try:
        return _fernet(keys).decrypt(stored[len(MARK) :].encode()).decode()
    except InvalidToken:
        raise ConnectorError(code=KEY_WRONG) from None


def is_current(stored, keys):
    """Whether a stored text needs no new encryption: of the first key, or no key.

    :rtype: bool
    """
    if not stored or not keys:
        return True
    if not is_sealed(stored):
        return False
    try:
        Fernet(keys[0]).decrypt(stored[len(MARK) :].encode())
    except InvalidToken:
        return False
    return True


def _fernet(keys):
    return MultiFernet([Fernet(key) for key in keys])
