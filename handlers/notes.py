"""Replies in a card's thread, for what people must notice: an edit of the card notifies nobody."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from bot.approvals import describe, missing
from bot.deployments import Clause, Deployment
from bot.events import (
    Announce,
    ApprovalRequested,
    ApprovalVoided,
    DeploymentEnded,
    GlassBroken,
    InputRequested,
    PostNote,
    Tell,
)
from bot.lifecycle import State
from bot.ports import Context
from bot.routing import Router
from bot.words import Bold, Channel, Link, Mention, Note, Part, Words
from config.models import EVERYONE, is_chat_group, is_user
from handlers import going_out
from handlers.card_view import STATES, duration
from handlers.delegates import delegates
from handlers.input_view import input_buttons

router = Router()

PEOPLE_MENTIONED_MOST = 10
QUIET_ENDS = frozenset({State.REFUSED, State.SUPERSEDED})
ASKS = " wants to deploy "
BACK = " wants to roll back "
REMINDS = "Still waiting for approval: "
ESCALATED = "This still waits for approval, and nobody has decided: "
ADDED = "You may approve this as well now, because it still waits: "
VOID = "The approvals are void, because this changed:"
GLASS = "The glass was broken for "
UNANNOUNCED = "This could not be announced in "
CANCEL_FAILED = ", the run could not be cancelled: "


@router.on(ApprovalRequested)
async def approval_requested(event: ApprovalRequested, ctx: Context) -> None:
    """Mention those who have to act, once, where the card is."""
    found = await ctx.store.deployment(event.deployment)
    if found is None or found.approval is None:
        return
    text: Words = (
        *_approvers(ctx, found),
        *await delegates(ctx, found),
        Mention(found.requester.id),
        *_wants(found),
        *(part for line in going_out.long(found.outgoing) for part in ("\n", *line)),
    )
    _note(ctx, found, f"approval-{event.request}", Note(text=text))


def _wants(found: Deployment) -> Words:
    back = found.rolls_back
    if back is None:
        return (ASKS, Bold(f"{found.service} {found.version}"), f" to {found.environment}.")
    return (BACK, Bold(found.service), f" in {found.environment} from {back.version} to {found.version}.")


@router.on(ApprovalVoided)
async def approval_voided(event: ApprovalVoided, ctx: Context) -> None:
    found = await ctx.store.deployment(event.deployment)
    if found is None:
        return
    text: Words = (Mention(found.told), ": ", VOID, *(f"\n• {change}" for change in event.changes))
    _note(ctx, found, f"voided-{event.request}", Note(text=text))


@router.on(GlassBroken)
async def glass_broken(event: GlassBroken, ctx: Context) -> None:
    """Announced to everybody: in the thread, in the channel, and where the configuration says."""
    found = await ctx.store.deployment(event.deployment)
    if found is None:
        return
    what = f"{found.service} {found.version} → {found.environment}"
    text: Words = (GLASS, Bold(what), " by ", Mention(event.by), ": ", event.why)
    channel = ctx.settings.slack.announce_channel
    # After a void the glass may be broken once more, and that is announced again.
    name = f"glass-{hashlib.blake2s(ctx.message.encode(), digest_size=6).hexdigest()}"
    _note(ctx, found, name, Note(text=text, broadcast=channel != found.channel))
    if channel:
        announcement = Announce(deployment=found.id, channel=channel, name=name, words=text)
        ctx.changes.publish(announcement, id=f"announce/{found.id}/{name}")


@router.on(InputRequested)
async def input_requested(event: InputRequested, ctx: Context) -> None:
    found = await ctx.store.deployment(event.deployment)
    if found is None:
        return
    asks: list[Part] = [Mention(found.told), ", the run asks: ", event.question.message]
    if event.question.parameters and found.ref is not None and found.ref.url:
        asks += [" It wants values, so answer it ", Link("where it runs", found.ref.url), "."]
    # The part of a release has no card of its own, so what can be clicked is here.
    buttons = input_buttons(found.id, event.question) if found.release else ()
    _note(ctx, found, f"input-{event.question.id}", Note(text=tuple(asks), buttons=buttons))


@router.on(DeploymentEnded)
async def ended(event: DeploymentEnded, ctx: Context) -> None:
    """Tell who asked when it did not end well, with the failing stage and the last lines of the log."""
    found = await ctx.store.deployment(event.deployment)
    if found is None or _told_already(found):
        return
    log = "\n".join(found.log_tail)
    if found.state is State.SUCCEEDED:
        if found.stages or log:
            _note(ctx, found, "end", Note(text=_steps(found), preformatted=log))
        return
    word = STATES[found.state][1].lower()
    text: list[Part] = [
        Mention(found.told),
        f": {found.service} {found.version} → {found.environment} ",
    ]
    text += [Bold(word), ". ", found.sentence]
    if found.ref is not None and found.ref.url:
        text += [" ", Link("Open the run", found.ref.url)]
    _note(ctx, found, "end", Note(text=tuple(text), preformatted=log))


def _told_already(found: Deployment) -> bool:
    """Whether who asked knows: he did it himself, or was told when there was no card yet."""
    if found.state is State.CANCELLED:
        return found.cancelled_by == found.requester.id
    return found.state in QUIET_ENDS and not (found.approval or found.queued_at)


async def remind(ctx: Context, found: Deployment, count: int) -> None:
    """Mention those whose approval is still missing once more."""
    what = f"{found.service} {found.version} → {found.environment}"
    assert found.approval is not None
    note = Note(text=(*_approvers(ctx, found), *await delegates(ctx, found), REMINDS, Bold(what)))
    _note(ctx, found, f"reminder-{found.approval.request}-{count}", note)


def escalated(ctx: Context, found: Deployment, who: Iterable[str], number: int) -> None:
    """Tell others that it still waits."""
    _rung(ctx, found, who, ESCALATED, f"told-{number}")


def added(ctx: Context, found: Deployment, who: Iterable[str], number: int) -> None:
    """Tell those who may approve from now on."""
    _rung(ctx, found, who, ADDED, f"added-{number}")


def _rung(ctx: Context, found: Deployment, who: Iterable[str], says: str, name: str) -> None:
    approval = found.approval
    assert approval is not None, "only what waits for approval has a ladder"
    what = f"{found.service} {found.version} → {found.environment}"
    people = mentions(ctx, [Clause(count=1, of=tuple(who))], but="")
    still = f", {describe(missing(approval.clauses, approval.votes))} needed."
    _note(ctx, found, f"{name}-{approval.request}", Note(text=(*people, says, Bold(what), still)))


def plan_missed(ctx: Context, found: Deployment, sentence: str) -> None:
    """Ask who asked, in the thread: nobody else knows whether it still should go."""
    note = Note(text=(Mention(found.told), ", ", sentence, "."))
    _note(ctx, found, f"missed-{int(found.not_before)}", note)


def cancel_failed(ctx: Context, found: Deployment, sentence: str) -> None:
    who = Mention(found.cancelled_by or found.told)
    note = Note(text=(who, CANCEL_FAILED, sentence))
    _note(ctx, found, f"cancel-{found.revision}", note)


def unannounced(
    ctx: Context, found: Deployment, event: Announce, why: str
) -> list[tuple[str, PostNote | Tell]]:
    """Who asked and who would have approved hear that an announcement was refused, each with its subject."""
    said = not_announced(event, why)
    clauses = found.approval.clauses if found.approval else _clauses(ctx, found)
    people = [Mention(found.told), " ", *mentions(ctx, clauses, but=found.requester.id)]
    note = PostNote(deployment=found.id, name=f"unannounced-{event.name}", note=Note(text=(*people, *said)))
    tell = Tell(user=found.told, place=found.place, words=said, deployment=found.id)
    return [(note.subject, note), (tell.subject, tell)]


def not_announced(event: Announce, why: str) -> Words:
    """What is said instead where an announcement was refused."""
    channel: Part = event.channel if event.channel.startswith("#") else Channel(event.channel)
    return (UNANNOUNCED, channel, ": ", why, " — ", *event.words)


def _clauses(ctx: Context, found: Deployment) -> tuple[Clause, ...]:
    """Who would be asked now, for what nobody was asked about."""
    policy = ctx.settings.policies.get(found.policy)
    wanted = policy.approve if policy else []
    return tuple(Clause(count=clause.count, of=tuple(clause.of)) for clause in wanted)


def _steps(found: Deployment) -> Words:
    if not found.stages:
        return (f"It took {duration(found.took)}. The end of its log:",)
    steps = ", ".join(f"{stage.name} {duration(stage.seconds)}" for stage in found.stages)
    return (f"It took {duration(found.took)}: {steps}.",)


def _approvers(ctx: Context, found: Deployment) -> list[Part]:
    """Mentions of those whose approval is missing; nobody when it is everyone."""
    assert found.approval is not None
    open_clauses = missing(found.approval.clauses, found.approval.votes)
    return mentions(ctx, open_clauses, but=found.requester.id if found.approval.four_eyes else "")


def mentions(ctx: Context, clauses: Iterable[Clause], *, but: str) -> list[Part]:
    """Mentions of everybody whom these clauses name, but one; groups of the chat as groups."""
    ids: list[str] = []
    for clause in clauses:
        for reference in clause.of:
            ids += ctx.settings.groups.get(reference, [reference])
    unique = [
        one
        for one in dict.fromkeys(ids)
        if one not in {EVERYONE, but} and (is_user(one) or is_chat_group(one))
    ]
    parts: list[Part] = []
    for one in unique[:PEOPLE_MENTIONED_MOST]:
        parts += [Mention(one, group=is_chat_group(one)), " "]
    return parts


def _note(ctx: Context, found: Deployment, name: str, note: Note) -> None:
    ctx.changes.publish(PostNote(deployment=found.id, name=name, note=note), id=f"note/{found.id}/{name}")
