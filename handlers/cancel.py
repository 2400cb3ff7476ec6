"""Cancel, in every state: at once while nothing runs, through the driver while something does."""

from __future__ import annotations

from bot.deployments import Deployment
from bot.errors import Refused
from bot.events import Cancel, CancelLive, CancelRun, lane
from bot.events.releases import CancelRelease
from bot.lifecycle import Happening, State
from bot.people import Person
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from handlers import authority
from handlers.lane import ended_words, known, move, policy_of, touch
from handlers.verification_decided import cancel_verification

router = Router()

NOT_ALLOWED = "You may not cancel this deployment."
NOT_ALLOWED_OUT = "{who}, who asked for it, can; so can those who may approve it."
ENDED = "Nothing to cancel any more: this deployment {state}."
ALREADY = "It is being cancelled already."
ALREADY_OUT = "If it takes longer than a minute, cancel it again."
UNREACHED = "It is being cancelled already, but the run can't be reached: {why}"
UNREACHED_OUT = "If nobody can mend that, “Give up following…” on its card ends the deployment here."
GIVEN_UP = "{who} gave up following it. The run could not be reached and may still be going on: look at it where it runs. {why}"
CANCELLED = "{who} cancelled it."
NOTHING = "Nothing is going on here that could be cancelled."
NOTHING_OUT = "Name it: {command} cancel #12, or {command} cancel checkout staging"
SEVERAL = "Several are going on: {names}."
SEVERAL_OUT = "Say which: {command} cancel #{number}"
AGAIN_AFTER = 60.0
"""Seconds after which a cancel that has not ended the run may be asked for once more."""
STARTED = "It has started, so it does not wait any more."
STARTED_OUT = "`{command} cancel #{number}` stops it."
NO_NUMBER = "There is no deployment #{number}."


@router.command(Cancel)
async def cancel(event: Cancel, ctx: Context) -> None:
    """What has not started is cancelled at once; what runs is stopped, and ends when the driver says so."""
    person = await authority.admitted(ctx, event.by)
    found = await known(ctx, event.deployment)
    await _may(ctx, person, found)
    if found.state.ended:
        raise Refused(Reason.ALREADY_ENDED, ENDED.format(state=ended_words(found.state)))
    if event.only_waiting and found.state.holds_lane:
        out = STARTED_OUT.format(command=ctx.settings.slack.command(), number=found.number)
        raise Refused(Reason.NOT_QUEUED, STARTED, way_out=out)
    if found.cancelled_by and _again(ctx, event, person, found):
        return
    ctx.changes.audit("cancel_asked", actor=person.id, about=found.id, state=found.state.value)
    if found.state is State.VERIFYING:
        cancel_verification(ctx, found, person)
        return
    if found.state.holds_lane:
        touch(ctx, found, cancelled_by=person.id, cancelled_at=ctx.clock.now())
        ctx.changes.publish(CancelRun(deployment=found.id))
        return
    move(
        ctx,
        found,
        Happening.CANCELLED,
        reason=Reason.CANCELLED,
        sentence=CANCELLED.format(who=person.name),
        cancelled_by=person.id,
    )
    ctx.changes.audit("cancelled", actor=person.id, about=found.id)


@router.command(CancelLive)
async def cancel_live(event: CancelLive, ctx: Context) -> None:
    """Find the one that is meant, and cancel it; or the release, when all that goes on here are its parts."""
    await authority.admitted(ctx, event.by)
    found = await _meant(ctx, event)
    if isinstance(found, str):
        ctx.changes.publish(CancelRelease(by=event.by, place=event.place, text=event.text, release=found))
        return
    ctx.changes.publish(
        Cancel(by=event.by, place=event.place, text=event.text, deployment=found.id), subject=found.lane
    )


def _again(ctx: Context, event: Cancel, person: Person, found: Deployment) -> bool:
    """A run may swallow the first word, and then gets another; one that can't be reached can only be given up.

    True when it was given up. Raises `Refused` too soon after the first, and for giving up by mistake.
    """
    if 0 <= ctx.clock.now() - found.cancelled_at < AGAIN_AFTER:
        raise Refused(Reason.ALREADY_DECIDED, ALREADY, way_out=ALREADY_OUT)
    if not found.peer_away:
        return False
    if not event.give_up:
        sentence = UNREACHED.format(why=found.waits_for)
        raise Refused(Reason.ALREADY_DECIDED, sentence, way_out=UNREACHED_OUT)
    sentence = GIVEN_UP.format(who=person.name, why=found.waits_for)
    move(ctx, found, Happening.LOST, reason=Reason.RUN_LOST, sentence=sentence)
    ctx.changes.audit("following_given_up", actor=person.id, about=found.id, sentence=sentence)
    return True


async def _may(ctx: Context, person: Person, found: Deployment) -> None:
    if person.id == found.requester.id:
        return
    if await authority.may_cancel(ctx, person, policy_of(ctx, found)):
        return
    way_out = NOT_ALLOWED_OUT.format(who=found.requester.name)
    raise Refused(Reason.NOT_ALLOWED_TO_CANCEL, NOT_ALLOWED, way_out=way_out)


async def _is_here(ctx: Context, one: Deployment, channel: str) -> bool:
    """Whether it was asked for here, or its card is here."""
    if channel in (one.channel, one.place.channel):
        return True
    post = await ctx.store.post(f"card/{one.id}")
    return post is not None and post.channel == channel


async def _meant(ctx: Context, event: CancelLive) -> Deployment | str:
    """The deployment, or the id of the release. Raises `Refused`."""
    command = ctx.settings.slack.command()
    if event.number:
        numbered = await ctx.store.numbered(event.number)
        if numbered is None:
            raise Refused(Reason.UNKNOWN_DEPLOYMENT, NO_NUMBER.format(number=event.number))
        return numbered
    if event.service and event.environment:
        live = await ctx.store.live(lane=lane(event.service, event.environment))
    else:
        live = [
            one
            for one in await ctx.store.live()
            if event.service in ("", one.service)
            and event.environment in ("", one.environment)
            and await _is_here(ctx, one, event.place.channel)
        ]
    if not live:
        raise Refused(Reason.UNKNOWN_DEPLOYMENT, NOTHING, way_out=NOTHING_OUT.format(command=command))
    releases = {one.release for one in live}
    if len(live) > 1 and len(releases) == 1 and (release := releases.pop()):
        return release
    if len(live) > 1:
        names = ", ".join(f"#{one.number} {one.service} → {one.environment}" for one in live[:10])
        raise Refused(
            Reason.AMBIGUOUS,
            SEVERAL.format(names=names),
            way_out=SEVERAL_OUT.format(command=command, number=live[-1].number),
        )
    return live[0]
