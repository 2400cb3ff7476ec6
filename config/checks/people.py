"""Groups and policies: everybody who is named exists, and every clause can be met."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from config.checks.declared import Declared
from config.checks.slack import TWICE
from config.durations import written
from config.faults import Path, Problem, listed, suggestion
from config.models import EVERYONE, Clause, Policy, Settings, Who, is_chat_group, is_user

_GROUP = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?")

GROUP_FORM = "a to z, 0 to 9, . _ -, not everyone"
MEMBERS = "user ids (U…, W…) and user group ids (S…)"
NOT_ENOUGH = "can never be met: only {known} to choose from"
NOT_TOGETHER = "can never be met together with the clauses above: one person counts for one of them only"
FOUR_EYES = (
    "can never be met with four_eyes: whoever may deploy here is needed as approver, and nobody approves "
    "what he asked for himself"
)
LATE = "would come after the approval expired ({expires})"


def check(settings: Settings, declared: Declared) -> Iterator[Problem]:
    for name, members in settings.groups.items():
        yield from _group(name, members)
    yield from references(("administrators",), settings.administrators, declared)
    for name, policy in settings.policies.items():
        yield from _policy(("policies", name), policy, settings, declared)


def _group(name: str, members: list[str]) -> Iterator[Problem]:
    if not _GROUP.fullmatch(name) or name == EVERYONE:
        yield Problem(path=("groups", name), problem="cannot name a group", allowed=GROUP_FORM, key=True)
    if not members:
        yield Problem(path=("groups", name), problem="has nobody in it")
    for index, member in enumerate(members):
        path = ("groups", name, index)
        if not (is_user(member) or is_chat_group(member)):
            yield Problem(path=path, problem=f'"{member}" is nobody\'s id', allowed=MEMBERS)
        elif member in members[:index]:
            yield Problem(path=path, problem=f'"{member}" {TWICE}')


def _policy(path: Path, policy: Policy, settings: Settings, declared: Declared) -> Iterator[Problem]:
    for field in ("deploy", "break_glass", "cancel", "freeze"):
        yield from references((*path, field), getattr(policy, field), declared)
    if not policy.deploy:
        yield Problem(path=(*path, "deploy"), problem="names nobody, so that nobody could ever deploy")
    yield from _approvals((*path, "approve"), policy.approve, policy, settings, declared)
    yield from _approvals((*path, "rollback_approve"), policy.rollback_approve, policy, settings, declared)
    yield from overriding((*path, "override"), policy.override, settings, declared)
    if policy.approve and policy.reminder is not None and policy.reminder >= policy.expires:
        yield Problem(path=(*path, "remind"), problem=LATE.format(expires=written(policy.expires)))


def _approvals(
    path: Path, clauses: list[Clause] | None, policy: Policy, settings: Settings, declared: Declared
) -> Iterator[Problem]:
    counted: dict[int, Clause] = {}
    for index, clause in enumerate(clauses or ()):
        faulty = list(references((*path, index), clause.of, declared, within=True))
        if not faulty and declared.faulty_groups.isdisjoint(clause.of):
            counted[index] = clause
        yield from faulty
    yield from _clauses(path, counted, policy, settings)


def overriding(
    path: Path, clauses: list[Clause] | None, settings: Settings, declared: Declared
) -> Iterator[Problem]:
    """Clauses that come on top of a policy's own: each alone must be possible; together is asked at the time."""
    for index, clause in enumerate(clauses or ()):
        faulty = list(references((*path, index), clause.of, declared, within=True))
        yield from faulty
        who = settings.who(clause.of)
        sure = not faulty and declared.faulty_groups.isdisjoint(clause.of) and _counted(who)
        if sure and clause.count > len(who.users):
            people = f"{len(who.users)} {'person' if len(who.users) == 1 else 'people'}"
            yield Problem(path=(*path, index), problem=NOT_ENOUGH.format(known=people))


def references(path: Path, who: list[str], declared: Declared, *, within: bool = False) -> Iterator[Problem]:
    """`within`: the references are parts of one text, so that the fault stands at the text."""
    for index, name in enumerate(who):
        at = path if within else (*path, index)
        if name in who[:index]:
            yield Problem(path=at, problem=f'"{name}" {TWICE}')
        elif not (name == EVERYONE or name in declared.groups or is_user(name) or is_chat_group(name)):
            known = [EVERYONE, *declared.groups]
            allowed = f"{listed(known)}, {MEMBERS}"
            yield Problem(path=at, problem=f'"{name}" is no group{suggestion(name, known)}', allowed=allowed)


def _clauses(
    path: Path, clauses: Mapping[int, Clause], policy: Policy, settings: Settings
) -> Iterator[Problem]:
    """Can all of them be met at once, by different people? Each alone is not enough to know."""
    asked = {
        index: (clause.count, who.users)
        for index, clause in clauses.items()
        if _counted(who := settings.who(clause.of))
    }
    for index, (count, users) in asked.items():
        if count > len(users):
            people = f"{len(users)} {'person' if len(users) == 1 else 'people'}"
            yield Problem(path=(*path, index), problem=NOT_ENOUGH.format(known=people))
            return
    short = _unmet(asked)
    if short is not None:
        yield Problem(path=(*path, short), problem=NOT_TOGETHER)
        return
    deployers = settings.who(policy.deploy)
    if not (policy.four_eyes and _counted(deployers) and deployers.users):
        return
    without = [_unmet(asked, without=one) for one in sorted(deployers.users)]
    if None not in without:
        allowed = "a smaller count, more approvers, four_eyes: false"
        yield Problem(path=(*path, without[0] or 0), problem=FOUR_EYES, allowed=allowed)


def _counted(who: Who) -> bool:
    """Whether all of them are listed here; how many others there are is Slack's to say, at the click."""
    return not (who.everyone or who.chat_groups)


def _unmet(asked: Mapping[int, tuple[int, frozenset[str]]], without: str = "") -> int | None:
    """The first clause that people can't be found for, when each person fills one place at most."""
    places = [(index, users - {without}) for index, (count, users) in asked.items() for _ in range(count)]
    sits: dict[str, int] = {}

    def seat(place: int, tried: set[str]) -> bool:
        for person in sorted(places[place][1]):
            if person in tried:
                continue
            tried.add(person)
            if person not in sits or seat(sits[person], tried):
                sits[person] = place
                return True
        return False

    return next((index for place, (index, _) in enumerate(places) if not seat(place, set())), None)
