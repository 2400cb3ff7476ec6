"""The gate release: may this part of a release go, before or beside the others."""

from __future__ import annotations

from collections.abc import Sequence

from bot.gates.situation import Situation
from bot.gates.verdict import Outcome, Verdict
from bot.reasons import Reason

GATE = "release"
STOPPED = "the release has stopped: {why}"
UNREADY = "the release starts when every part may: {services} may not yet"
BEHIND = "it comes after {services}"
NAMED = 3
OTHERS = "{first} and {count} others"


def release(so: Situation) -> Verdict:
    part = so.release
    if part is None:
        return Verdict(gate=GATE)
    if part.stopped:
        sentence = STOPPED.format(why=part.stopped)
        return Verdict(gate=GATE, outcome=Outcome.BLOCK, reason=Reason.RELEASE_STOPPED, sentence=sentence)
    for names, template in ((part.unready, UNREADY), (part.behind, BEHIND)):
        if names:
            sentence = template.format(services=_named(names))
            return Verdict(gate=GATE, outcome=Outcome.WAIT, reason=Reason.RELEASE_ORDER, sentence=sentence)
    return Verdict(gate=GATE)


def _named(services: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    more = len(services) - NAMED
    first = ", ".join(services[:NAMED] if more > 1 else services)
    return OTHERS.format(first=first, count=more) if more > 1 else first
