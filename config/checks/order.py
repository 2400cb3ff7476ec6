"""The order of environments: every `after` names one that exists somewhere, and nothing comes after itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from config.checks.declared import Declared
from config.checks.slack import TWICE
from config.faults import Problem, listed, suggestion
from config.models import Settings

NO_SUCH = '"{name}" is an environment of no service{meant}'
ALIAS = '"{name}" is an alias: write {environment}'
NOT_OF_IT = '"{name}" is no environment of {service}{meant}'
CIRCLE = "goes in a circle for {service}: {circle}"


def check(settings: Settings, declared: Declared) -> Iterator[Problem]:
    environments = {place.environment for place in declared.places}
    aliases = {alias: place.environment for place in declared.places for alias in place.aliases}
    for name, policy in settings.policies.items():
        for index, before in enumerate(policy.after):
            path = ("policies", name, "after", index)
            if before in policy.after[:index]:
                yield Problem(path=path, problem=f'"{before}" {TWICE}')
            elif before in environments:
                continue
            elif before in aliases:
                yield Problem(path=path, problem=ALIAS.format(name=before, environment=aliases[before]))
            elif environments:
                meant = suggestion(before, sorted(environments))
                yield Problem(
                    path=path,
                    problem=NO_SUCH.format(name=before, meant=meant),
                    allowed=listed(environments),
                )
    yield from _circles(settings)
    yield from _ways(settings)


def _ways(settings: Settings) -> Iterator[Problem]:
    """The ways of `/promote` that services name themselves."""
    for name, service in settings.services.items():
        for index, one in enumerate(service.promote):
            path = ("services", name, "promote", index)
            if one in service.promote[:index]:
                yield Problem(path=path, problem=f'"{one}" {TWICE}')
            elif one not in service.environments:
                meant = suggestion(one, sorted(service.environments))
                yield Problem(
                    path=path,
                    problem=NOT_OF_IT.format(name=one, service=name, meant=meant),
                    allowed=listed(service.environments),
                )


def _circles(settings: Settings) -> Iterator[Problem]:
    """One fault for each policy that closes a circle, however many services it does so for."""
    told: set[str] = set()
    for name, service in settings.services.items():
        policies = {one: settings.policy_for(name, one) for one in service.environments}
        before = {
            one: [other for other in policy.after if other in policies]
            for one, (_, policy) in policies.items()
        }
        circle = _circle(before)
        if not circle or policies[circle[0]][0] in told:
            continue
        told.add(policies[circle[0]][0])
        yield Problem(
            path=("policies", policies[circle[0]][0], "after"),
            problem=CIRCLE.format(service=name, circle=" after ".join([*circle, circle[0]])),
        )


def _circle(before: Mapping[str, list[str]]) -> list[str]:
    """The environments of a circle, each after the next; empty when there is none."""
    done: set[str] = set()

    def walk(one: str, way: list[str]) -> list[str]:
        if one in way:
            return way[way.index(one) :]
        if one in done:
            return []
        for other in before[one]:
            if found := walk(other, [*way, one]):
                return found
        done.add(one)
        return []

    return next((found for one in before if (found := walk(one, []))), [])
