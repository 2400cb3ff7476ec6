"""Groups and policies: everybody who is named exists, and every clause can be met."""

from __future__ import annotations

import re
from collections.abc import Iterator

from config.checks.declared import Declared
from config.checks.slack import TWICE
from config.durations import written
from config.faults import Path, Problem, listed, suggestion
from config.models import EVERYONE, Clause, Policy, Settings, Who, is_chat_group, is_user

_GROUP = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?")

GROUP_FORM = "a to z, 0 to 9, . _ -, not everyone"
MEMBERS = "user ids (U…, W…) and user group ids (S…)"
NOT_ENOUGH = "can never be met: only {known} to choose from"
FOUR_EYES = (
    "can never be met with four_eyes: whoever may deploy here is needed as approver, and nobody approves "
    "what he asked for himself"
)
LATE = "would come after the approval expired ({expires})"


def check(settings: Settings, declared: Declared) -> Iterator[Problem]:
    for name, members in settings.groups.items():
        yield from _group(name, members)
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
    for field in ("deploy", "break_glass", "cancel"):
        yield from _references((*path, field), getattr(policy, field), declared)
    if not policy.deploy:
        yield Problem(path=(*path, "deploy"), problem="names nobody, so that nobody could ever deploy")
    for index, clause in enumerate(policy.approve):
        faulty = list(_references((*path, "approve", index), clause.of, declared, within=True))
        if not faulty and declared.faulty_groups.isdisjoint(clause.of):
            yield from _clause((*path, "approve", index), clause, policy, settings)
        yield from faulty
    if policy.approve and policy.remind is not None and policy.remind >= policy.expires:
        yield Problem(path=(*path, "remind"), problem=LATE.format(expires=written(policy.expires)))


def _references(path: Path, who: list[str], declared: Declared, *, within: bool = False) -> Iterator[Problem]:
    """`within`: the references are parts of one text, so that the fault stands at the text."""
    for index, name in enumerate(who):
        at = path if within else (*path, index)
        if name in who[:index]:
            yield Problem(path=at, problem=f'"{name}" {TWICE}')
        elif not (name == EVERYONE or name in declared.groups or is_user(name) or is_chat_group(name)):
            known = [EVERYONE, *declared.groups]
            allowed = f"{listed(known)}, {MEMBERS}"
            yield Problem(path=at, problem=f'"{name}" is no group{suggestion(name, known)}', allowed=allowed)


def _clause(path: Path, clause: Clause, policy: Policy, settings: Settings) -> Iterator[Problem]:
    approvers, deployers = settings.who(clause.of), settings.who(policy.deploy)
    if approvers.everyone or approvers.chat_groups:
        return  # how many they are is Slack's to say, at the click
    known = len(approvers.users)
    if clause.count > known:
        yield Problem(
            path=path, problem=NOT_ENOUGH.format(known=f"{known} {'person' if known == 1 else 'people'}")
        )
    elif policy.four_eyes and clause.count == known and _all_within(deployers, approvers):
        yield Problem(
            path=path, problem=FOUR_EYES, allowed="a smaller count, more approvers, four_eyes: false"
        )


def _all_within(deployers: Who, approvers: Who) -> bool:
    if deployers.everyone or deployers.chat_groups:
        return False
    return bool(deployers.users) and deployers.users <= approvers.users
