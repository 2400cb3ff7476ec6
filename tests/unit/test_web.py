"""Whatever knocks is answered in words: never a traceback, never a page of the library."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import BadRequest
from bot.health import Health
from bot.metrics import Metrics
from bot.web import LARGEST_BODY, Web
from tests.clock import ShiftableClock

SECRET = "what only the inside knows"


async def echo(request: web.Request) -> web.Response:
    return web.Response(body=await request.read())


async def breaks(_: web.Request) -> web.Response:
    raise RuntimeError(SECRET)


async def refuses(_: web.Request) -> web.Response:
    raise BadRequest("The signature does not fit.", status=401)


async def dawdles(_: web.Request) -> web.Response:
    await asyncio.sleep(60)
    return web.Response()


ROUTES = [
    web.post("/echo", echo),
    web.post("/breaks", breaks),
    web.post("/refuses", refuses),
    web.post("/dawdles", dawdles),
]


@pytest.fixture
async def served() -> AsyncIterator[Web]:
    async with (
        Health(ShiftableClock()) as health,
        Web(health, Metrics(), ROUTES, stop_within=0.1, answer_within=0.5) as server,
    ):
        await server.listen("127.0.0.1", 0)
        yield server


@pytest.fixture
async def caller() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def answer(caller, method: str, url: str, **how):
    async with caller.request(method, url, **how) as response:
        return response, await response.json()


async def test_health_readiness_and_metrics_answer(served, caller):
    response, details = await answer(caller, "GET", f"{served.url}/healthz")
    assert (response.status, details["ok"]) == (200, True)

    response, details = await answer(caller, "GET", f"{served.url}/readyz")
    assert (response.status, details) == (200, {"ok": True, "parts": {}})

    async with caller.get(f"{served.url}/metrics") as response:
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        assert "pilothouse_build_info" in await response.text()


async def test_an_unknown_part_is_a_fault_of_the_question(served, caller):
    response, details = await answer(caller, "GET", f"{served.url}/readyz?part=nothing")

    assert response.status == 400
    assert details["error"].startswith("There is no part 'nothing'")


async def test_unknown_addresses_and_methods_are_answered_in_words(served, caller):
    response, details = await answer(caller, "GET", f"{served.url}/nothing/{{here}}")
    assert (response.status, details["error"]) == (404, "There is nothing at /nothing/{here}.")

    response, details = await answer(caller, "DELETE", f"{served.url}/echo")
    assert (response.status, details["error"]) == (405, "/echo does not take DELETE; it takes POST.")
    assert response.headers["Allow"] == "POST"


async def test_a_bad_request_is_answered_with_its_own_status_and_sentence(served, caller):
    response, details = await answer(caller, "POST", f"{served.url}/refuses")

    assert (response.status, details["error"]) == (401, "The signature does not fit.")


async def test_what_goes_wrong_inside_is_told_by_an_id_only_and_logged_under_it(served, caller, caplog):
    response, details = await answer(
        caller, "POST", f"{served.url}/breaks", headers={"X-Request-Id": "abc-1"}
    )

    assert response.status == 500
    assert details["request"] == response.headers["X-Request-Id"] == "abc-1"
    assert SECRET not in str(details)
    assert caplog.records[-1].request == "abc-1"
    assert SECRET in caplog.text


async def test_a_body_beyond_the_limit_is_refused(served, caller):
    response, details = await answer(
        caller, "POST", f"{served.url}/echo", data=io.BytesIO(bytes(LARGEST_BODY + 1))
    )

    assert response.status == 413
    assert str(LARGEST_BODY) in details["error"]


async def test_a_request_that_never_completes_is_given_up(served, caller):
    response, details = await answer(caller, "POST", f"{served.url}/dawdles")

    assert (response.status, details["error"]) == (408, "The request was not complete within 0.5 s.")


async def test_every_answer_has_an_id_and_none_names_the_library(served, caller):
    seen = set()
    for path in ("/healthz", "/metrics", "/nothing", "/echo"):
        async with caller.get(served.url + path, headers={"X-Request-Id": "no good\tid"}) as response:
            assert "Server" not in response.headers
            seen.add(response.headers["X-Request-Id"])
    assert len(seen) == 4


async def test_a_stopping_server_refuses_new_work_and_still_tells_its_health(served, caller):
    served.refuse()
    response, details = await answer(caller, "POST", f"{served.url}/echo", data=b"x")
    assert (response.status, response.headers["Retry-After"]) == (503, "5")
    assert "stopping" in details["error"]

    response, _ = await answer(caller, "GET", f"{served.url}/healthz")
    assert response.status == 200
    response, _ = await answer(caller, "GET", f"{served.url}/readyz")
    assert response.status == 503


async def test_leaving_closes_the_door(caller):
    async with Web(Health(ShiftableClock()), Metrics()) as server:
        url = await server.listen("127.0.0.1", 0)
    with pytest.raises(aiohttp.ClientConnectorError):
        await caller.get(f"{url}/healthz")


paths = st.sampled_from(
    ["/", "/healthz", "/readyz?part=", "/metrics", "/echo", "/refuses", "/%2e%2e/%00", "//x", "*"]
)
methods = st.sampled_from(["GET", "POST", "PUT", "HEAD", "OPTIONS", "TRACE", "CONNECT", "BREW", "G\x01T"])
headers = st.lists(
    st.tuples(
        st.sampled_from(
            ["Content-Length", "Transfer-Encoding", "Content-Type", "X-Request-Id", "Accept", "Expect", "X"]
        ),
        st.one_of(
            st.text(max_size=20), st.sampled_from(["-1", "chunked", "100-continue", "gzip", "99999999999"])
        ),
    ),
    max_size=4,
)


@given(methods, paths, headers, st.binary(max_size=200))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_at_all_make_it_answer_five_hundred(method, path, given_headers, body):
    async def knock() -> bytes:
        async with Web(
            Health(ShiftableClock()), Metrics(), ROUTES[:1] + ROUTES[2:3], stop_within=0.1
        ) as server:
            await server.listen("127.0.0.1", 0)
            reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
            head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            head += "".join(f"{name}: {value}\r\n" for name, value in given_headers)
            writer.write(head.encode("utf-8", "surrogateescape") + b"\r\n" + body)
            try:
                if writer.can_write_eof():
                    writer.write_eof()
                async with asyncio.timeout(5):
                    return await reader.read()
            except ConnectionError:
                return b""
            finally:
                writer.close()

    said = asyncio.run(knock())
    assert b"HTTP/1.1 5" not in said.partition(b"\r\n")[0]
    assert b"Traceback" not in said
