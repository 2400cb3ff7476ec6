"""What went wrong on our own side is brought to an end that people can see: a card not taken, a message set aside."""

from __future__ import annotations

from bot.audit import ENGINE
from bot.deployments import Deployment
from bot.events import (
    Announce,
    AnswerRun,
    CancelFailed,
    CancelRun,
    CardRefused,
    CheckTarget,
    DeploymentEnded,
    DeploymentQueued,
    Event,
    ExpireApproval,
    FollowRun,
    LookAtRun,
    MessageParked,
    PostNote,
    RunGivenUp,
    RunLost,
    RunMissing,
    ShowCard,
    ShowPage,
    StartRun,
    TargetAccepted,
    TargetRefused,
    Tell,
)
from bot.events.rollback import RollBackFailed
from bot.events.verification import ReviewVerification
from bot.lifecycle import State
from bot.ports import Context
from bot.reasons import OUR_FAULTS, Reason
from bot.routing import Router
from bot.words import Bold, Channel, Code, Mention, Note, Words
from handlers.lane import refuse, touch
from handlers.rollback_notes import not_itself

router = Router()

UNSHOWN = "The card can't be shown where it belongs, so nobody could follow or approve it. {why}"
NO_CARD = "I can't show this deployment in "
GOES_ON = " It goes on all the same; its card is in our direct messages."
NOT_CHECKED = "Whether the job would take it could not be found out: {why}"
MAYBE_STARTED = "Whether it was started can't be known, so look at the job before you deploy again: {why}"
NOT_FOLLOWED = "The run can't be followed any more; look at it where it runs: {why}"
NOT_CANCELLED = "the cancel was not sent: {why}"
NOT_ANSWERED = "The question could not be answered: {why}"

BEFORE_THE_RUN = frozenset({State.REQUESTED, State.AWAITING_APPROVAL, State.QUEUED})
STUCK = " failed inside me ({kind}) and is set aside. "
SHOWN_BY = (
    " says why; it is tried anew every {minutes} minutes, and goes on by itself once the cause is gone."
)

AGAIN_AFTER = 600.0
"""Seconds: often enough for a run that has ended meanwhile, seldom enough for a fault that is the same each time."""
SAID = frozenset(one.__name__ for one in (ShowCard, ShowPage, PostNote, Tell, Announce))
"""What is only said: the deployment does not wait for it."""
LAST_WORDS = frozenset({RunGivenUp.__name__, RunLost.__name__, RunMissing.__name__})
"""What is told once: nothing would ever tell it again."""


@router.on(CardRefused)
async def card_refused(event: CardRefused, ctx: Context) -> None:
    """What nobody can see must not wait for approval or its turn; what runs goes on, with its card elsewhere."""
    found = await ctx.store.deployment(event.deployment)
    if found is None:
        return
    goes_on = found.state.holds_lane
    if found.state in BEFORE_THE_RUN:
        refuse(ctx, found, Reason.CHANNEL_UNREACHABLE, UNSHOWN.format(why=event.sentence))
    if found.release:
        # Said once, of all of it.
        return
    words = (NO_CARD, Channel(event.channel), ": ", event.sentence, GOES_ON if goes_on else "")
    ctx.changes.publish(Tell(user=found.told, place=found.place, words=words, deployment=found.id))


@router.on(MessageParked)
async def message_parked(event: MessageParked, ctx: Context) -> None:
    """Nobody will do it by itself any more, so the deployment may not wait for it.

    What a peer refused has told its deployment already. Of a fault of ours people hear in the thread and where operations
    are spoken of; then it ends, or what was set aside is derived anew, again and again.
    """
    found = await ctx.store.deployment(event.deployment)
    if found is None or event.reason not in OUR_FAULTS:
        return
    if event.kind == RollBackFailed.__name__ and found.back_next:
        _queue_goes_on(event, ctx, found)
        return
    if found.state.ended and event.kind != DeploymentEnded.__name__:
        return
    _announce(event, ctx, found)
    if event.kind in {CheckTarget.__name__, TargetAccepted.__name__}:
        fact = TargetRefused(
            deployment=found.id, reason=event.reason, sentence=NOT_CHECKED.format(why=event.sentence)
        )
        ctx.changes.publish(fact, subject=found.lane)
    elif event.kind == StartRun.__name__:
        _lost(ctx, found, MAYBE_STARTED.format(why=event.sentence))
    elif event.kind == FollowRun.__name__:
        _lost(ctx, found, NOT_FOLLOWED.format(why=event.sentence))
    elif event.kind == CancelRun.__name__:
        sentence = NOT_CANCELLED.format(why=event.sentence)
        ctx.changes.publish(
            CancelFailed(deployment=found.id, reason=event.reason, sentence=sentence), subject=found.lane
        )
    elif event.kind == AnswerRun.__name__:
        note = Note(text=(NOT_ANSWERED.format(why=event.sentence),))
        ctx.changes.audit(
            "input_answer_failed",
            actor=ENGINE,
            about=found.id,
            reason=event.reason.value,
            sentence=event.sentence,
        )
        ctx.changes.publish(PostNote(deployment=found.id, name=f"parked-{found.revision}", note=note))
    elif event.kind not in SAID:
        await _go_on(event, ctx, found)


def _announce(event: MessageParked, ctx: Context, found: Deployment) -> None:
    channel = ctx.settings.slack.announce_channel
    if channel is not None and event.kind != Announce.__name__:
        name = f"parked-{event.kind}"
        news = Announce(deployment=found.id, channel=channel, name=name, words=_stuck(event, found))
        ctx.changes.publish(news, id=f"announce/{found.id}/{name}")


def _queue_goes_on(event: MessageParked, ctx: Context, failed: Deployment) -> None:
    """The queue waited for what would become of it: people hear that it is not rolled back by itself."""
    after = touch(ctx, failed, back_next=False)
    not_itself(ctx, after, event.reason, event.sentence)
    ctx.changes.publish(DeploymentQueued(deployment=failed.id), subject=failed.lane)


async def _go_on(event: MessageParked, ctx: Context, found: Deployment) -> None:
    """Derive anew what the message was to bring about, and come back to it until the deployment has gone on."""
    name = f"parked-{event.kind}"
    note = Note(text=(Mention(found.told), ": ", *_stuck(event, found)))
    ctx.changes.publish(PostNote(deployment=found.id, name=name, note=note), id=f"note/{found.id}/{name}")
    # However many are parked of one deployment, there is one next time.
    turn = f"again/{found.id}/{int(ctx.clock.now() // AGAIN_AFTER)}"
    anew = await _anew(event, ctx, found)
    if anew is not None:
        ctx.changes.publish(anew, subject=anew.subject or found.lane, after=AGAIN_AFTER, id=turn)
        ctx.changes.publish(event, subject=found.lane, after=AGAIN_AFTER, id=f"{turn}/parked")


async def _anew(event: MessageParked, ctx: Context, found: Deployment) -> Event | None:
    if event.kind in LAST_WORDS:
        return RunLost(deployment=found.id, sentence=MAYBE_STARTED.format(why=event.sentence))
    if event.kind == ExpireApproval.__name__ and found.approval is not None:
        return ExpireApproval(deployment=found.id, request=found.approval.request)
    if found.back_next:
        return RollBackFailed(deployment=found.id)
    if found.state is State.VERIFYING:
        return ReviewVerification(deployment=found.id, again=True)
    if found.state.holds_lane:
        return LookAtRun(deployment=found.id)
    live = await ctx.store.live(lane=found.lane)
    waiting = next((one for one in live if one.state is State.QUEUED), None)
    return DeploymentQueued(deployment=waiting.id) if waiting else None


def _stuck(event: MessageParked, found: Deployment) -> Words:
    return (
        "A step of ",
        Bold(f"#{found.number} {found.service} {found.version} → {found.environment}"),
        STUCK.format(kind=event.kind),
        Code(f"pilothouse journal show {event.message}"),
        SHOWN_BY.format(minutes=round(AGAIN_AFTER / 60)),
    )


def _lost(ctx: Context, found: Deployment, sentence: str) -> None:
    ctx.changes.publish(RunLost(deployment=found.id, sentence=sentence), subject=found.lane)
