"""What went wrong on our own side is brought to an end that people can see: a card not taken, a message set aside."""

from __future__ import annotations

from bot.audit import ENGINE
from bot.deployments import Deployment
from bot.events import (
    AnswerRun,
    CancelFailed,
    CancelRun,
    CardRefused,
    CheckTarget,
    FollowRun,
    MessageParked,
    PostNote,
    RunLost,
    StartRun,
    TargetRefused,
    Tell,
)
from bot.lifecycle import State
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.words import Channel, Note
from handlers.lane import refuse

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
OURS = frozenset({Reason.HANDLER_FAILED, Reason.HANDLER_MISSING, Reason.MESSAGE_UNREADABLE})
"""Faults of ours; what a peer refused has told its deployment already."""


@router.on(CardRefused)
async def card_refused(event: CardRefused, ctx: Context) -> None:
    """What nobody can see must not wait for approval or its turn; what runs goes on, with its card elsewhere."""
    found = await ctx.store.deployment(event.deployment)
    if found is None:
        return
    goes_on = found.state.holds_lane
    if found.state in BEFORE_THE_RUN:
        refuse(ctx, found, Reason.CHANNEL_UNREACHABLE, UNSHOWN.format(why=event.sentence))
    words = (NO_CARD, Channel(event.channel), ": ", event.sentence, GOES_ON if goes_on else "")
    ctx.changes.publish(Tell(user=found.requester.id, place=found.place, words=words, deployment=found.id))


@router.on(MessageParked)
async def message_parked(event: MessageParked, ctx: Context) -> None:
    """Nobody will do it by itself any more, so the deployment may not wait for it."""
    found = await ctx.store.deployment(event.deployment)
    if found is None or found.state.ended or event.reason not in OURS:
        return
    if event.kind == CheckTarget.__name__:
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


def _lost(ctx: Context, found: Deployment, sentence: str) -> None:
    ctx.changes.publish(RunLost(deployment=found.id, sentence=sentence), subject=found.lane)
