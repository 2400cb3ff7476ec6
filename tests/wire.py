"""Slack's end of the wire, written from Slack's documentation with sockets and nothing of ours: a second opinion.

https://docs.slack.dev/authentication/verifying-requests-from-slack/,
https://docs.slack.dev/interactivity/implementing-slash-commands and https://docs.slack.dev/apis/events-api/.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
_numbers = itertools.count(1)


class Wire:
    """Sends what Slack would send to the server at `url`; every answer is (status, body)."""

    def __init__(self, url: str, secret: str, team: str = "T0HARBOUR1") -> None:
        self._at = urlsplit(url)
        self._secret = secret.encode()
        self._team = team

    def signature(self, body: bytes, stamp: str) -> str:
        return (
            "v0=" + hmac.new(self._secret, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        )

    async def send(
        self,
        body: bytes,
        *,
        kind: str = FORM,
        late: int = 0,
        headers: Mapping[str, str] | None = None,
        method: str = "POST",
        path: str = "/slack/events",
        version: str = "1.1",
        chunks: int = 0,
        signed: bool = True,
    ) -> tuple[int, str]:
        """`late` is how many seconds ago it was signed; `chunks` sends it in pieces of so many bytes."""
        stamp = str(int(time.time()) - late)
        all_headers = {
            "Host": self._at.netloc,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "Accept": "application/json,*/*",
            "Content-Type": kind,
            "Connection": "close",
            **({"Transfer-Encoding": "chunked"} if chunks else {"Content-Length": str(len(body))}),
        }
        if signed:
            all_headers |= {
                "X-Slack-Request-Timestamp": stamp,
                "X-Slack-Signature": self.signature(body, stamp),
            }
        all_headers |= headers or {}
        head = "".join(f"{name}: {value}\r\n" for name, value in all_headers.items() if value)
        wire = f"{method} {path} HTTP/{version}\r\n{head}\r\n".encode()
        return await self._exchange(wire, _chunked(body, chunks) if chunks else body, headers or {})

    async def _exchange(self, head: bytes, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        assert self._at.hostname is not None
        reader, writer = await asyncio.open_connection(self._at.hostname, self._at.port)
        try:
            async with asyncio.timeout(10):
                writer.write(head)
                if headers.get("Expect"):
                    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
                writer.write(body)
                await writer.drain()
                answer = await reader.read()
        finally:
            writer.close()
            await writer.wait_closed()
        top, _, said = answer.partition(b"\r\n\r\n")
        return int(top.split()[1]), said.decode()

    # --- the documented payloads -----------------------------------------------------------------------------

    def command(self, text: str, /, **other: str | None) -> bytes:
        """The form of a slash command; a field that is `None` is left out."""
        fields: dict[str, str | None] = {
            "token": "gIkuvaNzQIHg97ATvDxqgjtO",
            "team_id": self._team,
            "team_domain": "harbour",
            "channel_id": "C0DEPLOYS1",
            "channel_name": "deployments",
            "user_id": "U0DANA0001",
            "user_name": "dana",
            "command": "/deploy",
            "text": text,
            "api_app_id": "A0PILOT",
            "is_enterprise_install": "false",
            "trigger_id": f"{next(_numbers)}.738474920.8088930838d88f008e0",
        }
        return urlencode(
            {name: value for name, value in (fields | other).items() if value is not None}
        ).encode()

    def interaction(self, **fields: Any) -> bytes:
        return urlencode({"payload": json.dumps(fields)}).encode()

    def click(self, card: Mapping[str, Any], action: str, value: str, **other: Any) -> bytes:
        """A button pressed by Sam; a field that is `None` stays, as Slack sends it, and one that is `...` is left out."""
        fields: dict[str, Any] = {
            "type": "block_actions",
            "user": {"id": "U0SAM00002", "username": "sam", "name": "sam", "team_id": self._team},
            "api_app_id": "A0PILOT",
            "token": "gIkuvaNzQIHg97ATvDxqgjtO",
            "container": {"type": "message", "message_ts": card["ts"], "channel_id": card["channel"]},
            "trigger_id": f"{next(_numbers)}.738474920.8088930838d88f008e0",
            "team": {"id": self._team, "domain": "harbour"},
            "enterprise": None,
            "is_enterprise_install": False,
            "channel": {"id": card["channel"], "name": "deployments"},
            "message": {"type": "message", "ts": card["ts"], "text": card["text"]},
            "state": {"values": {}},
            "actions": [
                {
                    "action_id": action,
                    "block_id": "buttons-0",
                    "text": {"type": "plain_text", "text": action, "emoji": True},
                    "value": value,
                    "type": "button",
                    "action_ts": f"{time.time():.6f}",
                }
            ],
        }
        kept = {name: what for name, what in (fields | other).items() if what is not ...}
        return self.interaction(**kept)

    def event(self, inner: Mapping[str, Any], **other: Any) -> bytes:
        """An event of the Events API; `inner` is merged over a mention by Dana."""
        stamp = f"{time.time():.4f}{next(_numbers):02}"
        mention = {
            "type": "app_mention",
            "user": "U0DANA0001",
            "text": "<@U0PILOT007> status",
            "ts": stamp,
            "event_ts": stamp,
            "team": self._team,
            "channel": "C0DEPLOYS1",
        }
        fields: dict[str, Any] = {
            "token": "gIkuvaNzQIHg97ATvDxqgjtO",
            "team_id": self._team,
            "api_app_id": "A0PILOT",
            "event": {name: what for name, what in (mention | dict(inner)).items() if what is not ...},
            "type": "event_callback",
            "event_id": f"Ev{next(_numbers):08}",
            "event_time": int(time.time()),
            "authorizations": [{"enterprise_id": None, "team_id": self._team, "user_id": "U0PILOT007"}],
        }
        return json.dumps({name: what for name, what in (fields | other).items() if what is not ...}).encode()


def _chunked(body: bytes, size: int) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(f"{len(one):x}\r\n".encode() + one + b"\r\n" for one in pieces) + b"0\r\n\r\n"
