"""What is on its way already: of two that ask for the same at once, one wins."""

from __future__ import annotations

from collections.abc import Sequence

from bot.deployments import Deployment
from bot.earlier import same
from bot.gates import Situation
from bot.gates.situation import Going
from bot.kinds import Kind
from bot.lifecycle import State

DOING = {
    State.REQUESTED: "being checked",
    State.AWAITING_APPROVAL: "waiting for approval",
    State.QUEUED: "waiting for its turn",
    State.STARTING: "starting",
    State.RUNNING: "running now",
    State.VERIFYING: "being verified",
}
ASKED_BY = "{doing}, asked by {name}"


def going(so: Situation, live: Sequence[Deployment]) -> Going | None:
    """What makes asking again pointless: the very same there, for the same time; for a rollback, any other rollback."""
    back = so.kind is Kind.ROLLBACK
    for one in live:
        if one.kind is Kind.ROLLBACK if back else _same(so, one):
            return Going(
                number=one.number,
                version=one.version,
                doing=ASKED_BY.format(doing=DOING[one.state], name=one.requester.name),
                rollback=one.kind is Kind.ROLLBACK,
                runs=one.state.holds_lane,
            )
    return None


def _same(so: Situation, one: Deployment) -> bool:
    """One that is planned for later is the same only as one for that moment."""
    later = one.not_before if one.not_before > so.clock else 0.0
    asked = so.not_before if so.not_before > so.clock else 0.0
    return later == asked and same(one.version, one.digest, so.version, so.digest)
