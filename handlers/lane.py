"""Every change of a deployment goes through here: the state machine decides, the card follows, the audit log hears."""

from __future__ import annotations

from typing import Any

import msgspec

from bot.audit import ENGINE
from bot.deployments import Deployment
from bot.errors import Refused, Rejected, Unreachable
from bot.events import AboutLane, DeploymentEnded, ShowCard, Tell
from bot.events.releases import ShowRelease
from bot.kinds import Kind
from bot.lifecycle import Happening, State, advance
from bot.ports import Context
from bot.reasons import Reason
from bot.words import refusal
from config.models import Clause, Policy
from handlers.failure_lock import leaves_lock, lock_after

CANT_ASK = "Who may do this can't be asked now: {why}"
PAUSE = 5.0
LATER = 0.001
"""Seconds by which a run ends at least later than the one before it in its place, also when a clock was set back in between."""
PATIENCE = 60.0
"""Seconds until it is asked again who may: soon when the chat was away, later when a human has to mend something."""
UNKNOWN = "I don't know that deployment."
UNKNOWN_OUT = "It may belong to another installation; `status` lists what is going on here."


async def known(ctx: Context, id: str) -> Deployment:  # noqa: A002 - the word for it
    """The deployment. Raises `Refused(unknown_deployment)`."""
    found = await ctx.store.deployment(id)
    if found is None:
        raise Refused(Reason.UNKNOWN_DEPLOYMENT, UNKNOWN, way_out=UNKNOWN_OUT)
    return found


def touch(ctx: Context, before: Deployment, **changes: Any) -> Deployment:
    """Change something that is not the state; the card follows."""
    after = msgspec.structs.replace(before, **changes)
    ctx.changes.save(after)
    show = ShowCard(deployment=after.id, revision=before.revision + 1)
    ctx.changes.publish(ShowRelease(release=after.release) if after.release else show)
    return msgspec.structs.replace(after, revision=before.revision + 1)


def move(ctx: Context, before: Deployment, happening: Happening, **changes: Any) -> Deployment | None:
    """Let something happen to a deployment; None (and nothing changed) when it can't happen in its state."""
    state = advance(before.state, happening)
    if state is None:
        return None
    locks = leaves_lock(before, policy_of(ctx, before), state, changes)
    if state.ended:
        changes = {
            "locked": locks,
            "ended_at": ctx.clock.now(),
            "waits": None,
            "waits_for": "",
            "input": None,
            **changes,
        }
        if before.follows:
            changes["ended_at"] = max(changes["ended_at"], before.follows + LATER)
        ended = msgspec.structs.replace(before, state=state, **changes)
        changes["back_next"] = rolls_itself_back(ctx, ended)
    after = touch(ctx, before, state=state, **changes)
    if state.ended:
        assert after.reason is not None, "every end has a reason code"
        ctx.changes.publish(
            DeploymentEnded(deployment=after.id, state=state.value, reason=after.reason), subject=after.lane
        )
        ctx.changes.audit(
            "ended",
            actor=ENGINE,
            about=after.id,
            reason=after.reason.value,
            state=state.value,
            sentence=after.sentence,
        )
    if locks:
        lock_after(ctx, after)
    return after


def rolls_itself_back(ctx: Context, failed: Deployment) -> bool:
    """Whether the policy wants that the engine rolls it back: it ran and failed, and is no rollback itself."""
    if failed.state is not State.FAILED or not failed.started_at or failed.kind is Kind.ROLLBACK:
        return False
    if failed.taken_back is not None or place_gone(ctx, failed):
        return False
    return policy_of(ctx, failed).auto_rollback != "never"


def refuse(
    ctx: Context, found: Deployment, reason: Reason, sentence: str, way_out: str = ""
) -> Deployment | None:
    """No, before anything ran. Who asked hears it alone while there is no card yet, afterwards by a note below it."""
    after = move(ctx, found, Happening.REFUSED, reason=reason, sentence=sentence)
    if after is None:
        return None
    # While it is only requested this answers who asked; afterwards it is the engine that found out.
    actor = found.requester.id if found.state is State.REQUESTED else ENGINE
    ctx.changes.audit("refused", actor=actor, about=found.id, reason=reason.value, sentence=sentence)
    if found.state is State.REQUESTED:
        words = refusal(sentence, way_out)
        ctx.changes.publish(Tell(user=found.told, place=found.place, words=words, deployment=found.id))
    return after


def come_back(ctx: Context, found: Deployment, event: AboutLane, away: Unreachable | Rejected) -> None:
    """Come back to it in a while, without holding up the lane; the card says why it waits."""
    words = CANT_ASK.format(why=away.sentence)
    if (found.waits, found.waits_for) != (away.reason, words):
        touch(ctx, found, waits=away.reason, waits_for=words)
    after = (away.retry_after or PAUSE) if isinstance(away, Unreachable) else PATIENCE
    ctx.changes.publish(event, subject=found.lane, after=after)


def ended_words(state: State) -> str:
    """As a sentence about it goes on: `has failed`, `was aborted`."""
    verb = "has" if state in {State.SUCCEEDED, State.FAILED, State.EXPIRED} else "was"
    return f"{verb} {state.value}"


def place_gone(ctx: Context, found: Deployment) -> bool:
    """Whether the configuration has no such service or environment any more."""
    service = ctx.settings.services.get(found.service)
    return service is None or found.environment not in service.environments


def policy_of(ctx: Context, found: Deployment) -> Policy:
    """The policy that holds for a deployment now.

    When its place left the configuration, only what the deployment itself remembers counts: who was asked to approve,
    else who asked for it; nobody may break the glass.
    """
    if not place_gone(ctx, found):
        return ctx.settings.policy_for(found.service, found.environment)[1]
    asked = found.approval
    return Policy(
        deploy=[found.requester.id],
        approve=[Clause(count=one.count, of=list(one.of)) for one in asked.clauses] if asked else [],
        four_eyes=asked is None or asked.four_eyes,
    )
