"""A newer one takes the place of an older one of its kind that still waits in the queue; both people are told."""

from __future__ import annotations

from bot import version_order
from bot.audit import ENGINE
from bot.deployments import Deployment
from bot.errors import Rejected, Unreachable
from bot.events import PostNote
from bot.gates import Outcome, Verdict
from bot.lifecycle import Happening
from bot.ports import Context
from bot.reasons import Reason
from bot.words import Mention, Note
from handlers.aside import HELD, NOBODY_SAYS
from handlers.aside import held as held_now
from handlers.lane import move, place_gone, policy_of
from handlers.situation import Wanted, judged
from handlers.turns import newer_of, waiting_in

TOOK_ITS_PLACE = "#{number} ({version}), asked for by {who}, took its place in the queue"
LOST_APPROVALS = "; its approvals by {who} are void with it"
TAKES_PLACE = ", this takes the place of #{number} ({version}) in the queue, which was asked for by "
KEEPS = frozenset({Reason.LOCKED, Reason.FROZEN})
"""What is held by these was promised its place: only what is known to be newer takes it, when nothing holds that."""


async def supersede(ctx: Context, live: list[Deployment]) -> list[Deployment]:
    """End what something newer takes the place of. Returns what is live without it."""
    queue, now = waiting_in(live), ctx.clock.now()
    held: dict[str, Verdict | None] = {}
    gone = set()
    for old in queue:
        newer = newer_of(old, queue, now) if policy_of(ctx, old).supersede else []
        for new in newer:
            older = await _older(ctx, new, old)
            if older:
                continue
            if new.id not in held:
                held[new.id] = await _held(ctx, new)
            if await _takes_place(ctx, old, held[new.id], known=older is not None):
                _end(ctx, old, new)
                gone.add(old.id)
                break
    return [one for one in live if one.id not in gone]


async def _held(ctx: Context, new: Deployment) -> Verdict | None:
    """What keeps the newer one itself from going, besides its turn."""
    try:
        _, verdicts = await judged(ctx, Wanted.of(new))
    except (Unreachable, Rejected) as away:
        return Verdict(gate="", outcome=Outcome.WAIT, reason=away.reason)
    return next(
        (one for one in verdicts if one.outcome is Outcome.BLOCK or one.reason in HELD | NOBODY_SAYS),
        None,
    )


async def _takes_place(ctx: Context, old: Deployment, held: Verdict | None, *, known: bool) -> bool:
    """What may not go itself must not take the place of what may: only of what is held by the very same.

    `known` says that the newer one's version is no older one.
    """
    own = (await held_now(ctx, [old])).get(old.id)
    if held is None:
        return known or own is None or own.reason not in KEEPS
    if own is None or held.outcome is not Outcome.WAIT:
        return False
    return (held.reason, held.until) == (own.reason, own.until)


async def _older(ctx: Context, new: Deployment, old: Deployment) -> bool | None:
    """Whether what was asked for later is an older version: by the commits where they are known, else by the names.

    None where nobody can tell.
    """
    if new.version == old.version:
        return False
    service = None if place_gone(ctx, new) else ctx.settings.services[new.service]
    if service is not None and service.repository.there and old.digest and new.digest:
        between = await ctx.sources.outgoing(new.service, old.digest, new.digest)
        if between.known and not (between.added_count and between.removed_count):
            return between.removed_count > 0
    return version_order.older(new.version, old.version)


def _end(ctx: Context, old: Deployment, new: Deployment) -> None:
    who = new.requester.name
    sentence = TOOK_ITS_PLACE.format(number=new.number, version=new.version, who=who)
    if old.approval is not None and old.approval.votes:
        sentence += LOST_APPROVALS.format(who=", ".join(vote.name for vote in old.approval.votes))
    if move(ctx, old, Happening.SUPERSEDED, reason=Reason.SUPERSEDED, sentence=f"{sentence}.") is None:
        return
    ctx.changes.audit("superseded", actor=ENGINE, about=old.id, by=new.id, number=new.number)
    if old.requester.id != new.requester.id:
        words = TAKES_PLACE.format(number=old.number, version=old.version)
        note = Note(text=(Mention(new.requester.id), words, Mention(old.requester.id), "."))
        name = f"supersedes-{old.number}"
        ctx.changes.publish(PostNote(deployment=new.id, name=name, note=note), id=f"note/{new.id}/{name}")
