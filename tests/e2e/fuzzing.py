"""What the fuzz tests share: a house that serves many examples, raw requests, and Slack's payloads gone wrong."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from hypothesis import strategies as st

from bot.sandbox.slack.delivery.parcel import Parcel
from bot.sandbox.slack.signature import signed_headers
from tests.e2e.house import DANA, DEPLOYMENTS, SAM, House
from tests.waiting import until

T = TypeVar("T")
Json = dict[str, Any]
Headers = list[tuple[bytes, bytes]]

FORM = "application/x-www-form-urlencoded"
ANSWERED_WITHIN = 10.0
HURRY = 0.05
"""Seconds; in sum well below the five minutes by which Slack's clock and ours may differ."""


class Fuzzed:
    """A house whose event loop turns while an example runs, so that one house serves all examples."""

    def __init__(self, house: House, runner: asyncio.Runner) -> None:
        self.house = house
        self._runner = runner

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def kept(self) -> int:
        """How many messages came from outside: nothing else in the house caused them."""
        return int(self._asked("SELECT COUNT(*) FROM messages WHERE cause = '' AND type <> 'Prune'")[0][0])

    def parked(self) -> list[Any]:
        return self._asked("SELECT id, type, sentence FROM messages WHERE state = 'parked'")

    def _asked(self, sql: str) -> list[Any]:
        connection = sqlite3.connect(self.house.path / "pilothouse.db")
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def send(self, method: str, target: str, headers: Headers, body: bytes, **how: Any) -> tuple[int, bytes]:
        assert self.house.app is not None
        return self.run(exchange(self.house.app.url, method, target, headers, body, **how))

    def signed(self, body: bytes, content_type: str = FORM) -> tuple[int, bytes]:
        secret = self.house.slack.world.app.signing_secret
        headers = raw(signed_headers(secret, self.house.clock.now(), body) | {"Content-Type": content_type})
        return self.send("POST", "/slack/events", headers, body)

    def deliver(self, parcel: Parcel) -> None:
        """By Socket Mode; it may stay without an answer, but the connection has to live on."""
        links = self.house.slack.links
        self.run(links.hand_over(parcel))

    def handled(self) -> None:
        """Until everything that was kept has been handled, while the clock hurries on over Slack's rates."""

        def nothing_ready() -> bool:
            self.house.clock.advance(HURRY)
            return not self._asked("SELECT 1 FROM messages WHERE state = 'ready' LIMIT 1")

        self.run(until(nothing_ready, what="all that was kept is handled"))

    def works(self) -> None:
        """Alive, nothing of it left for a human to look at, and a proper command is done."""
        self.handled()
        assert self.parked() == []
        status, body = self.send("GET", "/healthz", [], b"")
        assert status == 200, body

        async def deploy() -> None:
            before = len(self.house.runs())
            said = await self.house.say(DANA, "/deploy checkout staging")
            assert said["ok"], said
            await until(lambda: len(self.house.runs()) == before + 1, what="one more run")

        self.run(deploy())


async def exchange(
    url: str, method: str, target: str, headers: Headers, body: bytes, *, length: int | None = None
) -> tuple[int, bytes]:
    """Raw bytes over a connection of their own; status 0 when the server hung up without a word."""
    host, port = urlsplit(url).hostname, urlsplit(url).port
    reader, writer = await asyncio.open_connection(host, port)
    try:
        head = [(b"Host", b"127.0.0.1"), (b"Connection", b"close"), *headers]
        head.append((b"Content-Length", str(len(body) if length is None else length).encode()))
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in head)
        writer.write(f"{method} {target} HTTP/1.1\r\n".encode() + lines + b"\r\n" + body)
        if length is not None and length > len(body):
            writer.write_eof()
        async with asyncio.timeout(ANSWERED_WITHIN):
            answer = await reader.read()
    except ConnectionError:
        return 0, b""
    finally:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
    first, _, rest = answer.partition(b"\r\n")
    return (int(first.split()[1]) if first else 0), rest


def raw(headers: dict[str, str]) -> Headers:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def polite(answer: tuple[int, bytes]) -> None:
    status, said = answer
    assert status < 500, said
    assert b"Traceback" not in said, said
    assert b'File "' not in said, said


def fuzzed_house(path: Path, transport: str) -> Iterator[Fuzzed]:
    with asyncio.Runner() as runner:
        # A bare command opens a form, and a made-up trigger opens none.
        codes = {"invalid_trigger_id", "invalid_trigger", "expired_trigger_id", "exchanged_trigger_id"}
        house = House(path, transport=transport, refused_codes=codes)
        runner.run(house.__aenter__())
        try:
            fuzzed = Fuzzed(house, runner)
            assert house.app is not None
            health = house.app.health
            runner.run(until(lambda: all(part.ok for part in health.parts.values()), what="ready"))
            yield fuzzed
            # Whatever it was fed with, by whichever of the tests that share it: afterwards it does its work.
            fuzzed.works()
        finally:
            runner.run(house.__aexit__(None, None, None))


# --- payloads ------------------------------------------------------------------------------------------------

SLASH: Json = {
    "token": "t",
    "team_id": "T0HARBOUR1",
    "team_domain": "harbour",
    "channel_id": DEPLOYMENTS,
    "channel_name": "deployments",
    "user_id": DANA,
    "user_name": "dana",
    "command": "/deploy",
    "text": "checkout staging",
    "api_app_id": "A0PILOT001",
    "response_url": "http://127.0.0.1:9/response",
    "trigger_id": "1.2.3",
}

words = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        (
            "checkout staging",
            "\ud800 lone",
            "nul \0 nul",
            "<!channel> <@U0DANA0001> *b* `c`",
            "{{ 7*7 }} {% x %}",
            "'; DROP TABLE messages; --",
            "x" * 10_000,
            "\u202e\u0000\x1b[31m",
        )
    ),
)
anything: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), words),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(words, inner, max_size=4)),
    max_leaves=8,
)
ACTIONS = (
    "approve",
    "reject",
    "break_glass",
    "cancel",
    "redeploy",
    "input_proceed",
    "input_abort",
    "open_link",
    "strange",
)
PERSON: Json = {"id": SAM, "username": "sam", "name": "sam", "team_id": "T0HARBOUR1"}
CLICK: Json = {
    "type": "block_actions",
    "user": PERSON,
    "api_app_id": "A0PILOT001",
    "team": {"id": "T0HARBOUR1", "domain": "harbour"},
    "container": {"type": "message", "message_ts": "1.000001", "channel_id": DEPLOYMENTS},
    "channel": {"id": DEPLOYMENTS, "name": "deployments"},
    "trigger_id": "9.9.9",
    "response_url": "",
    "actions": [
        {
            "type": "button",
            "action_id": "approve",
            "block_id": "b",
            "value": "d1:r1",
            "action_ts": "1.000002",
        }
    ],
}
CARRIED = json.dumps({"deployment": "d1", "request": "r1", "place": {"channel": DEPLOYMENTS}})
SUBMISSION: Json = {
    "type": "view_submission",
    "user": PERSON,
    "team": {"id": "T0HARBOUR1", "domain": "harbour"},
    "trigger_id": "9.9.9",
    "view": {
        "id": "V0FUZZ",
        "type": "modal",
        "callback_id": "reject",
        "private_metadata": CARRIED,
        "state": {"values": {"why": {"why": {"type": "plain_text_input", "value": "because"}}}},
    },
    "response_urls": [],
}
EVENT: Json = {
    "token": "t",
    "team_id": "T0HARBOUR1",
    "api_app_id": "A0PILOT001",
    "type": "event_callback",
    "event_id": "Ev0FUZZ",
    "event_time": 1,
    "event": {
        "type": "app_mention",
        "user": DANA,
        "text": "<@U0PILOT007> status",
        "channel": DEPLOYMENTS,
        "ts": "1.000001",
        "event_ts": "1.000001",
    },
    "authorizations": [
        {"team_id": "T0HARBOUR1", "user_id": "U0PILOT007", "is_bot": True, "enterprise_id": None}
    ],
}
KINDS = st.sampled_from(
    (
        "message",
        "app_mention",
        "app_home_opened",
        "tokens_revoked",
        "shortcut",
        "message_action",
        "view_closed",
        "block_suggestion",
        "",
    )
)


def places(payload: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands in a payload, the whole included."""
    inner: Any = payload.items() if isinstance(payload, dict) else ()
    inner = enumerate(payload) if isinstance(payload, list) else inner
    return [path, *(place for name, value in inner for place in places(value, (*path, name)))]


def put(payload: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The payload with something else there; `...` takes it away."""
    if not path:
        return value
    copied = dict(payload) if isinstance(payload, dict) else list(payload)
    changed = put(copied[path[0]], path[1:], value)
    if changed is ...:
        del copied[path[0]]
    else:
        copied[path[0]] = changed
    return copied


@st.composite
def mutated(draw: st.DrawFn, *payloads: Json) -> Any:
    """One of the payloads with one to three things missing or replaced by anything."""
    found: Any = draw(st.sampled_from(payloads))
    for _ in range(draw(st.integers(1, 3))):
        known = [place for place in places(found) if place]
        if not known:
            break
        where = draw(st.sampled_from(known))
        name = where[-1]
        likely: st.SearchStrategy[Any] = anything
        if name == "action_id":
            likely = st.sampled_from(ACTIONS)
        elif name == "type":
            likely = KINDS
        found = put(found, where, draw(st.one_of(st.just(...), anything, likely)))
    return found


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()
