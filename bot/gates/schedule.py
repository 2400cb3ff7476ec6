"""The gate schedule: has the time come that it is planned for."""

from __future__ import annotations

from bot.gates.situation import Situation
from bot.gates.verdict import Outcome, Verdict
from bot.reasons import Reason

GATE = "schedule"
PLANNED = "planned for {when} ({zone})"
MISSED = (
    "it was planned for {when} ({zone}), and I was not there: somebody has to say whether it still should go"
)


def schedule(so: Situation) -> Verdict:
    words = {"when": so.moment(so.not_before), "zone": so.timezone}
    if so.not_before > so.clock:
        return Verdict(
            gate=GATE,
            outcome=Outcome.WAIT,
            reason=Reason.PLANNED,
            sentence=PLANNED.format(**words),
            until=so.not_before,
        )
    if so.missed:
        return Verdict(
            gate=GATE,
            outcome=Outcome.WAIT,
            reason=Reason.PLAN_MISSED,
            sentence=MISSED.format(**words),
            who=(so.actor, *so.policy.deploy),
        )
    return Verdict(gate=GATE)
