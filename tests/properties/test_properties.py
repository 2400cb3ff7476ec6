"""Random people do random things, the server is killed and the clock jumps, and a small model says what must be true."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings

from tests.chaos.server import Zygote
from tests.properties.actions import Action, Kill
from tests.properties.evidence import Evidence, standing
from tests.properties.judge import violations
from tests.properties.judge_standing import kept_to_stand, said_to_stand
from tests.properties.model import Meaning, Model, Snapshot
from tests.properties.reached import reached
from tests.properties.scenes import HISTORIES
from tests.properties.world import World

EXAMPLES = int(os.environ.get("PILOTHOUSE_EXAMPLES", "6"))
COUNTED: Counter[str] = Counter()
"""How often each promise had something to judge, in all histories of this run."""


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as one:
        yield one


@pytest.fixture(scope="module")
def zygote(runner: asyncio.Runner) -> Iterator[Zygote]:
    """All histories have one: what takes longest is to import the server."""
    stack = AsyncExitStack()
    yield runner.run(stack.enter_async_context(Zygote()))
    runner.run(stack.aclose())
    sys.stdout.write("\n" + "\n".join(f"{count:5} {name}" for name, count in sorted(COUNTED.items())) + "\n")


@pytest.mark.slow
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    # A failure is a whole history: it is shown as it is, with what the server said, and not made smaller.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
@given(actions=HISTORIES)
def test_whatever_people_do_the_promises_hold(
    runner: asyncio.Runner, zygote: Zygote, actions: list[Action]
) -> None:
    with tempfile.TemporaryDirectory(prefix="pilothouse-properties-") as folder:
        COUNTED.update(runner.run(_history(Path(folder), zygote, actions)))


async def _history(folder: Path, zygote: Zygote, actions: list[Action]) -> Counter[str]:
    model = Model()
    async with World(folder, zygote) as world:
        left, last = [*actions], world.last_row()
        while left:
            since, action = last, left.pop(0)
            note(repr(action))
            meanings = await action.act(world, model)
            while left and isinstance(left[0], Kill):
                # The kill comes in the middle of it: what was thanked for is done by the next process.
                await left.pop(0).act(world, model)
            async with world.at_rest() as moment:
                way, last = _way_taken(world, model, meanings), world.last_row()
                model.settle(way, since=since, seq=last, at=world.clock.now())
                evidence = Evidence.of(world, model, moment)
            assert violations(evidence) == [], (folder / "server.log").read_text()[-4000:]
        assert world.server.ended_by_itself == []
        return reached(evidence)


def _way_taken(world: World, model: Model, meanings: tuple[Meaning, ...]) -> tuple[Snapshot, ...]:
    """The order in which two things at once have happened, by what stands now; any, when no order explains that."""
    ways, at = model.ways(meanings), world.clock.now()
    kept = kept_to_stand(standing(world), at)
    return next((way for way in ways if said_to_stand(way[-1], at) == kept), ways[0])
