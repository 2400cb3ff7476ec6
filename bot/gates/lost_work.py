"""The gate lost work: would it take away what is live."""

from __future__ import annotations

from bot.gates.situation import Situation
from bot.gates.verdict import Outcome, Verdict
from bot.kinds import Kind
from bot.outgoing import TakenAway
from bot.reasons import Reason

GATE = "lost_work"
REMOVES = "This removes {what}."
OTHER = " It did not when it was asked for."
OUT = "`{command}` says that it is meant."
UNKNOWN = "what goes out is not known: {why}"


def lost_work(so: Situation) -> Verdict:
    found = so.outgoing
    if found is None:
        return Verdict(gate=GATE)
    if not found.known:
        return Verdict(gate=GATE, sentence=UNKNOWN.format(why=found.why))
    if found.takes is None:
        return Verdict(gate=GATE)
    sentence = REMOVES.format(what=found.takes.said())
    if so.kind is Kind.ROLLBACK or (so.removing and unnamed(so) is None):
        return Verdict(gate=GATE, sentence=sentence)
    return Verdict(
        gate=GATE,
        outcome=Outcome.BLOCK,
        reason=Reason.LOST_WORK,
        sentence=sentence + (OTHER if so.removing else ""),
        who=(so.actor,),
        way_out=OUT.format(command=so.again("removing")),
    )


def unnamed(so: Situation) -> TakenAway | None:
    """What it takes away now, when `removing` is said, and not all of that was there to be read when it was; None for nothing."""
    if not so.removing or so.kind is Kind.ROLLBACK or so.outgoing is None or not so.outgoing.known:
        return None
    now = so.outgoing.takes
    covered = now is None or (so.takes_away is not None and so.takes_away.covers(now))
    return None if covered else now
