"""Anything at all on every route and in every envelope: never a 5xx, never a traceback, nothing kept that was not signed."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.sandbox.slack.delivery.parcel import Parcel
from bot.sandbox.slack.signature import signed_headers
from tests.e2e.fuzzing import (
    ANSWERED_WITHIN,
    CLICK,
    EVENT,
    FORM,
    SLASH,
    SUBMISSION,
    Fuzzed,
    Headers,
    anything,
    as_json,
    fuzzed_house,
    mutated,
    polite,
    raw,
)
from tests.waiting import until

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

fuzz = settings(
    max_examples=120,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    yield from fuzzed_house(tmp_path_factory.mktemp("fuzz"), "http")


@pytest.fixture(scope="module")
def by_socket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    yield from fuzzed_house(tmp_path_factory.mktemp("fuzz-socket"), "socket")


# --- what nobody signed --------------------------------------------------------------------------------------

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

    links = by_socket.house.slack.links

    async def send() -> None:
        await until(lambda: links._open, what="the connection is open")
        for socket in links._open:
            await socket.send_str(text)

    by_socket.run(send())
