"""The gate queue: is it its turn."""

from __future__ import annotations

from bot.gates.situation import Situation
from bot.gates.verdict import Outcome, Verdict
from bot.reasons import Reason

GATE = "queue"
RUNNING = "#{number} ({version}) is on its way there now"
BEFORE = "#{number} ({version}) comes first"
PLACE = "; number {place} in the queue"


def queue(so: Situation) -> Verdict:
    if not so.ahead:
        return Verdict(gate=GATE)
    first = so.ahead[0]
    template = RUNNING if first.running else BEFORE
    place = sum(not one.running for one in so.ahead) + 1
    sentence = template.format(number=first.number, version=first.version)
    return Verdict(
        gate=GATE,
        outcome=Outcome.WAIT,
        reason=Reason.LANE_BUSY,
        sentence=sentence + (PLACE.format(place=place) if place > 1 else ""),
        until=max(one.free_at for one in so.ahead) if all(one.free_at for one in so.ahead) else 0.0,
    )
