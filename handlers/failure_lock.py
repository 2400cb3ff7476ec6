"""A deployment that failed locks its place, where the policy says so, in the very transaction in which it fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.audit import ENGINE
from bot.deployments import Deployment
from bot.events import PostNote
from bot.kinds import Kind
from bot.lifecycle import State
from bot.ports import Context
from bot.reasons import Reason
from bot.standing import Lock
from bot.standing.locks import failure_lock
from bot.words import Bold, Note
from config.models import Policy
from handlers.lock_changes import stand
from handlers.lock_words import release

FAILED = "#{number} ({version}) {state}; somebody has to look at it first"
SAYS = {State.FAILED: "failed", State.ABORTED: "was aborted outside of Slack", State.LOST: "was lost"}
LOCKS = " is locked now, because this {state}. Unlock it when you have looked at it; a rollback may go all the same."


def leaves_lock(before: Deployment, policy: Policy, state: State, changes: Mapping[str, Any]) -> bool:
    """Whether what may have run has left its place in a state that somebody has to look at.

    A rollback that fails does so without a policy. Whoever cancelled a run, or gave up following it, knows of it.
    """
    begun = before.started_at or changes.get("started_at") or before.maybe_started
    begun = begun or (state is State.LOST and before.ref)
    wanted = policy.lock_on_failure or before.kind is Kind.ROLLBACK
    if not (wanted and begun) or state not in SAYS or before.cancelled_by:
        return False
    return changes.get("reason") is not Reason.CANCELLED


def lock_after(ctx: Context, failed: Deployment) -> None:
    """The lock, which belongs to nobody, and a word in the thread, where its end mentions who has to know."""
    lock = Lock(
        id=failure_lock(failed.id),
        service=failed.service,
        environment=failed.environment,
        owner=ENGINE,
        made_at=ctx.clock.now(),
        reason=FAILED.format(number=failed.number, version=failed.version, state=SAYS[failed.state]),
        deployment=failed.id,
    )
    stand(ctx, lock)
    ctx.changes.audit(
        "lock_given", actor=ENGINE, about=lock.id, scope=lock.scope, why=lock.reason, deployment=failed.id
    )
    said = (Bold(lock.scope), LOCKS.format(state=SAYS[failed.state]))
    note = Note(text=said, buttons=(release(lock),))
    ctx.changes.publish(
        PostNote(deployment=failed.id, name="locked", note=note), id=f"note/{failed.id}/locked"
    )
