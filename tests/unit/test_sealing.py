"""What is sealed can be opened by the same key, for the same person and purpose, and by nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.sealing import AUTHENTICATOR, CODE, BrokenSeal, seal, unseal

KEY = SecretStr("0123456789abcdef0123456789abcdef")
OTHER = SecretStr("fedcba9876543210fedcba9876543210")


@given(st.text())
def test_what_was_sealed_comes_back(text):
    assert unseal(KEY, AUTHENTICATOR, "U1", seal(KEY, AUTHENTICATOR, "U1", text)) == text


def test_nothing_of_it_can_be_read_and_no_two_are_the_same():
    sealed = [seal(KEY, CODE, "U1", "123456") for _ in range(10)]

    assert len(set(sealed)) == 10
    assert not any("123456" in one for one in sealed)


@pytest.mark.parametrize(
    ("key", "purpose", "owner"),
    [(OTHER, CODE, "U1"), (KEY, AUTHENTICATOR, "U1"), (KEY, CODE, "U2"), (KEY, CODE, "")],
)
def test_another_key_purpose_or_person_opens_nothing(key, purpose, owner):
    with pytest.raises(BrokenSeal):
        unseal(key, purpose, owner, seal(KEY, CODE, "U1", "123456"))


@given(st.text())
def test_what_was_never_sealed_opens_nothing(text):
    with pytest.raises(BrokenSeal):
        unseal(KEY, CODE, "U1", text)


def test_a_line_end_behind_the_key_is_no_part_of_it():
    sealed = seal(SecretStr(KEY.get_secret_value() + "\n"), CODE, "U1", "123456")

    assert unseal(KEY, CODE, "U1", sealed) == "123456"
