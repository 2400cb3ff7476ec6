"""`/deploy plan …` and `/deploy why …`: the gates' answers, and nothing happens."""

from __future__ import annotations

from bot.deployments import Deployment
from bot.errors import Failure
from bot.events import Asked, Tell, lane
from bot.events.planning import AskWhy, ShowPlan
from bot.gates import Situation
from bot.people import Person
from bot.ports import Context
from bot.routing import Router
from bot.runs import RunTarget
from bot.templates import render
from bot.words import Bold, Code, Part, Words
from handlers import authority, going_out, verdicts
from handlers.deploy import place_of, wants
from handlers.situation import Wanted, judged
from handlers.turns import waiting_in

router = Router()

PLAN = "Plan, nothing happens:"
WHY = "In the way of "
CALL = "The call would be "
WITH = " with "
WOULD_NOT = "The job would not take it: "
NOT_GIVEN = "not yet given"
LIVE = "#{number} is there now. "


@router.command(ShowPlan)
async def show_plan(event: ShowPlan, ctx: Context) -> None:
    """Every gate's verdict, what is going out, the exact call."""
    person = await authority.admitted(ctx, event.by)
    place_of(ctx, event.service, event.environment)
    so, judgement = await judged(ctx, wants(ctx, event, person))
    words: list[Words] = [(Bold(PLAN), " ", verdicts.heading(so)), verdicts.summary(judgement)]
    words += verdicts.lines(judgement, everything=True)
    words += going_out.long(so.outgoing)
    words += await _call(ctx, so, person)
    tell(ctx, event, words)


@router.command(AskWhy)
async def why(event: AskWhy, ctx: Context) -> None:
    """What holds up what is on its way there; when nothing is, what would hold up who asks."""
    person = await authority.admitted(ctx, event.by)
    place_of(ctx, event.service, event.environment)
    found = await _there(ctx, event)
    wanted = Wanted.of(found) if found else await _usual(ctx, event, person)
    so, judgement = await judged(ctx, wanted)
    about = LIVE.format(number=found.number) if found else ""
    words: list[Words] = [(Bold(WHY + verdicts.heading(so)), ". ", about, *verdicts.summary(judgement))]
    words += verdicts.lines(judgement, everything=False)
    tell(ctx, event, words)


async def _there(ctx: Context, event: AskWhy) -> Deployment | None:
    """The one that people would ask about: the first that waits. What runs is what others wait for."""
    live = await ctx.store.live(lane=lane(event.service, event.environment))
    queue = waiting_in(live)
    before = [one for one in live if one not in queue and not one.state.holds_lane]
    return next(iter([*queue, *before]), None)


async def _usual(ctx: Context, event: AskWhy, person: Person) -> Wanted:
    """What nobody has asked for yet: the usual version, else the one that runs there."""
    service = ctx.settings.services[event.service]
    last = await ctx.store.last_good(lane(event.service, event.environment))
    version = service.default_version or (last.version if last else "")
    return Wanted(person=person, service=event.service, environment=event.environment, version=version)


async def _call(ctx: Context, so: Situation, person: Person) -> list[Words]:
    """What the driver would be asked, and whether it would take it."""
    place = ctx.settings.services[so.service].environments[so.environment]
    values = {
        "service": so.service,
        "environment": so.environment,
        "version": so.version,
        "digest": so.digest,
        "deployment": NOT_GIVEN,
        "number": NOT_GIVEN,
        "requester": person.name,
        "requester_id": person.id,
    }
    target = RunTarget(
        driver=place.driver, server=place.server, job=place.job, parameters=render(place.parameters, values)
    )
    said: list[Part] = [CALL, Code(f"{target.driver}/{target.server} {target.job}")]
    for index, (name, value) in enumerate(target.parameters.items()):
        said += [", " if index else WITH, Code(f"{name}={value}")]
    words: list[Words] = [tuple(said)]
    try:
        await ctx.runs[target.driver].check(target)
    except Failure as no:
        words.append((WOULD_NOT, no.sentence))
    return words


def tell(ctx: Context, event: Asked, lines: list[Words]) -> None:
    words: list[Part] = []
    for one in lines:
        words += ["\n"] if words else []
        words += one
    ctx.changes.publish(Tell(user=event.by.id, place=event.place, words=tuple(words)))
