"""Which policy holds where: never none by a slip of the pen."""

from __future__ import annotations

from collections.abc import Iterator

from config.checks.declared import Declared
from config.faults import Problem, listed, suggestion
from config.models import DEFAULT_POLICY, OPEN_POLICY, Settings

MISSING = 'has no policy: name one, or say "policy: open" if everyone may deploy there and nobody is asked'
UNUSED = "is used by no environment{meant}"
IS_ALIAS = (
    '"{name}" is an alias of the environment {environment} of {service}, which takes the policy {other}'
)
TAKEN = '"open" is the word for no policy at all; choose another name'


def check(_settings: Settings, declared: Declared) -> Iterator[Problem]:
    """As soon as there is one policy, every environment must have one, and every policy an environment."""
    if not declared.policies:
        return
    used = {DEFAULT_POLICY}
    for place in declared.places:
        name = _policy_of(place.policy, place.environment, declared)
        used.add(name)
        if not name:
            allowed = listed([*declared.policies, OPEN_POLICY])
            yield Problem(path=(*place.path, "policy"), problem=MISSING, allowed=allowed)
    for policy in declared.policies:
        yield from _policy(policy, used, declared)


def _policy(name: str, used: set[str], declared: Declared) -> Iterator[Problem]:
    path = ("policies", name)
    if name == OPEN_POLICY:
        yield Problem(path=path, problem=TAKEN, key=True)
        return
    for place in declared.places:
        other = _policy_of(place.policy, place.environment, declared) or OPEN_POLICY
        if name in place.aliases and other != name:
            problem = IS_ALIAS.format(
                name=name, environment=place.environment, service=place.service, other=other
            )
            yield Problem(path=path, problem=problem, key=True)
            return
    if declared.places and name not in used:
        words = {place.environment for place in declared.places} | {place.policy for place in declared.places}
        problem = UNUSED.format(meant=suggestion(name, sorted(words - {""})))
        yield Problem(path=path, problem=problem, allowed=listed(used - {""}), key=True)


def _policy_of(named: str, environment: str, declared: Declared) -> str:
    """The name of the policy that holds; empty when there is none. Mirrors `Settings.policy_for`."""
    if named:
        return named
    return next((name for name in (environment, DEFAULT_POLICY) if name in declared.policies), "")
