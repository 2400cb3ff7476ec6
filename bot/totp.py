"""Time-based one-time passwords (RFC 6238), pure: which step a code is of, and the address that authenticator apps read.

https://www.rfc-editor.org/rfc/rfc6238 and https://github.com/google/google-authenticator/wiki/Key-Uri-Format
"""

from __future__ import annotations

import hmac
import re

import pyotp

STEP = 30
DRIFT = 1
"""Steps that a phone's clock may be early or late."""

_CODE = re.compile(r"[0-9]{6}")


def new_secret() -> str:
    """160 random bits in base32."""
    return pyotp.random_base32()


def is_code(text: str) -> bool:
    """Whether it has the form of a code; spaces between the digits are for reading."""
    return bool(_CODE.fullmatch(bare(text)))


def bare(text: str) -> str:
    return "".join(text.split())


def step_of(secret: str, code: str, *, at: float, after: int) -> int | None:
    """The step that the code is of, at that moment (epoch seconds); None for a wrong code, and for one not `after` that step.

    A code that was used is never taken again. Every step is compared, each in constant time, whatever was found before.
    """
    now = int(at // STEP)
    passwords = pyotp.TOTP(secret)
    found = None
    for step in range(now - DRIFT, now + DRIFT + 1):
        same = hmac.compare_digest(passwords.generate_otp(step).encode(), bare(code).encode())
        if same and step > after:
            found = step
    return found


def code_at(secret: str, at: float) -> str:
    """The code of that moment, as an app shows it."""
    return str(pyotp.TOTP(secret).at(int(at)))


def address(secret: str, *, account: str, issuer: str) -> str:
    """`otpauth://totp/…`."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def grouped(secret: str) -> str:
    """For typing: in groups of four."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
