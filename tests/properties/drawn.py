"""Histories, at random: a prelude that brings the world into a state where something rare can happen, and then anything."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from bot.sandbox.slack.harbour import DANA, OLU, SAM, SOFIA
from tests.properties.actions import HOUR, Action, AtOnce, Click, Deploy, Kill, Wait
from tests.properties.actions_moving import Promote, ReleaseThem, RollBack, RollBackByCard
from tests.properties.actions_reading import Agree, Reread, RereadFaulty
from tests.properties.actions_standing import Delegate, Freeze, LockIt, TakeBack, Unfreeze, Unlock
from tests.properties.configured import BROKEN, RUN_SECONDS
from tests.properties.model import ENVIRONMENTS
from tests.properties.rules import LEVELS, PEOPLE

PATTERNS = ("1.4.*", "2.*")
OVERRIDE, GLASS = " override because it has to be", " break-glass because it burns"
OVER = Wait(RUN_SECONDS + 5)
LEAST, MOST = 4, 8

people = st.sampled_from(PEOPLE)
guards = st.sampled_from((SAM, SOFIA, SAM, SOFIA, OLU))
services = st.sampled_from(("checkout", "checkout", "checkout", "payments", "payments", "search"))
environments = st.sampled_from(ENVIRONMENTS)
versions = st.sampled_from(("1.4.0", "1.4.1", "2.0.0", "2.1.0", BROKEN))
good = st.sampled_from(("1.4.0", "1.4.1", "2.0.0", "2.1.0"))
scopes = st.tuples(st.sampled_from(("", "checkout", "payments")), environments)
suffixes = st.sampled_from(("", "", "", "", OVERRIDE, GLASS))
hours = st.integers(1, 3)

deploys = st.builds(Deploy, people, services, environments, versions, suffixes)
plans = st.builds(Deploy, people, services, environments, versions, hours=hours)
promotes = st.builds(Promote, people, services, suffixes)
back = st.builds(RollBack, people, services, environments, st.sampled_from(("", "", "1.4.0", "2.0.0")))
by_card = st.builds(RollBackByCard, people, st.integers(0, 2))
releases = st.builds(
    ReleaseThem,
    people,
    st.one_of(
        st.tuples(st.tuples(st.just("checkout"), versions), st.tuples(st.just("payments"), versions)),
        st.tuples(st.tuples(st.just("checkout"), good), st.tuples(st.just("search"), versions)),
    ),
    environments,
)
locks = st.builds(
    LockIt,
    people,
    scopes,
    st.sampled_from(("", "", *PATTERNS)),
    st.sampled_from((False, False, True)),
    st.sampled_from((0, 1, 3)),
)
freezes = st.builds(Freeze, people, scopes, hours)
delegations = st.builds(
    Delegate,
    guards,
    people,
    st.sampled_from((("", ""), ("", "production"), ("checkout", "production"), ("payments", ""))),
    hours,
)
rereads = st.builds(Reread, st.sampled_from(range(len(LEVELS))), st.booleans())
waits = st.builds(Wait, st.sampled_from((45.0, 45.0, 45.0, 600.0, HOUR, 2 * HOUR, -30.0)))
kills = st.builds(Kill, st.sampled_from((0.0, 0.0, 0.0, 1.5 * HOUR)))


def clicks(action: str, who: st.SearchStrategy[str] = people) -> st.SearchStrategy[Action]:
    return st.builds(Click, who, st.just(action), st.sampled_from((0, 0, 1, 2)))


approvals = clicks("approve", guards)


def at_once(first: st.SearchStrategy[Action], second: st.SearchStrategy[Action]) -> st.SearchStrategy[Action]:
    return st.builds(AtOnce, first, second)


def _two_of_one(kind: st.SearchStrategy[Action], *, by: tuple[str, str]) -> st.SearchStrategy[Action]:
    """The very same by two people."""
    return kind.map(lambda one: AtOnce(replace(one, who=by[0]), replace(one, who=by[1])))


TWO = st.one_of(
    _two_of_one(locks, by=(SAM, SOFIA)),
    _two_of_one(promotes, by=(DANA, SAM)),
    _two_of_one(back, by=(DANA, OLU)),
    _two_of_one(releases, by=(DANA, OLU)),
    st.builds(
        lambda place: AtOnce(Click(SAM, "approve", place), Click(SOFIA, "approve", place)), st.integers(0, 1)
    ),
    at_once(st.builds(LockIt, st.just(SAM), scopes), deploys),
    at_once(approvals, st.builds(LockIt, st.just(SOFIA), scopes)),
    at_once(clicks("approve", st.just(SAM)), clicks("cancel", st.just(DANA))),
    at_once(st.builds(Freeze, st.just(SOFIA), scopes, hours), promotes),
)

ACTIONS: st.SearchStrategy[Action] = st.one_of(
    deploys,
    deploys,
    plans,
    promotes,
    back,
    by_card,
    releases,
    TWO,
    TWO,
    approvals,
    approvals,
    approvals,
    clicks("release_approve", guards),
    clicks("cancel"),
    clicks("release_cancel"),
    clicks("release_back"),
    clicks("run_now"),
    locks,
    st.builds(Unlock, people, scopes),
    freezes,
    st.builds(Unfreeze, people, scopes),
    delegations,
    st.builds(TakeBack, guards),
    rereads,
    st.just(RereadFaulty()),
    st.builds(Agree, guards),
    waits,
    waits,
    kills,
    kills,
)
