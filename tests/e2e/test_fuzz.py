"""Anything at all on every route and in every envelope: never a 5xx, never a traceback, nothing kept that was not signed."""

from __future__ import annotations

import asyncio
import gzip
import json
import sqlite3
import time
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.sandbox.slack.delivery.parcel import Parcel
from bot.sandbox.slack.signature import signed_headers
from tests.e2e.house import DANA, DEPLOYMENTS, SAM, House
from tests.waiting import until

T = TypeVar("T")
Json = dict[str, Any]
Headers = list[tuple[bytes, bytes]]

FORM = "application/x-www-form-urlencoded"
ROUTES = (
    "/slack/events",
    "/healthz",
    "/readyz",
    "/readyz?part=slack&part=%00&part=nonsense",
    "/metrics",
    "/control/retry",
    "/",
    "/slack/events/",
    "//slack/events",
    "/%2e%2e/etc/passwd",
    "/slack/events?payload=%7B%7D",
)
METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW")
LARGEST = 1_000_000
ANSWERED_WITHIN = 10.0
HURRY = 0.05
"""Seconds; in sum well below the five minutes by which Slack's clock and ours may differ."""

fuzz = settings(
    max_examples=120,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


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


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    yield from _fuzzed(tmp_path_factory.mktemp("fuzz"), "http")


@pytest.fixture(scope="module")
def by_socket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    yield from _fuzzed(tmp_path_factory.mktemp("fuzz-socket"), "socket")


def _fuzzed(path: Path, transport: str) -> Iterator[Fuzzed]:
    with asyncio.Runner() as runner:
        house = House(path, transport=transport)
        runner.run(house.__aenter__())
        try:
            fuzzed = Fuzzed(house, runner)
            assert house.app is not None
            health = house.app.health
            runner.run(until(lambda: all(part.ok for part in health.parts.values()), what="ready"))
            yield fuzzed
        finally:
            runner.run(house.__aexit__(None, None, None))


# --- what nobody signed --------------------------------------------------------------------------------------

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
header_values = st.binary(max_size=40).map(lambda v: bytes(b for b in v if b not in b"\r\n\0"))
FORGERIES = ("none", "wrong", "stale", "future", "other body", "not ascii", "twice", "empty", "huge", "words")


def forged(kind: str, secret: str, now: float, body: bytes) -> Headers:
    """Headers that are not Slack's, though some come close."""
    good = raw(signed_headers(secret, now, body))
    stamp, signature = b"X-Slack-Request-Timestamp", b"X-Slack-Signature"
    return {
        "none": [],
        "wrong": raw(signed_headers("another secret", now, body)),
        "stale": raw(signed_headers(secret, now - 3600, body)),
        "future": raw(signed_headers(secret, now + 3600, body)),
        "other body": raw(signed_headers(secret, now, body + b" ")),
        "not ascii": [(stamp, "١٧٩٥".encode()), (signature, b"v0=\xff\xfe\xc3\xa9")],
        "twice": [*good, *good],
        "empty": [(stamp, b""), (signature, b"")],
        "huge": [good[0], (signature, b"v0=" + b"a" * 5000)],
        "words": [(stamp, b"yesterday"), (signature, b"it is me")],
    }[kind]


@fuzz
@given(
    method=st.sampled_from(METHODS),
    route=st.sampled_from(ROUTES),
    forgery=st.sampled_from(FORGERIES),
    body=st.one_of(
        st.binary(max_size=300),
        st.just(urlencode(SLASH).encode()),
        st.just(b'{"type": "url_verification", "challenge": "c"}'),
        st.just(b"x" * (LARGEST + 1)),
        st.just(gzip.compress(b"payload={}")),
    ),
    extra=st.lists(
        st.tuples(
            st.sampled_from(
                (
                    b"Content-Type",
                    b"Content-Encoding",
                    b"Accept",
                    b"X-Request-Id",
                    b"Authorization",
                    b"X-Slack-Retry-Num",
                    b"Transfer-Encoding",
                    b"Expect",
                    b"Cookie",
                )
            ),
            st.one_of(header_values, st.sampled_from((b"gzip", b"deflate", b"chunked", b"100-continue"))),
        ),
        max_size=3,
    ),
)
def test_what_is_not_signed_is_refused_in_words_and_never_kept(
    fuzzed: Fuzzed, method: str, route: str, forgery: str, body: bytes, extra: Headers
) -> None:
    before = fuzzed.kept()
    secret = fuzzed.house.slack.world.app.signing_secret
    headers = forged(forgery, secret, fuzzed.house.clock.now(), body) + extra
    answer = fuzzed.send(method, route, headers, body)
    polite(answer)
    if method == "POST" and route == "/slack/events":
        assert answer[0] in {0, 400, 401, 408, 413, 417}, answer
    assert fuzzed.kept() == before


NOT_HTTP = (
    b"",
    b"\r\n\r\n",
    b"POST /slack/events HTTP/1.1\r\n",
    b"POST /slack/events HTTP/9.9\r\n\r\n",
    b"POST /slack/events\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    b"POST /slack/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nabc\r\n",
    b"POST /slack/events HTTP/1.1\r\nHost: x\r\n" + b"X: " + b"a" * 100_000 + b"\r\n\r\n",
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /slack/events HTTP/1.1\r\nHost: x\r\nX-\x00: \x00\r\n\r\n",
)


def test_bytes_that_are_not_http_get_a_4xx_or_nothing(fuzzed: Fuzzed) -> None:
    async def talk(sent: bytes) -> bytes:
        assert fuzzed.house.app is not None
        address = urlsplit(fuzzed.house.app.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(sent)
        writer.write_eof()
        try:
            async with asyncio.timeout(ANSWERED_WITHIN):
                return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)

    for sent in NOT_HTTP:
        answer = fuzzed.run(talk(sent))
        if answer:
            polite((int(answer.split()[1]), answer))


def test_a_signed_body_that_breaks_off_is_not_kept(fuzzed: Fuzzed) -> None:
    body = urlencode(SLASH | {"trigger_id": "broken.off"}).encode()
    before = fuzzed.kept()
    headers = raw(signed_headers(fuzzed.house.slack.world.app.signing_secret, time.time(), body))
    polite(fuzzed.send("POST", "/slack/events", headers, body, length=len(body) + 100))
    polite(fuzzed.send("POST", "/slack/events", headers, body[:-5], length=len(body)))
    assert fuzzed.kept() == before


# --- what is signed, and nonsense ----------------------------------------------------------------------------

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


@fuzz
@given(fields=mutated(SLASH))
def test_a_signed_command_of_any_shape_is_answered(fuzzed: Fuzzed, fields: Any) -> None:
    pairs = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
    body = urlencode(pairs, errors="surrogatepass").encode()
    polite(fuzzed.signed(body))


@fuzz
@given(payload=mutated(CLICK, SUBMISSION, EVENT))
def test_a_signed_click_dialog_or_event_of_any_shape_is_answered(fuzzed: Fuzzed, payload: Any) -> None:
    form = urlencode({"payload": json.dumps(payload)}).encode()
    polite(fuzzed.signed(form))
    polite(fuzzed.signed(as_json(payload), "application/json"))


@fuzz
@given(
    body=st.one_of(st.binary(max_size=200), anything.map(as_json)),
    kind=st.sampled_from((FORM, "application/json", "text/plain; charset=utf-16", "multipart/form-data", "")),
)
def test_any_signed_bytes_are_answered(fuzzed: Fuzzed, body: bytes, kind: str) -> None:
    polite(fuzzed.signed(body, kind))
    polite(fuzzed.signed(b"payload=" + body, kind))


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 900 + b"1" + b"}" * 900,
        b'{"type":"event_callback","event":' + b'{"type":' * 400 + b'"x"' + b"}" * 401,
        b'{"n":' + b"9" * 10_000 + b"}",
        b'{"type":"event_callback","event_id":"Ev1","event":{"type":"app_mention","text":"'
        + b"a" * 990_000
        + b'"}}',
        b"payload=" + b"%7B" * 100_000,
        b"&".join(b"a%d=1" % n for n in range(50_000)),
        b"payload={}&payload=[]",
        b"\xff\xfe\x00{\x00}",
        b"payload=%ED%A0%80",
        gzip.compress(urlencode(SLASH).encode()),
    ],
    ids=range(11),
)
def test_a_signed_monster_is_answered(fuzzed: Fuzzed, body: bytes) -> None:
    for kind in (FORM, "application/json"):
        polite(fuzzed.signed(body, kind))


def test_after_all_that_a_proper_command_is_done(fuzzed: Fuzzed) -> None:
    fuzzed.works()


# --- the same by Socket Mode ---------------------------------------------------------------------------------

WAYS = st.sampled_from(("slash_commands", "interactive", "events_api", "hello?", ""))


@settings(fuzz, max_examples=80)
@given(way=WAYS, payload=st.one_of(mutated(SLASH, CLICK, SUBMISSION, EVENT), anything))
def test_an_envelope_of_any_shape_leaves_the_connection_alive(
    by_socket: Fuzzed, way: Any, payload: Any
) -> None:
    # What has no payload that is an object is no envelope of Slack's: nobody waits for its answer.
    if isinstance(payload, dict):
        by_socket.deliver(Parcel(way=way, kind="fuzz", payload=payload))


@settings(fuzz, max_examples=80)
@given(frame=st.one_of(st.text(max_size=80), anything.map(json.dumps), mutated(EVENT).map(json.dumps)))
def test_a_frame_of_any_shape_leaves_the_connection_alive(by_socket: Fuzzed, frame: str) -> None:
    text = frame.encode(errors="replace").decode()

    async def send() -> None:
        for socket in by_socket.house.slack.links._open:
            await socket.send_str(text)

    by_socket.run(send())


def test_after_all_those_envelopes_a_proper_command_is_done(by_socket: Fuzzed) -> None:
    by_socket.works()
