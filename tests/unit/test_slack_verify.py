"""Is a request Slack's? Judged from the raw bytes; the expected signatures come from the stand-in's own code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadRequest
from bot.sandbox.slack.signature import signed_headers
from bot.slack.verify import LARGEST_BODY, verify

SECRET, NOW = "8f742231b10e8888abcd99yyyzzz85a5", 1_700_000_000.0
BODY = "command=%2Fdeploy&text=checkout ✓".encode()


def signed(body: bytes = BODY, at: float = NOW, secret: str = SECRET) -> list[tuple[str, str]]:
    return list(signed_headers(secret, at, body).items())


def refused(headers: list[tuple[str, str]], body: bytes = BODY, secrets: list[str] | None = None) -> int:
    with pytest.raises(BadRequest) as refusal:
        verify(secrets or [SECRET], headers, body, NOW)
    return refusal.value.status


def test_what_slack_signed_is_taken() -> None:
    verify([SECRET], signed(), BODY, NOW)
    verify([SECRET], [(name.upper(), value) for name, value in signed()], BODY, NOW)


def test_the_example_of_slacks_own_documentation_is_taken() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    headers = [
        ("X-Slack-Request-Timestamp", "1531420618"),
        ("X-Slack-Signature", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"),
    ]
    verify([SECRET], headers, body, 1531420618)


@pytest.mark.parametrize("age", [-300, 300])
def test_five_minutes_off_is_still_taken(age: int) -> None:
    verify([SECRET], signed(at=NOW + age), BODY, NOW)


@pytest.mark.parametrize("age", [-301, 301, 86_400])
def test_a_replayed_request_is_refused(age: int) -> None:
    assert refused(signed(at=NOW - age)) == 401


@pytest.mark.parametrize(
    "timestamp",
    ["abc", "", "-1700000000", "+1700000000", " 1700000000", "1700000000.0", "١٧٠٠٠٠٠٠٠٠", "9" * 5000],
)
def test_a_timestamp_that_is_not_digits_is_refused(timestamp: str) -> None:
    headers = [("x-slack-request-timestamp", timestamp), signed()[1]]
    assert refused(headers) == 401


@pytest.mark.parametrize(
    "signature", ["", "v0=", "v0=✓é", "v1=" + "0" * 64, "x" * 10_000, "v0=\udcff", "v0=" + "0" * 64]
)
def test_a_signature_that_is_not_slacks_is_refused(signature: str) -> None:
    timestamp = next(header for header in signed() if header[0].lower() == "x-slack-request-timestamp")
    assert refused([timestamp, ("x-slack-signature", signature)]) == 401


def test_one_changed_byte_is_refused() -> None:
    assert refused(signed(), BODY + b" ") == 401


@pytest.mark.parametrize("missing", [0, 1])
def test_a_missing_header_is_refused(missing: int) -> None:
    headers = [header for header in signed() if "slack" in header[0].lower()]
    del headers[missing]
    assert refused(headers) == 401


@pytest.mark.parametrize("doubled", [0, 1])
def test_a_doubled_header_is_refused(doubled: int) -> None:
    headers = signed()
    assert refused([*headers, headers[doubled]]) == 401


def test_a_body_that_is_too_large_is_refused_before_anything_is_computed() -> None:
    body = b"x" * (LARGEST_BODY + 1)
    assert refused([], body) == 413


def test_during_a_rotation_both_secrets_are_taken() -> None:
    verify(["new", SECRET], signed(), BODY, NOW)
    assert refused(signed(), secrets=["new", "other"]) == 401


def test_an_empty_secret_verifies_nothing() -> None:
    assert refused(signed(secret=""), secrets=[""]) == 401


@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=80)), max_size=5), st.binary(max_size=200))
def test_no_headers_and_no_body_get_past_without_the_secret(
    headers: list[tuple[str, str]], body: bytes
) -> None:
    with pytest.raises(BadRequest):
        verify([SECRET], headers, body, NOW)
