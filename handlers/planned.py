"""Deployments that are planned for later: the moment, the list, and what is said when it passed unseen.

A planned deployment is one like any other that waits for its time: asked for and approved now, held by the gate
`schedule`, and judged by every gate again when its time has come.
"""

from __future__ import annotations

from bot.deployments import Deployment
from bot.errors import Refused
from bot.events import DeploymentQueued, RunNow, ShowSchedules, Tell
from bot.grammar.starts import start_of
from bot.lifecycle import State
from bot.people import Person
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.words import Bold, Code, Mention, Part, When
from handlers import authority
from handlers.card_view import STATES
from handlers.lane import known, policy_of, touch

router = Router()

NOTHING = "Nothing is planned{where}."
PLANNED = "Planned:"
CANCEL = "`{command} cancel #{number}` takes one back."
MORE = "… and {count} more. Name a service to see fewer."
LINES_MOST = 30
NOT_MISSED = "That deployment does not wait for that any more."
NOT_ALLOWED = "You may not start it: that is for who asked, and {who}."


def moment_of(ctx: Context, when: str, person: Person, before: str = "", *, glass: str = "") -> float:
    """Epoch seconds of the words, in the person's time zone; 0 for none. `before` is the command in front of them.

    Raises `Refused` with whole commands to say instead, or with times alone where there is no command.
    """
    return start_of(when, now=ctx.at, timezone=person.timezone, before=before, glass=glass)


@router.command(ShowSchedules)
async def show_schedules(event: ShowSchedules, ctx: Context) -> None:
    """What is planned, the next first; seen only by who asked."""
    await authority.admitted(ctx, event.by)
    found = [
        one
        for one in await ctx.store.live()
        if one.not_before > ctx.clock.now() and not one.state.holds_lane
        if event.service in {"", one.service} and event.environment in {"", one.environment}
    ]
    words: list[Part] = []
    for one in sorted(found, key=lambda one: one.not_before)[:LINES_MOST]:
        words += ["\n", *_line(one)]
    if not words:
        where = " ".join(filter(None, (event.service, event.environment)))
        words = [NOTHING.format(where=f" for {where}" if where else "")]
    else:
        left = len(found) - LINES_MOST
        more = [f"\n{MORE.format(count=left)}"] if left > 0 else []
        cancel = CANCEL.format(command=ctx.settings.slack.command(), number=found[0].number)
        words = [Bold(PLANNED), *words, *more, "\n", Code(cancel.split("`")[1]), cancel.split("`")[2]]
    ctx.changes.publish(Tell(user=event.by.id, place=event.place, words=tuple(words)))


@router.command(RunNow)
async def run_now(event: RunNow, ctx: Context) -> None:
    """Somebody who may deploy there says that it should still go; every gate is asked again.

    The time is part of what was approved: now is another one, so whoever had to approve is asked anew.
    """
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    found = await known(ctx, event.deployment)
    if found.state is not State.QUEUED or found.waits is not Reason.PLAN_MISSED:
        raise Refused(Reason.ALREADY_DECIDED, NOT_MISSED)
    await check_may_start(ctx, person, found)
    ctx.changes.audit("missed_plan_confirmed", actor=person.id, about=found.id)
    planned = found.not_before if found.approval is None else 0.0
    touch(ctx, found, late_ok=True, waits=None, waits_for="", not_before=planned)
    ctx.changes.publish(DeploymentQueued(deployment=found.id), subject=found.lane)


async def check_may_start(ctx: Context, person: Person, found: Deployment) -> None:
    """Who asked, and those who may deploy there. Raises `Refused`."""
    policy = policy_of(ctx, found)
    may = await authority.belongs(ctx, person, policy.deploy, at_most=authority.DECISIVE)
    if person.id != found.requester.id and not may:
        words = NOT_ALLOWED.format(who=authority.named(policy.deploy))
        raise Refused(Reason.NOT_ALLOWED_TO_DEPLOY, words)


def _line(one: Deployment) -> list[Part]:
    return [
        "• ",
        When(one.not_before, "date_time"),
        f": #{one.number} {one.service} ",
        Code(one.version),
        f" → {one.environment}, {STATES[one.state][1].lower()}, asked by ",
        Mention(one.requester.id),
    ]
