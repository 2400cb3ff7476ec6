"""The door that the command line uses: by its token, on the server's own address, and never half open."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot.control import Control, ControlFailed, Door, ask_to_retry, door, path_beside
from bot.events import Prune
from bot.health import Health
from bot.journal import Journal, message, park
from bot.metrics import Metrics
from bot.reader import Reader
from bot.web import Web
from bot.writer import Writer
from tests.clock import ShiftableClock


class Served:
    """A journal with one parked message, and a control over real HTTP."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.writer, self.reader = Writer(path), Reader(path)
        self.journal = Journal(self.writer, self.reader)
        self.clock = ShiftableClock()
        self.control = Control(path, self.retry)
        self.web = Web(Health(self.clock), Metrics(), self.control.routes(), stop_within=0.1)

    async def retry(self, id: str, by: str) -> bool:  # noqa: A002
        return await self.journal.retry(id, self.clock.now(), by)

    def door(self) -> Door:
        found = door(self.path)
        assert found is not None
        return found


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    made = Served(tmp_path / "p.db")
    async with made.writer, made.reader, made.web:
        with made.control:
            one = message(Prune(scheduled=1.0), id="T1", at=1.0)
            await made.journal.publish(one)
            await made.writer.submit(lambda connection: park(connection, one, "handler_failed", "it failed"))
            made.control.open(await made.web.listen("127.0.0.1", 0))
            yield made


async def test_what_is_parked_is_put_back_and_nothing_else(served: Served):
    assert await ask_to_retry(served.door(), "T1", "cli:me")
    assert not await ask_to_retry(served.door(), "T1", "cli:me")
    assert not await ask_to_retry(served.door(), "nothing", "cli:me")

    row = await served.journal.show("T1")
    assert row is not None
    assert row["state"] == "ready"
    audited = await served.reader.rows("SELECT actor, action, reason FROM audit")
    assert audited == [("cli:me", "message_retried", "handler_failed")]


@pytest.mark.parametrize(
    ("given", "audited"),
    [
        ("U0SAM00003", "cli:U0SAM00003"),
        ("cli:me", "cli:me"),
        ("pilothouse", "cli:pilothouse"),
        ("", "cli:unknown"),
        ("a\nb <@U1> c", "cli:ab@U1c"),
        ("x" * 500, f"cli:{'x' * 64}"),
    ],
)
async def test_whoever_comes_through_the_door_is_audited_as_somebody_at_the_command_line(
    served: Served, given: str, audited: str
):
    assert await ask_to_retry(served.door(), "T1", given)

    assert await served.reader.rows("SELECT actor FROM audit") == [(audited,)]


async def test_the_token_is_in_a_file_that_only_its_owner_reads_and_goes_with_the_server(tmp_path: Path):
    with Control(tmp_path / "p.db", Served(tmp_path / "p.db").retry) as control:
        assert door(tmp_path / "p.db") is None
        control.open("http://127.0.0.1:1")
        path = path_beside(tmp_path / "p.db")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with Control(tmp_path / "p.db", Served(tmp_path / "p.db").retry) as other:
            first = door(tmp_path / "p.db")
            other.open("http://127.0.0.1:1")
            assert first != door(tmp_path / "p.db")
    assert door(tmp_path / "p.db") is None


@pytest.mark.parametrize("given", ["", "Bearer ", "Bearer guess", "Basic dTpw", "\u00e9"])
async def test_without_the_token_the_door_stays_shut(served: Served, given: str):
    url = f"{served.web.url}/control/retry"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, json={"id": "T1"}, headers={"Authorization": given}) as answer,
    ):
        assert answer.status == 401
        assert "token" in (await answer.json())["error"]
    row = await served.journal.show("T1")
    assert row is not None
    assert row["state"] == "parked"


@pytest.mark.parametrize("body", [b"", b"[]", b'{"by": "me"}', b"\xff\xfe", b'{"id": 7}', b"{"])
async def test_nonsense_with_the_token_is_answered_in_words(served: Served, body: bytes):
    headers = {"Authorization": f"Bearer {served.door().token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{served.web.url}/control/retry", data=body, headers=headers) as answer,
    ):
        assert answer.status == 400
        assert (await answer.json())["error"].startswith("The body has to be")


async def test_a_journal_that_cannot_be_written_is_said_to_be_so(served: Served):
    through = served.door()
    await served.writer.__aexit__(None, None, None)
    with pytest.raises(ControlFailed, match="answered 503: The journal can't be written now"):
        await ask_to_retry(through, "T1", "cli:me")
    served.writer = Writer(served.path)


async def test_nobody_there_and_somebody_else_there_are_told_apart(tmp_path: Path):
    path = path_beside(tmp_path / "p.db")
    with pytest.raises(ConnectionRefusedError, match="nobody listens"):
        await ask_to_retry(Door(url="http://127.0.0.1:9", token="t", path=path), "T1", "me")

    async def something_else(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.router.add_post("/control/retry", something_else)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    other = Door(url=f"http://127.0.0.1:{runner.addresses[0][1]}", token="t", path=path)
    with pytest.raises(ControlFailed, match="does not answer"):
        await ask_to_retry(other, "T1", "me")
    await runner.cleanup()
