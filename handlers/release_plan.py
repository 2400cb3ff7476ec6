"""`/deploy plan release …`: what every gate, and the driver, says of each part, as if all of it had been asked for; nothing happens."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from bot.events.releases import PlanRelease
from bot.gates import Outcome, Situation, Verdict, judge
from bot.gates.situation import PartNow
from bot.people import Person
from bot.ports import Context
from bot.routing import Router
from bot.words import Bold, Code, Words
from handlers import authority, verdicts, would_take
from handlers.deploy import place_of, wants
from handlers.plan import PLAN, call, tell
from handlers.release_parts import asked_part, needs_of, said, time_read
from handlers.situation import judged

router = Router()

RELEASE = " a release to {environment}"
MORE = " says more of this part."


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A part as it would be judged alone, and which of the others it would come after."""

    so: Situation
    verdicts: tuple[Verdict, ...]
    needs: tuple[str, ...]

    @property
    def approved(self) -> bool:
        """Whether nobody would have to approve it first."""
        return all(one.gate != "approval" or one.outcome is Outcome.PASS for one in self.verdicts)


@router.command(PlanRelease)
async def show_release_plan(event: PlanRelease, ctx: Context) -> None:
    """A line for each gate that has something to say, below each part, and the exact call; in the words of the cards."""
    person = await authority.admitted(ctx, event.by)
    time_read(ctx, event, person)
    named = {service for service, _ in event.services}
    parts: list[Planned] = []
    whole = said(ctx, event)
    for service, version in event.services:
        asked = asked_part(event, "", service, version)
        place_of(ctx, service, event.environment)
        so, found = await judged(ctx, wants(ctx, asked, person, said=whole))
        parts.append(Planned(so=so, verdicts=found, needs=needs_of(ctx, service, named)))
    # At once, because each driver may take a while to answer.
    asking = (would_take.with_job(ctx, one.so, together_with(one, parts), person) for one in parts)
    together = list(zip([one.so for one in parts], await asyncio.gather(*asking), strict=True))
    every = tuple(verdict for _, found in together for verdict in found)
    words: list[Words] = [
        (Bold(PLAN), RELEASE.format(environment=event.environment)),
        verdicts.summary(every),
    ]
    for so, found in together:
        words += _part(ctx, so, found, person)
    tell(ctx, event, words)


def together_with(one: Planned, parts: Sequence[Planned]) -> tuple[Verdict, ...]:
    """What every gate says of a part among the others, once those that nobody has to approve are ready."""
    unready = tuple(other.so.service for other in parts if other is not one and not other.approved)
    return judge(msgspec.structs.replace(one.so, release=PartNow(unready=unready, behind=one.needs)))


def _part(ctx: Context, so: Situation, found: tuple[Verdict, ...], person: Person) -> list[Words]:
    plan = f"{so.command} plan {so.service} {so.version} {so.environment}"
    return [
        (Bold(verdicts.heading(so)), ". ", *verdicts.summary(found)),
        *verdicts.lines(found, everything=False),
        *call(ctx, so, person),
        (Code(plan), MORE),
    ]
