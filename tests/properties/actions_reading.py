"""The configuration is written anew and read again, by words or a signal, and looser rules are agreed to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from tests.properties.model import Meaning, Model, nothing
from tests.properties.rules import GROUPS, LEVELS, READER
from tests.properties.world import SETTLES_WITHIN, World
from tests.waiting import until


@dataclass(frozen=True)
class Reread:
    """A file with these rules."""

    level: int
    by_words: bool

    async def act(self, world: World, model: Model) -> tuple[Meaning, ...]:
        world.write(LEVELS[self.level])
        if self.by_words:
            await world.say(READER, "reload")
        else:
            await world.hang_up()
        return (lambda before: before.read(self.level, READER if self.by_words else ""),)


@dataclass(frozen=True)
class RereadFaulty:
    """A file that can't be used: nothing comes of it, and afterwards the one before is there again."""

    async def act(self, world: World, model: Model) -> tuple[Meaning, ...]:
        before = await asyncio.to_thread(world.config.read_text)
        refused = len(_refused(world))
        world.config.write_text('{"policies": "none of these"}')
        await world.hang_up()
        try:
            await until(lambda: len(_refused(world)) > refused, SETTLES_WITHIN, "the file is refused")
        finally:
            world.config.write_text(before)
        return (nothing,)


@dataclass(frozen=True)
class Agree:
    """To the looser rules that wait, on their card."""

    who: str

    async def act(self, world: World, model: Model) -> tuple[Meaning, ...]:
        cards = world.cards("approve_change")
        clicked = bool(cards) and await world.click(self.who, cards[-1], "approve_change")
        if not clicked or not any(self.who in GROUPS[group] for _, group in model.now.rules.approve):
            return (nothing,)
        return (lambda before: before.agree(self.who),)


def _refused(world: World) -> list[dict[str, object]]:
    return world.rows("SELECT seq FROM audit WHERE action = 'configuration_refused'")
