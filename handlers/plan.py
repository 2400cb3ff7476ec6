"""`/deploy plan …` and `/deploy why …`: the gates' answers, and nothing happens."""

from __future__ import annotations

import msgspec

from bot.deployments import Deployment
from bot.errors import Refused
from bot.events import Asked, Tell, lane
from bot.events.planning import AskWhy, ShowPlan
from bot.gates import Situation
from bot.lifecycle import State
from bot.people import Person
from bot.ports import Context
from bot.routing import Router
from bot.words import Bold, Code, Part, Words
from handlers import authority, going_out, verdicts, would_take
from handlers.aside import held
from handlers.deploy import place_of, wants
from handlers.situation import Wanted, judged
from handlers.turns import holder_of, waiting_in

router = Router()

PLAN = "Plan, nothing happens:"
WHY = "In the way of "
CALL = "The call would be "
WITH = " with "
WAITS = "#{number} waits. "
RUNS = "#{number} ({version}) runs. "
SPEAKS_OF = "Nobody has asked for anything else there; this is about {version}, which {why}. "
IS_THERE, USUAL = "is there now", "is the usual version"
ONE_MORE, MORE = " One other waits there, too.", " {count} others wait there, too."
BEFORE_THE_QUEUE = frozenset({State.REQUESTED, State.AWAITING_APPROVAL})


@router.command(ShowPlan)
async def show_plan(event: ShowPlan, ctx: Context) -> None:
    """Every gate's verdict, what is going out, the exact call."""
    person = await authority.admitted(ctx, event.by)
    place_of(ctx, event.service, event.environment)
    wanted = msgspec.structs.replace(wants(ctx, event, person), reader=person)
    so, judgement = await judged(ctx, wanted)
    judgement = await would_take.with_job(ctx, so, judgement, person)
    words: list[Words] = [(Bold(PLAN), " ", verdicts.heading(so)), verdicts.summary(judgement)]
    words += verdicts.lines(judgement, everything=True)
    words += going_out.told(so, repository=ctx.settings.services[so.service].repository.there)
    words += call(ctx, so, person)
    tell(ctx, event, words)


@router.command(AskWhy)
async def why(event: AskWhy, ctx: Context) -> None:
    """What holds up what waits there; when nothing does, what would hold up who asks."""
    person = await authority.admitted(ctx, event.by)
    place_of(ctx, event.service, event.environment)
    live = await ctx.store.live(lane=lane(event.service, event.environment))
    waiting = [*waiting_in(live), *(one for one in live if one.state in BEFORE_THE_QUEUE)]
    found = await _meant(ctx, waiting, person)
    if found is not None:
        wanted, about = Wanted.of(found, reader=person), WAITS.format(number=found.number)
    else:
        wanted, about = await _usual(ctx, event, person, holder_of(live))
    so, judgement = await judged(ctx, wanted)
    judgement = await would_take.with_job(ctx, so, judgement, wanted.person)
    words: list[Words] = [(Bold(WHY + verdicts.heading(so)), ". ", about, *verdicts.summary(judgement))]
    if len(waiting) > 1:
        words[0] = (*words[0], ONE_MORE if len(waiting) == 2 else MORE.format(count=len(waiting) - 1))
    words += verdicts.lines(judgement, everything=False)
    tell(ctx, event, words)


async def _meant(ctx: Context, waiting: list[Deployment], person: Person) -> Deployment | None:
    """The one that he would ask about: the first of his own, else the first that only its turn holds up, else the first."""
    mine = next((one for one in waiting if one.requester.id == person.id), None)
    if mine is not None or not waiting:
        return mine
    aside = await held(ctx, waiting)
    return next((one for one in waiting if one.id not in aside), waiting[0])


async def _usual(
    ctx: Context, event: AskWhy, person: Person, holder: Deployment | None
) -> tuple[Wanted, str]:
    """What nobody has asked for yet: the version that is there, else the usual one; and words that say so.

    What it would take away is no news about a version that nobody asked for.
    """
    last = await ctx.store.last_good(lane(event.service, event.environment))
    version = last.version if last else ctx.settings.services[event.service].default_version or ""
    wanted = Wanted(
        person=person,
        service=event.service,
        environment=event.environment,
        version=version,
        removing=True,
        reader=person,
    )
    about = RUNS.format(number=holder.number, version=holder.version) if holder else ""
    if version:
        about += SPEAKS_OF.format(version=version, why=IS_THERE if last else USUAL)
    return wanted, about


def call(ctx: Context, so: Situation, person: Person) -> list[Words]:
    """What the driver would be asked."""
    try:
        target = would_take.target(ctx, so, person)
    except Refused:
        # Said where the job is spoken of.
        return []
    said: list[Part] = [CALL, Code(f"{target.driver}/{target.server} {target.job}")]
    for index, (name, value) in enumerate(target.parameters.items()):
        said += [", " if index else WITH, Code(f"{name}={value}")]
    return [tuple(said)]


def tell(ctx: Context, event: Asked, lines: list[Words]) -> None:
    words: list[Part] = []
    for one in lines:
        words += ["\n"] if words else []
        words += one
    ctx.changes.publish(Tell(user=event.by.id, place=event.place, words=tuple(words)))
