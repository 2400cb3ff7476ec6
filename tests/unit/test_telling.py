"""What people hear of a fault of ours: never what an exception quotes."""

from __future__ import annotations

from pathlib import Path

from bot.events import MessageParked, StartRun
from bot.ports import Context
from bot.routing import Router
from tests.clock import ShiftableClock
from tests.engine import advance_until, engine

SECRET = "https://ci-bot:s3cr3t@host/x in /srv/app.py"


async def test_an_exceptions_text_stays_in_the_journal_and_the_deployment_hears_the_messages_id(
    path: Path,
) -> None:
    router, heard = Router(), list[MessageParked]()

    @router.command(StartRun)
    async def start(_: StartRun, __: Context) -> None:
        raise RuntimeError(SECRET)

    @router.on(MessageParked)
    async def parked(event: MessageParked, _: Context) -> None:
        heard.append(event)

    clock = ShiftableClock(frozen=True)
    async with engine(path, router, clock=clock) as running:
        await running.publish(StartRun(deployment="d1"), id="the start")
        await advance_until(clock, running, "the start", "parked", step=20.0)
        await running.idle()

        assert SECRET in (await running.row("the start"))["sentence"]
    assert [event.sentence for event in heard] == [
        "Something in me went wrong, and whoever runs this bot finds it as message the start."
    ]
