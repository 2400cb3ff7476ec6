"""What people do, at random: each kind of action with how often it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from bot.sandbox.slack.harbour import DANA, OLU, SAM, SOFIA
from tests.properties.actions import HOUR, Action, AtOnce, Click, Deploy, Kill, Wait
from tests.properties.actions_moving import Promote, ReleaseThem, RollBack, RollBackByCard
from tests.properties.actions_reading import Agree, Reread, RereadFaulty
from tests.properties.actions_standing import Delegate, Freeze, LockIt, TakeBack, Unfreeze, Unlock
from tests.properties.configured import BROKEN, RUN_SECONDS
from tests.properties.model import ENVIRONMENTS, Scope
from tests.properties.rules import LEVELS, PEOPLE

Draw = Callable[[Random], Action]

GUARDS = (SAM, SOFIA, SAM, SOFIA, OLU)
SERVICES = ("checkout", "checkout", "checkout", "payments", "payments", "search", "search")
GOOD = ("1.4.0", "1.4.1", "2.0.0", "2.1.0")
VERSIONS = (*GOOD, BROKEN)
PATTERNS = ("", "", "1.4.*", "2.*")
OVERRIDE, GLASS = " override because it has to be", " break-glass because it burns"
SUFFIXES = ("", "", "", "", OVERRIDE, GLASS)
LENT: tuple[Scope, ...] = (("", ""), ("", "production"), ("checkout", "production"), ("payments", ""))
OVER = Wait(RUN_SECONDS + 5)
TIMES = (OVER.seconds, OVER.seconds, OVER.seconds, 600.0, HOUR, 2 * HOUR, -30.0, -90.0)
AWAY = (0.0, 0.0, 0.0, 1.5 * HOUR)


def deploys(rng: Random) -> Deploy:
    version, suffix = rng.choice(VERSIONS), rng.choice(SUFFIXES)
    return Deploy(_who(rng), rng.choice(SERVICES), rng.choice(ENVIRONMENTS), version, suffix)


def plans(rng: Random) -> Deploy:
    where = rng.choice(ENVIRONMENTS)
    return Deploy(_who(rng), rng.choice(SERVICES), where, rng.choice(GOOD), hours=rng.randint(1, 3))


def promotes(rng: Random) -> Promote:
    return Promote(_who(rng), rng.choice(SERVICES), rng.choice(SUFFIXES))


def rolls_back(rng: Random) -> RollBack:
    to = rng.choice(("", "", "1.4.0", "2.0.0"))
    return RollBack(_who(rng), rng.choice(SERVICES), rng.choice(ENVIRONMENTS), to)


def by_card(rng: Random) -> RollBackByCard:
    return RollBackByCard(_who(rng), rng.choice((0, 0, 1, 2)))


def releases(rng: Random) -> ReleaseThem:
    other = rng.choice(("payments", "payments", "search", "search"))
    parts = (("checkout", rng.choice(GOOD)), (other, rng.choice(VERSIONS)))
    suffix, later = rng.choice(("", "", "", "", OVERRIDE)), rng.choice((0, 0, 0, 0, 1))
    return ReleaseThem(_who(rng), parts, rng.choice(ENVIRONMENTS), suffix, later)


def locks(rng: Random) -> LockIt:
    return LockIt(_who(rng), _scope(rng), rng.choice(PATTERNS), rng.random() < 0.3, rng.choice((0, 1, 3)))


def unlocks(rng: Random) -> Unlock:
    return Unlock(_who(rng), _scope(rng))


def freezes(rng: Random) -> Freeze:
    return Freeze(_who(rng), _scope(rng), rng.randint(1, 3))


def unfreezes(rng: Random) -> Unfreeze:
    return Unfreeze(_who(rng), _scope(rng))


def delegates(rng: Random) -> Delegate:
    return Delegate(rng.choice(GUARDS), _who(rng), rng.choice(LENT), rng.randint(1, 3))


def takes_back(rng: Random) -> TakeBack:
    return TakeBack(rng.choice(GUARDS))


def rereads(rng: Random) -> Action:
    if rng.random() < 0.2:
        return RereadFaulty()
    return Reread(rng.randrange(len(LEVELS)), by_words=rng.random() < 0.5)


def agrees(rng: Random) -> Agree:
    return Agree(rng.choice(GUARDS))


def waits(rng: Random) -> Wait:
    return Wait(rng.choice(TIMES))


def kills(rng: Random) -> Kill:
    return Kill(rng.choice(AWAY))


def clicks(action: str, who: tuple[str, ...] = PEOPLE) -> Draw:
    return lambda rng: Click(rng.choice(who), action, rng.choice((0, 0, 1, 2)))


def twice(draw: Callable[[Random], Any], first: str, second: str) -> Draw:
    """The very same by two people at once."""

    def both(rng: Random) -> AtOnce:
        one = draw(rng)
        return AtOnce(replace(one, who=first), replace(one, who=second))

    return both


def beside(first: Draw, second: Draw) -> Draw:
    return lambda rng: AtOnce(first(rng), second(rng))


def twice_read(rng: Random) -> AtOnce:
    """The same file, by words and by a signal."""
    level = rng.randrange(len(LEVELS))
    return AtOnce(Reread(level, by_words=True), Reread(level, by_words=False))


AT_ONCE: tuple[Draw, ...] = (
    twice(locks, SAM, SOFIA),
    twice(promotes, DANA, SAM),
    twice(rolls_back, DANA, OLU),
    twice(releases, DANA, OLU),
    twice(clicks("approve"), SAM, SOFIA),
    twice(clicks("release_approve"), SAM, SOFIA),
    twice(delegates, SAM, SOFIA),
    beside(locks, deploys),
    beside(clicks("approve", GUARDS), locks),
    beside(clicks("approve", (SAM,)), clicks("cancel", (DANA,))),
    beside(clicks("approve", (SOFIA,)), lambda rng: Reread(rng.randrange(len(LEVELS)), by_words=True)),
    beside(freezes, promotes),
    twice_read,
)


def at_once(rng: Random) -> Action:
    return rng.choice(AT_ONCE)(rng)


ACTIONS: tuple[tuple[Draw, int], ...] = (
    (deploys, 4),
    (plans, 1),
    (promotes, 2),
    (rolls_back, 2),
    (by_card, 1),
    (releases, 2),
    (at_once, 4),
    (clicks("approve", GUARDS), 6),
    (clicks("release_approve", GUARDS), 2),
    (clicks("cancel"), 1),
    (clicks("release_cancel"), 1),
    (clicks("release_back"), 1),
    (clicks("run_now"), 1),
    (clicks("release_run_now"), 1),
    (locks, 1),
    (unlocks, 1),
    (freezes, 1),
    (unfreezes, 1),
    (delegates, 1),
    (takes_back, 1),
    (rereads, 1),
    (agrees, 1),
    (waits, 5),
    (kills, 2),
)


def anything(rng: Random) -> Action:
    draw = rng.choices([one for one, _ in ACTIONS], [often for _, often in ACTIONS])[0]
    return draw(rng)


def _who(rng: Random) -> str:
    return rng.choice(PEOPLE)


def _scope(rng: Random) -> Scope:
    return rng.choice(("", "checkout", "checkout", "payments")), rng.choice(ENVIRONMENTS)
