"""What a card says of what a deployment is let pass by: the glass, and each freeze that an override is for."""

from __future__ import annotations

from bot.deployments import Deployment, PassedFreeze
from bot.gates.freeze import capital
from bot.lifecycle import State
from bot.words import Mention, Part, When, Words

GLASS = "Glass broken by "
IN_SPITE = "In spite of a freeze: "
NONE_NAMED = "• It was asked for while nothing was frozen. A freeze that holds when its turn comes is asked about anew."

BEFORE_ITS_TURN = frozenset({State.REQUESTED, State.AWAITING_APPROVAL, State.QUEUED})


def without(one: Deployment) -> list[Words]:
    """What it goes without, and why."""
    found: list[Words] = []
    if one.broken is not None:
        found.append((GLASS, Mention(one.broken.by), ": ", one.broken.why))
    if one.override:
        found.append((IN_SPITE, one.override))
        found += [_freeze(each) for each in one.passes]
        if not one.passes and one.state in BEFORE_ITS_TURN:
            found.append((NONE_NAMED,))
    return found


def _freeze(one: PassedFreeze) -> Words:
    words: list[Part] = ["• ", capital(one.what)]
    words += [" until ", When(one.until, "date_time")] if one.until else []
    return (*words, *([": ", one.reason] if one.reason else []))
