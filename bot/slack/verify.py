"""Is a request Slack's? Judged from the raw bytes, before anything parses them.

https://docs.slack.dev/authentication/verifying-requests-from-slack/: the signature is an HMAC-SHA256 over
`v0:<timestamp>:<body>` with the app's signing secret. Written here because the framework's own check parses first.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence

from bot.errors import BadRequest

LARGEST_BODY = 1_000_000
LONGEST_HEADER = 200
OLDEST = 300.0

SIGNATURE = "x-slack-signature"
TIMESTAMP = "x-slack-request-timestamp"

# One sentence for every wrong signature, so that nobody learns how close he came.
NOT_SIGNED = "The request is not signed by Slack."
TOO_LARGE = "The request is too large."
TOO_OLD = "The request is too old; are the clocks of this machine right?"


def verify(
    secrets: Sequence[str | bytes], headers: Iterable[tuple[str, str]], body: bytes, now: float
) -> None:
    """Returns when one of the secrets signed this body within five minutes of `now` (epoch seconds).

    `headers` are all of them, doubled ones included. During a rotation both secrets are given, the new one first.
    Raises `BadRequest` with status 401, or 413 for a body that is too large.
    """
    if len(body) > LARGEST_BODY:
        raise BadRequest(TOO_LARGE, status=413)
    found = [(name.lower(), value) for name, value in headers]
    timestamp, signature = _only(TIMESTAMP, found), _only(SIGNATURE, found)
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise BadRequest(NOT_SIGNED, status=401)
    if not any(_is_from(secret, timestamp, signature, body) for secret in secrets if secret):
        raise BadRequest(NOT_SIGNED, status=401)
    if abs(now - int(timestamp)) > OLDEST:
        raise BadRequest(TOO_OLD, status=401)


def signature_of(secret: str | bytes, timestamp: str, body: bytes) -> str:
    """`v0=` and the hex digest."""
    key = secret.encode() if isinstance(secret, str) else secret
    return "v0=" + hmac.new(key, b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()


def _is_from(secret: str | bytes, timestamp: str, signature: str, body: bytes) -> bool:
    expected = signature_of(secret, timestamp, body).encode()
    return hmac.compare_digest(expected, signature.encode(errors="surrogateescape"))


def _only(name: str, headers: Sequence[tuple[str, str]]) -> str:
    """The one value of a header; two would let two readers see two things."""
    values = [value for found, value in headers if found == name]
    if len(values) != 1 or len(values[0]) > LONGEST_HEADER:
        raise BadRequest(NOT_SIGNED, status=401)
    return values[0]
