"""Preludes: each brings a fresh world into a state where something rare can happen, as people would bring it there."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import strategies as st

from bot.sandbox.slack.harbour import DANA, OLU, SAM, SOFIA
from tests.properties.actions import HOUR, Action, AtOnce, Click, Deploy, Kill, Wait
from tests.properties.actions_moving import Promote, ReleaseThem, RollBack, RollBackByCard
from tests.properties.actions_reading import Agree, Reread, RereadFaulty
from tests.properties.actions_standing import Delegate, Freeze, LockIt, TakeBack, Unfreeze
from tests.properties.configured import BROKEN
from tests.properties.drawn import GLASS, OVER, OVERRIDE, anything

Scene = list[Action]
LEAST, MOST = 6, 12
"""So many actions follow on a scene."""

SERVICE, OTHER = "checkout", "payments"
IN_STAGING: Scene = [Deploy(DANA, SERVICE, "staging", "1.4.0"), OVER]
LIVE: Scene = [Deploy(DANA, SERVICE, "production", "1.4.1"), Click(SAM, "approve"), OVER]
LIVE_ANEW: Scene = [Deploy(DANA, SERVICE, "production", "2.0.0"), Click(SOFIA, "approve"), OVER]
TOGETHER = ReleaseThem(DANA, ((SERVICE, "2.0.0"), (OTHER, "2.1.0")), "production")

SCENES: tuple[Scene, ...] = (
    [],
    # promotion
    [*IN_STAGING, Promote(DANA, SERVICE), Click(SAM, "approve"), OVER],
    [*IN_STAGING, AtOnce(Promote(DANA, SERVICE), Promote(SAM, SERVICE)), Click(SOFIA, "approve")],
    [*IN_STAGING, Deploy(OLU, SERVICE, "staging", "2.0.0"), OVER, Promote(OLU, SERVICE), Kill()],
    [
        Deploy(DANA, "search", "staging", "1.4.0"),
        Deploy(OLU, "search", "production", "2.0.0"),
        OVER,
        Promote(OLU, "search"),
        Click(SAM, "approve"),
        Deploy(SAM, "search", "staging", "2.0.0"),
        OVER,
        RollBack(SAM, "search", "staging"),
        Deploy(OLU, "search", "production", "2.0.0"),
        OVER,
    ],
    # rollback
    [*LIVE, *LIVE_ANEW, RollBack(DANA, SERVICE, "production"), Click(OLU, "approve"), OVER],
    [*LIVE, *LIVE_ANEW, RollBackByCard(SAM), Click(OLU, "approve"), Kill()],
    [
        *IN_STAGING,
        Deploy(DANA, SERVICE, "staging", "2.0.0"),
        OVER,
        Freeze(OLU, ("", "staging"), 3),
        AtOnce(RollBack(DANA, SERVICE, "staging"), RollBack(OLU, SERVICE, "staging")),
    ],
    [
        *IN_STAGING,
        Deploy(DANA, SERVICE, "staging", "2.0.0"),
        OVER,
        Deploy(SAM, SERVICE, "staging", BROKEN),
        OVER,
        LockIt(SAM, (SERVICE, "staging")),
        RollBack(SAM, SERVICE, "staging", "1.4.0"),
    ],
    # releases
    [TOGETHER, AtOnce(Click(SAM, "release_approve"), Click(SOFIA, "release_approve")), OVER, OVER],
    [
        ReleaseThem(OLU, ((SERVICE, "2.0.0"), (OTHER, BROKEN)), "production"),
        Click(SAM, "release_approve"),
        Kill(),
        OVER,
    ],
    [
        LockIt(SAM, (OTHER, "production"), hours=1),
        TOGETHER,
        Click(SOFIA, "release_approve"),
        Wait(HOUR),
        OVER,
        OVER,
    ],
    [
        *IN_STAGING,
        ReleaseThem(DANA, ((SERVICE, "2.0.0"), ("search", BROKEN)), "staging"),
        OVER,
        Click(SAM, "release_back"),
    ],
    # what is frozen, and what goes all the same
    [
        Freeze(SAM, ("", "production"), 2),
        Deploy(DANA, SERVICE, "production", "2.0.0", OVERRIDE),
        AtOnce(Click(OLU, "approve"), Click(SOFIA, "approve")),
        OVER,
    ],
    [
        Freeze(SAM, (SERVICE, "production"), 3),
        *LIVE[:2],
        Deploy(SOFIA, SERVICE, "production", "2.1.0", GLASS),
        Unfreeze(SAM, (SERVICE, "production")),
    ],
    # approving in somebody's place
    [
        Delegate(SAM, DANA, ("", "production"), 2),
        Deploy(OLU, SERVICE, "production", "1.4.0"),
        Click(DANA, "approve"),
        OVER,
    ],
    [
        LockIt(SAM, (SERVICE, "production"), hours=1),
        Delegate(SOFIA, OLU, (SERVICE, "production"), 2),
        Deploy(DANA, SERVICE, "production", "1.4.1"),
        Click(OLU, "approve"),
        TakeBack(SOFIA),
        Wait(HOUR),
    ],
    [
        Reread(1, by_words=False),
        Delegate(SAM, DANA, ("", ""), 3),
        Deploy(OLU, SERVICE, "production", "2.0.0"),
        AtOnce(Click(DANA, "approve"), Click(SAM, "approve")),
        Click(SOFIA, "approve"),
    ],
    # other rules
    [
        Deploy(DANA, SERVICE, "production", "2.0.0"),
        Reread(1, by_words=True),
        Click(SAM, "approve"),
        Reread(0, by_words=False),
        Kill(),
        AtOnce(Agree(SAM), Agree(SOFIA)),
    ],
    [
        Reread(2, by_words=True),
        Deploy(DANA, SERVICE, "production", "1.4.0"),
        Click(SAM, "approve"),
        RereadFaulty(),
        Click(SOFIA, "approve"),
        Click(OLU, "approve"),
        Reread(1, by_words=True),
        Agree(SAM),
        Agree(OLU),
        Agree(SOFIA),
    ],
    # what is planned
    [
        Deploy(DANA, SERVICE, "production", "2.0.0", hours=1),
        Click(SAM, "approve"),
        Kill(1.5 * HOUR),
        Click(DANA, "run_now"),
        Click(SOFIA, "approve"),
    ],
    [
        Deploy(DANA, SERVICE, "staging", "2.0.0", hours=2),
        Deploy(OLU, OTHER, "production", "1.4.0", hours=1),
        Click(SAM, "approve"),
        Wait(HOUR),
        Wait(-30.0),
        Wait(HOUR),
        OVER,
    ],
    [
        replace(TOGETHER, hours=1),
        Click(SAM, "release_approve"),
        Kill(1.5 * HOUR),
        Click(DANA, "release_run_now"),
        Click(SOFIA, "release_approve"),
        OVER,
    ],
    # a clock that is set back
    [*IN_STAGING, Wait(-90.0), Deploy(DANA, SERVICE, "staging", "2.0.0"), OVER, Promote(DANA, SERVICE)],
)


def follows(action: Action, rng: Random) -> Action:
    """What people would do next."""
    sre = rng.choice((SAM, SOFIA))
    match action:
        case Promote() | Deploy(environment="production"):
            return Click(sre, "approve")
        case RollBack(environment="production") | RollBackByCard():
            return Click(OLU, "approve")
        case ReleaseThem(environment="production"):
            return Click(sre, "release_approve")
        case ReleaseThem():
            return Click(sre, rng.choice(("release_cancel", "release_back")))
        case Delegate():
            return Click(action.to, "approve")
        case Reread():
            return Agree(sre)
        case Click() | Deploy() | RollBack():
            return OVER
    return anything(rng)


def history(seed: int) -> list[Action]:
    """One scene, and then anything, half of the time with what usually follows on it. All of it follows from the seed."""
    rng = Random(seed)
    found = [*rng.choice(SCENES)]
    for _ in range(rng.randint(LEAST, MOST)):
        found.append(follows(found[-1], rng) if found and rng.random() < 0.5 else anything(rng))
    return found


HISTORIES: st.SearchStrategy[list[Action]] = st.builds(history, st.integers(0, 2**64 - 1))
"""By a seed, because what Hypothesis draws itself repeats itself too much for so few examples."""
