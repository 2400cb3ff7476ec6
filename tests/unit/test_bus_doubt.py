"""A handling that may have reached a peer leaves a mark on its message, until the message is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import Unreachable
from bot.reasons import Reason
from tests.clock import ShiftableClock
from tests.engine import Log, advance_until, engine, look

NEVER_SENT = Unreachable(Reason.PEER_DOWN, "nothing answers there")
PERHAPS_DONE = Unreachable(Reason.PEER_SLOW, "no answer came", maybe_done=True)


@pytest.mark.parametrize(
    ("failure", "in_doubt"), [(NEVER_SENT, False), (PERHAPS_DONE, True), (KeyError("a fault of ours"), True)]
)
async def test_only_what_may_have_reached_the_peer_counts_as_handled_partly(
    tmp_path: Path, failure: Exception, in_doubt: bool
) -> None:
    log = Log()
    log.failures = {1: [failure]}
    clock = ShiftableClock(frozen=True)
    async with engine(tmp_path / "journal.db", log.router, clock=clock) as running:
        await running.publish(look(1), id="m1")
        await advance_until(clock, running, "m1", "done", step=0.25)

    assert [ctx.fresh for ctx in log.contexts] == [True, False]
    assert [ctx.loaded for ctx in log.contexts] == [False, in_doubt]
