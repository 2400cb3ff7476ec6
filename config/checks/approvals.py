"""Ladders whose rungs come in order and in time, and the second factor wherever a policy asks for it."""

from __future__ import annotations

from collections.abc import Iterator

from config.checks.declared import Declared
from config.checks.people import LATE, references
from config.durations import written
from config.faults import Path, Problem
from config.models import Policy, Settings

MOST_RUNGS = 10
LEAST_KEY = 32

NO_QUESTION = "waits for nothing: the policy asks nobody for approval"
NOT_IN_ORDER = "does not come after the one above ({before})"
TOO_MANY = "has more than {most} rungs"
REMINDS_TWICE = "says when to remind, and so does the ladder; leave one of them out"
NO_KEY = "needs step_up.key, which seals what is kept of people's authenticators"
NO_FACTOR = "confirms nothing without `step_up: totp`"
SHORT_KEY = "is too short to seal anything"


def check(settings: Settings, declared: Declared) -> Iterator[Problem]:
    for name, policy in settings.policies.items():
        path: Path = ("policies", name)
        yield from _ladder((*path, "ladder"), policy, declared)
        if "remind" in policy.model_fields_set and policy.remind and any(one.remind for one in policy.ladder):
            yield Problem(path=(*path, "remind"), problem=REMINDS_TWICE)
        if policy.carry_over and not policy.approve:
            yield Problem(path=(*path, "carry_over"), problem=NO_QUESTION)
        if policy.step_up is not None and settings.step_up is None:
            yield Problem(path=(*path, "step_up"), problem=NO_KEY)
        if policy.step_up_deploy and policy.step_up is None:
            yield Problem(path=(*path, "step_up_deploy"), problem=NO_FACTOR)
    if settings.step_up is not None and len(settings.step_up.key.get_secret_value().strip()) < LEAST_KEY:
        allowed = f"at least {LEAST_KEY} random characters"
        yield Problem(path=("step_up", "key"), problem=SHORT_KEY, allowed=allowed)


def _ladder(path: Path, policy: Policy, declared: Declared) -> Iterator[Problem]:
    if policy.ladder and not policy.approve:
        yield Problem(path=path, problem=NO_QUESTION)
        return
    if len(policy.ladder) > MOST_RUNGS:
        yield Problem(path=path, problem=TOO_MANY.format(most=MOST_RUNGS))
    before = 0.0
    for index, rung in enumerate(policy.ladder):
        at = (*path, index)
        if rung.after <= before:
            yield Problem(path=(*at, "after"), problem=NOT_IN_ORDER.format(before=written(before)))
        elif rung.after >= policy.expires:
            yield Problem(path=(*at, "after"), problem=LATE.format(expires=written(policy.expires)))
        before = max(before, rung.after)
        yield from references((*at, "tell"), rung.tell, declared)
        yield from references((*at, "add"), rung.add, declared)
