"""Slack's request signature, computed here and nowhere else, so that the app's own check has an independent judge.

https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

from __future__ import annotations

import hashlib
import hmac

VERSION = "v0"


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """`v0=<hex>`: the HMAC-SHA256 over `v0:<timestamp>:<raw body>`."""
    signed = b":".join((VERSION.encode(), timestamp.encode(), body))
    return f"{VERSION}={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def signed_headers(secret: str, now: float, body: bytes) -> dict[str, str]:
    """The two headers Slack puts on everything it sends to an app. `now` is in seconds since the epoch."""
    timestamp = str(int(now))
    return {
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": sign(secret, timestamp, body),
    }
