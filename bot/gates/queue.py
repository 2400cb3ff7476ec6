"""The gate queue: is it its turn; and is the very same on its way already."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bot.gates.situation import Ahead, Going, Situation
from bot.gates.verdict import Outcome, Verdict
from bot.kinds import Kind
from bot.reasons import Reason

GATE = "queue"
RUNNING = "#{number} ({version}) is on its way there now"
BEFORE = "#{number} ({version}) comes first"
GOES_BACK = "#{number} goes back to {version} first, and waits for approval"
PLACE = "; number {place} in the queue"
GOES_FIRST = "; a rollback goes before whatever else waits"
GOING = "{service} {version} is on its way to {environment} already: #{number}, {doing}."
GOING_OUT = "`{command} why {service} {environment}` says what it waits for."
RUNS_OUT = "Ask again when it has ended, if it is to run once more."
GOING_BACK = "{service} goes back to {version} in {environment} already: #{number}, {doing}."
GOING_BACK_OUT = "`{command} cancel #{number}` takes that back first."


def queue(so: Situation) -> Verdict:
    if so.going is not None and (so.going.runs or not so.goes_without):
        return _going(so, so.going)
    if not so.ahead:
        return Verdict(gate=GATE)
    found = in_line(so.ahead, so.kind)
    return Verdict(
        gate=GATE,
        outcome=Outcome.WAIT,
        reason=Reason.LANE_BUSY,
        sentence=found.sentence,
        # Nothing starts before its own moment, however early the place is free.
        until=max(found.expected, so.now) if found.expected else 0.0,
    )


class InLine(msgspec.Struct, frozen=True, kw_only=True):
    """A place in the queue, 1 for the next; `expected` is when it starts if all before it take as long as usual, 0 unknown."""

    sentence: str
    place: int
    expected: float = 0.0


def in_line(ahead: Sequence[Ahead], kind: Kind) -> InLine:
    """What is so for whoever comes behind these, of whom there is at least one; `kind` is his own."""
    first = ahead[0]
    template = RUNNING if first.running else GOES_BACK if first.asks else BEFORE
    place = sum(not one.running and not one.asks for one in ahead) + 1
    sentence = template.format(number=first.number, version=first.version)
    if kind is Kind.ROLLBACK:
        sentence += GOES_FIRST
    return InLine(
        sentence=sentence + (PLACE.format(place=place) if place > 1 else ""),
        place=place,
        expected=max(one.free_at for one in ahead) if all(one.free_at for one in ahead) else 0.0,
    )


def _going(so: Situation, going: Going) -> Verdict:
    """Of two that ask for the same at once one wins, and the other is told."""
    words = {"service": so.service, "environment": so.environment, "command": so.command}
    told = {"version": going.version, "number": going.number, "doing": going.doing}
    template, out = (GOING_BACK, GOING_BACK_OUT) if going.rollback else (GOING, GOING_OUT)
    if going.runs and not going.rollback:
        out = RUNS_OUT
    return Verdict(
        gate=GATE,
        outcome=Outcome.BLOCK,
        reason=Reason.ALREADY_GOING,
        sentence=template.format(**words, **told),
        way_out=out.format(**words, **told),
    )
