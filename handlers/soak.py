"""After a deployment somebody should watch it for a while, and says so: "I'm watching". It holds nothing up.

Who watches is on the card; when nobody does, who asked is reminded once. How it ended is a row of the audit log.
"""

from __future__ import annotations

import msgspec

from bot.audit import ENGINE
from bot.deployments import Deployment
from bot.errors import Refused
from bot.events import DeploymentEnded
from bot.events.verification import BeginSoak, CloseSoak, EndSoak, RemindSoak, WatchSoak
from bot.lifecycle import State
from bot.people import Person
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.soak import Soak, Verdict, Watcher
from bot.words import Bold, Mention, Part, Words
from config.durations import written
from handlers import authority
from handlers.after_notes import offer_on_release, say
from handlers.going_back import can_go_back
from handlers.lane import known, place_gone, policy_of, touch
from handlers.soak_view import soak_buttons, way_back

router = Router()

NOT_OPEN = "Nobody has to watch it any more."
NOT_SOAKING = "Nobody is asked to watch that deployment."
ALREADY = "You are watching it already."
ALREADY_OUT = "“Looks good” or “Something is wrong…” on its card says how it went."
NOT_ALLOWED = "You may not say that for this deployment: that is for who asked, and {who}."
REMINDER = ", nobody says that he watches "
REMINDER_ENDS = " yet."
IS_WRONG = " says that something is wrong with "
WHY = "A reason is needed."
WHY_OUT = "Say in a few words what is wrong."


@router.on(DeploymentEnded)
async def succeeded(event: DeploymentEnded, ctx: Context) -> None:
    """A message of its own: others have something to change about what has just ended, too."""
    if event.state == State.SUCCEEDED.value:
        found = await ctx.store.deployment(event.deployment)
        if found is not None:
            ctx.changes.publish(BeginSoak(deployment=found.id), subject=found.lane)


@router.command(BeginSoak)
async def begin_soak(event: BeginSoak, ctx: Context) -> None:
    """Ask for somebody to watch it, where the policy wants that; what ran before needs nobody any more."""
    found = await ctx.store.deployment(event.deployment)
    if found is None or found.soak is not None:
        return
    for older in await ctx.store.goods(found.lane, 2):
        if older.id != found.id and older.soak is not None and older.ended_at <= found.ended_at:
            _end(ctx, older, Verdict.REPLACED, ENGINE)
    policy = policy_of(ctx, found)
    if not policy.soak or place_gone(ctx, found):
        return
    now = ctx.clock.now()
    after = touch(ctx, found, soak=Soak(began_at=now, until=now + policy.soak))
    ctx.changes.audit("soak_began", actor=ENGINE, about=found.id, until=now + policy.soak)
    offer_on_release(ctx, after, "soak", soak_buttons(after))
    if policy.soak_remind is not None and policy.soak_remind < policy.soak:
        remind = RemindSoak(deployment=found.id)
        ctx.changes.publish(remind, subject=found.lane, after=policy.soak_remind)
    ctx.changes.publish(CloseSoak(deployment=found.id), subject=found.lane, after=policy.soak)


@router.command(WatchSoak)
async def watch_soak(event: WatchSoak, ctx: Context) -> None:
    """I'm watching: any number of people may."""
    person = await authority.admitted(ctx, event.by)
    found, soak = await _open(ctx, event.deployment)
    await _may(ctx, person, found)
    if any(one.by == person.id for one in soak.watchers):
        raise Refused(Reason.ALREADY_DECIDED, ALREADY, way_out=ALREADY_OUT)
    ctx.changes.audit("soak_watched", actor=person.id, about=found.id)
    watchers = (*soak.watchers, Watcher(by=person.id, at=ctx.clock.now()))
    touch(ctx, found, soak=msgspec.structs.replace(soak, watchers=watchers))


@router.command(EndSoak)
async def end_soak(event: EndSoak, ctx: Context) -> None:
    """Looks good, or something is wrong: then who asked and who watches are told, and the way back is offered."""
    person = await authority.admitted(ctx, event.by)
    found, soak = await _open(ctx, event.deployment)
    await _may(ctx, person, found)
    why = " ".join(event.why.split())
    if not event.good and not why:
        raise Refused(Reason.REASON_REQUIRED, WHY, way_out=WHY_OUT)
    _end(ctx, found, Verdict.GOOD if event.good else Verdict.WRONG, person.id, why)
    if not event.good:
        people = dict.fromkeys([found.requester.id, *(one.by for one in soak.watchers)])
        told: list[Part] = [part for one in people if one != person.id for part in (Mention(one), " ")]
        words: Words = (*told, Mention(person.id), IS_WRONG, Bold(_what(found)), ": ", why)
        say(ctx, found, "soak-wrong", words, way_back(found) if await can_go_back(ctx, found) else ())


@router.command(RemindSoak)
async def remind_soak(event: RemindSoak, ctx: Context) -> None:
    """Nobody watches yet: ask who asked, once."""
    found = await ctx.store.deployment(event.deployment)
    if found is None or found.soak is None or found.soak.verdict is not None:
        return
    if found.soak.watchers or found.soak.reminded:
        return
    ctx.changes.audit("soak_reminded", actor=ENGINE, about=found.id)
    touch(ctx, found, soak=msgspec.structs.replace(found.soak, reminded=True))
    words: Words = (Mention(found.requester.id), REMINDER, Bold(_what(found)), REMINDER_ENDS)
    say(ctx, found, "soak-reminder", words, soak_buttons(found))


@router.command(CloseSoak)
async def close_soak(event: CloseSoak, ctx: Context) -> None:
    """Its time is over, and nobody has said that something is wrong."""
    found = await ctx.store.deployment(event.deployment)
    if found is not None and found.soak is not None:
        _end(ctx, found, Verdict.OVER, ENGINE)


def _end(ctx: Context, found: Deployment, verdict: Verdict, by: str, why: str = "") -> None:
    """End it, and write down how: once."""
    soak = found.soak
    if soak is None or soak.verdict is not None:
        return
    now = ctx.clock.now()
    ctx.changes.audit(
        "soak_ended",
        actor=by,
        about=found.id,
        verdict=verdict.value,
        why=why,
        watched_by=[one.by for one in soak.watchers],
        lasted=written(round(now - soak.began_at)),
    )
    who = "" if by == ENGINE else by
    ended = msgspec.structs.replace(soak, verdict=verdict, ended_at=now, ended_by=who, why=why)
    touch(ctx, found, soak=ended)


async def _open(ctx: Context, id: str) -> tuple[Deployment, Soak]:  # noqa: A002 - the word for it
    found = await known(ctx, id)
    if found.soak is None:
        raise Refused(Reason.ALREADY_DECIDED, NOT_SOAKING)
    if found.soak.verdict is not None:
        raise Refused(Reason.ALREADY_ENDED, NOT_OPEN)
    return found, found.soak


async def _may(ctx: Context, person: Person, found: Deployment) -> None:
    """Who asked, who may deploy there, and who may approve there."""
    policy = policy_of(ctx, found)
    references = [*policy.deploy, *(who for clause in policy.approve for who in clause.of)]
    if person.id == found.requester.id or await authority.belongs(ctx, person, references):
        return
    raise Refused(Reason.NOT_ALLOWED_TO_WATCH, NOT_ALLOWED.format(who=authority.named(references)))


def _what(found: Deployment) -> str:
    return f"{found.service} {found.version} → {found.environment}"
