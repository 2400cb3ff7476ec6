"""Random people do random things, the server is killed and the clock jumps, and a small model says what must be true."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from tests.properties.actions import ACTIONS, Action, Kill
from tests.properties.judge import Evidence, violations
from tests.properties.model import Model
from tests.properties.world import World

EXAMPLES = int(os.environ.get("PILOTHOUSE_EXAMPLES", "6"))
LONGEST = 14


@pytest.mark.slow
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    # A failure is a whole history: it is shown as it is, with what the server said, and not made smaller.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
@given(st.lists(ACTIONS, min_size=6, max_size=LONGEST))
def test_whatever_people_do_the_promises_hold(actions: list[Action]) -> None:
    with tempfile.TemporaryDirectory(prefix="pilothouse-properties-") as folder:
        asyncio.run(_history(Path(folder), actions))


async def _history(folder: Path, actions: list[Action]) -> None:
    model = Model()
    async with World(folder) as world:
        for index, action in enumerate(actions):
            note(repr(action))
            began = world.clock.now()
            after = await action.act(world, model)
            killed_next = index + 1 < len(actions) and isinstance(actions[index + 1], Kill)
            if killed_next:
                # The kill comes in the middle of it: what was thanked for is done by the next process.
                await actions[index + 1].act(world, model)
            await world.settled()
            model.settle(min(began, world.clock.now()), world.clock.now(), after)
            assert violations(Evidence.of(world, model)) == [], (folder / "server.log").read_text()[-4000:]
        assert world.server.ended_by_itself == []


def test_the_model_knows_what_it_should() -> None:
    """A check that could not fail would be none: each promise is broken once on purpose, by the model alone."""
    from bot.sandbox.slack.harbour import DANA, SAM
    from tests.properties.model import Lock

    model = Model()
    model.settle(0, 1, model.lock(SAM, ("checkout", "production"), Lock(SAM), 0))
    model.settle(1, 2, model.lock(DANA, ("payments", "production"), Lock(DANA), 1))
    model.settle(2, 3, model.freeze(SAM, ("", "staging"), 10.0, 2))

    [now] = set(map(id, model.at(5.0)))
    assert now
    assert model.now.locked("checkout", "production", DANA, "1", 5)
    assert not model.now.locked("checkout", "production", SAM, "1", 5)
    assert not model.now.locked("payments", "production", SAM, "1", 5), "Dana may not lock production"
    assert model.now.frozen("payments", "staging", 5)
    assert not model.now.frozen("payments", "staging", 11)
