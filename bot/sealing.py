"""What must not be readable where it is kept or on its way: sealed with a key of the configuration, for one person and purpose.

Fernet (https://cryptography.io/en/latest/fernet/) with keys derived by HKDF, one for each purpose and person: what was sealed for
somebody can't be passed off as somebody else's.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

AUTHENTICATOR = "authenticator"
CODE = "code"
"""What is sealed: the secret of somebody's authenticator, at rest; a code that he typed, on its way to its handler."""

KEY_BYTES = 32


class BrokenSeal(Exception):  # noqa: N818 - the word of the house
    """It was sealed with another key, for somebody else, for another purpose, or it was changed."""


def seal(key: SecretStr, purpose: str, owner: str, text: str) -> str:
    """Never the same twice."""
    return _box(key, purpose, owner).encrypt(text.encode()).decode()


def unseal(key: SecretStr, purpose: str, owner: str, sealed: str) -> str:
    """Raises `BrokenSeal`."""
    try:
        return _box(key, purpose, owner).decrypt(sealed.encode()).decode()
    except InvalidToken as broken:
        raise BrokenSeal from broken


def _box(key: SecretStr, purpose: str, owner: str) -> Fernet:
    info = f"pilothouse {purpose} of {owner}".encode()
    derived = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info)
    return Fernet(base64.urlsafe_b64encode(derived.derive(key.get_secret_value().strip().encode())))
