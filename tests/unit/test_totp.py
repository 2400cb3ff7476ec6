"""One-time codes: which step they are of, and that none is taken twice."""

from __future__ import annotations

import base64

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.totp import STEP, address, code_at, grouped, is_code, new_secret, step_of

# https://www.rfc-editor.org/rfc/rfc6238, appendix B, SHA-1: the last six of the eight digits.
RFC = base64.b32encode(b"12345678901234567890").decode()
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
]


@pytest.mark.parametrize(("at", "code"), VECTORS)
def test_codes_are_those_of_the_standard(at, code):
    assert code_at(RFC, at) == code
    assert step_of(RFC, code, at=at, after=0) == at // STEP


@pytest.mark.parametrize(("away", "found"), [(-2, None), (-1, 999), (0, 1000), (1, 1001), (2, None)])
def test_a_clock_may_be_one_step_early_or_late(away, found):
    now = 1000 * STEP + 3.0

    assert step_of(RFC, code_at(RFC, now + away * STEP), at=now, after=0) == found


@given(st.integers(2, 10**8), st.integers(-1, 1), st.integers(-2, 2))
def test_nothing_is_taken_that_does_not_come_after_the_last_one(step, away, last):
    now = step * STEP + 1.0
    found = step_of(RFC, code_at(RFC, now + away * STEP), at=now, after=step + last)

    assert found is None or found > step + last


@given(st.integers(2, 10**8))
def test_a_code_that_was_taken_is_never_taken_again(step):
    now = step * STEP + 1.0
    code = code_at(RFC, now)
    taken = step_of(RFC, code, at=now, after=0)
    assert taken is not None

    again = [step_of(RFC, code, at=now + wait * STEP, after=taken) for wait in range(-1, 3)]
    # Another step may have the same six digits, and then comes after it.
    assert all(one is None or one > taken for one in again)


@given(st.text(max_size=8))
def test_any_text_is_a_code_or_none_and_does_not_fail(text):
    found = step_of(RFC, text, at=1e9, after=0)

    assert found is None or is_code(text)


@pytest.mark.parametrize(
    ("text", "good"), [("123456", True), ("123 456", True), ("12345", False), ("١٢٣٤٥٦", False), ("", False)]
)
def test_a_code_is_six_digits(text, good):
    assert is_code(text) is good


def test_secrets_are_new_and_160_bits():
    assert len({new_secret() for _ in range(50)}) == 50
    assert len(base64.b32decode(new_secret())) == 20


def test_the_address_is_what_apps_read():
    uri = address(RFC, account="sam", issuer="pilothouse")

    assert pyotp.parse_uri(uri).now() == pyotp.TOTP(RFC).now()
    assert uri.startswith("otpauth://totp/pilothouse:sam?")
    assert grouped("ABCDEFGHIJ") == "ABCD EFGH IJ"
