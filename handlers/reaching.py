"""Reaching the driver of a deployment, and what its lane hears when it can't be used."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from bot.deployments import Deployment, RunRecord
from bot.errors import Rejected, Unreachable
from bot.events import RunDelayed
from bot.ports import Context, Runs
from bot.reasons import Reason

T = TypeVar("T")

PATIENCE = 30.0
LAPSE = 30.0
"""Seconds: a run that was not looked at for longer than usual by this much was not followed meanwhile."""
MENDABLE = frozenset(
    {
        Reason.CREDENTIALS_WRONG,
        Reason.PERMISSION_MISSING,
        Reason.PEER_BROKEN,
        Reason.ANSWER_UNREADABLE,
        Reason.JOB_MISSING,
    }
)
"""What a human can mend without anything having happened to the run meanwhile; a job may be only unreadable."""
NO_DRIVER = "No driver is called {driver} in the configuration any more."


def driver_of(ctx: Context, found: Deployment) -> Runs:
    driver = ctx.runs.get(found.target.driver)
    if driver is None:
        raise Rejected(Reason.JOB_MISSING, NO_DRIVER.format(driver=found.target.driver))
    return driver


def looked_lately(ctx: Context, record: RunRecord) -> bool:
    """Whether a run is followed without a gap until now: a server that was down has not looked."""
    return ctx.clock.now() - record.looked_at <= ctx.settings.following.at_most + LAPSE


async def reach(found: Deployment, call: Awaitable[T]) -> T:
    """Call the driver; when it can't be reached, the lane hears why."""
    try:
        return await call
    except Unreachable as away:
        raise heard(found, away) from away


def heard(found: Deployment, away: Unreachable) -> Unreachable:
    """The same failure, carrying the fact for the card, unless the card says so already."""
    told = found.waits is away.reason and found.waits_for == away.sentence
    if told and (found.maybe_started or not away.maybe_done):
        return away
    fact = RunDelayed(
        deployment=found.id, reason=away.reason, sentence=away.sentence, maybe_started=away.maybe_done
    )
    return Unreachable(
        away.reason,
        away.sentence,
        retry_after=away.retry_after,
        maybe_done=away.maybe_done,
        facts=[(found.lane, fact)],
    )


def mendable(found: Deployment, no: Rejected) -> Unreachable:
    """The run may be there all the same, and a human can mend this: try again after a while, and say why on the card."""
    return heard(found, Unreachable(no.reason, no.sentence, retry_after=PATIENCE))


def since(found: Deployment) -> float:
    """When a start was first asked for: older runs need not be looked at to find its own."""
    return found.start_asked_at or found.requested_at
