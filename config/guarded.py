"""The part of a configuration that says who may do what where: what is compared, kept without secrets, and held.

What this module does not know by name belongs to it, so that a setting which somebody adds is guarded until a rule says
when it is tighter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from pydantic import Field, SecretStr, model_validator

from config.models import Clause, Policy, Section, Settings
from config.protecting import guards_of
from config.running import CommandPart, RunPart, remembered
from config.strictness import PEOPLE, Side
from config.would_run import Runs

NEUTRAL_SECTIONS = frozenset(
    {
        "server",
        "store",
        "following",
        "locks",
        "slack",
        "drivers",
        "releases",
        "repositories",
        "github",
    }
)
NEUTRAL_OF_SERVICE = frozenset(
    {
        "description",
        "aliases",
        "channel",
        "channels",
        "default_version",
        "promote",
        "repository",
        "environments",
    }
)
NEUTRAL_OF_PLACE = frozenset({"driver", "server", "job", "parameters", "aliases", "policy"})
"""What decides nothing about who may do what. What would run is bound to each approval by its fingerprint."""
ADMISSION = ("workspaces", "allow_guests", "allow_strangers")
"""Of the slack section, what says whose word counts at all."""
PARTS = frozenset({"groups", "policies", "services"})

NO_POLICY = Policy()
MASK = str(SecretStr("secret"))
"""What stands for a secret where settings are written out."""
Key = tuple[str, str]
"""A service and its environment."""


class PlacePart(Section):
    """One environment of one service: its policy's name, what would run there, and what verification would start.

    `ran` is what ran there earlier while it was protected. A place that has left the configuration is `gone`, and `kept` is
    the policy that held there, its people spelt out. `run` is None where an older program wrote it.
    """

    policy: str
    run: RunPart | None = None
    ran: list[RunPart] = Field(default_factory=list)
    checks: list[RunPart] = Field(default_factory=list)
    commands: list[CommandPart] = Field(default_factory=list)
    gone: bool = False
    kept: Policy | None = None
    more: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _as_once_written(cls, value: Any) -> Any:
        """Older programs kept a digest of the run only, which can't be compared."""
        if isinstance(value, dict) and isinstance(value.get("run"), str):
            return {name: one for name, one in value.items() if name != "run"}
        return value

    @property
    def runs(self) -> list[RunPart]:
        """What runs there, and what ran."""
        return [*([self.run] if self.run else []), *self.ran]


class ServicePart(Section):
    places: dict[str, PlacePart] = Field(default_factory=dict)
    more: dict[str, Any] = Field(default_factory=dict)


class PolicyPart(Section):
    """Everything of a configuration that is guarded, as JSON without secrets where it is stored."""

    groups: dict[str, list[str]] = Field(default_factory=dict)
    policies: dict[str, Policy] = Field(default_factory=dict)
    services: dict[str, ServicePart] = Field(default_factory=dict)
    admission: dict[str, list[str]] = Field(default_factory=dict)
    more: dict[str, Any] = Field(default_factory=dict)

    def places(self) -> Iterator[tuple[Key, PlacePart]]:
        for service, inside in self.services.items():
            for environment, place in inside.places.items():
                yield (service, environment), place

    def place(self, key: Key) -> PlacePart | None:
        service = self.services.get(key[0])
        return service.places.get(key[1]) if service else None

    def side(self, place: PlacePart) -> Side:
        """The policy that holds at a place, with the groups by which it is to be understood."""
        policy = place.kept or self.policies.get(place.policy) or NO_POLICY
        return Side(policy=policy, groups={} if place.kept else self.groups)


def part_of(settings: Settings) -> PolicyPart:
    """What is guarded of these settings."""
    runs = Runs(settings)
    return PolicyPart(
        groups=settings.groups,
        policies=settings.policies,
        services={
            name: ServicePart(
                places={
                    environment: PlacePart(
                        policy=settings.policy_for(name, environment)[0],
                        run=runs.of(name, environment),
                        checks=runs.of_checks(name, environment),
                        commands=runs.commands(name, environment),
                        more=_hidden(settings, (name, environment), _more(place, NEUTRAL_OF_PLACE)),
                    )
                    for environment, place in service.environments.items()
                },
                more=_more(service, NEUTRAL_OF_SERVICE),
            )
            for name, service in settings.services.items()
        },
        admission={name: getattr(settings.slack, name) for name in ADMISSION},
        more=_more(settings, NEUTRAL_SECTIONS | PARTS),
    )


def remembering(before: PolicyPart, now: PolicyPart) -> PolicyPart:
    """What holds now, with what was protected before and is gone, or ran there: it does not come back unguarded."""
    services = dict(now.services)
    for (service, environment), place in before.places():
        side = before.side(place)
        if not guards_of(side):
            continue
        known = services.get(service) or ServicePart()
        there = now.place((service, environment))
        kept = _gone(place, side) if there is None else _having_run(place, there)
        services[service] = known.model_copy(update={"places": {**known.places, environment: kept}})
    return now.model_copy(update={"services": services})


def _gone(place: PlacePart, side: Side) -> PlacePart:
    ran = remembered(place.ran)
    return PlacePart(
        policy=place.policy, run=place.run, ran=ran, gone=True, kept=_spelt_out(side), more=place.more
    )


def _having_run(before: PlacePart, now: PlacePart) -> PlacePart:
    ran = [*before.ran, *([before.run] if before.run and before.run != now.run else [])]
    return now.model_copy(update={"ran": remembered(ran)})


def guarded_sections() -> Iterator[str]:
    """Sections of the file that are guarded as a whole, beside policies, groups and services."""
    yield from fields_but(Settings, NEUTRAL_SECTIONS | PARTS)


def to_text(part: PolicyPart) -> str:
    return part.model_dump_json()


def digest_of(settings: Settings) -> str:
    """Equal for equal settings; secrets are hidden in it, so changing only a secret does not change it."""
    return hashlib.blake2s(settings.model_dump_json().encode(), digest_size=8).hexdigest()


def kind_of(model: type[Section], name: str) -> Any:
    return model.model_fields[name].annotation


def fields_but(model: type[Section], but: frozenset[str]) -> Iterator[str]:
    yield from (name for name in model.model_fields if name not in but)


def _more(of: Section, but: frozenset[str]) -> dict[str, Any]:
    return {name: dumped(of, name) for name in fields_but(type(of), but)}


def dumped(of: Section, name: str) -> Any:
    return of.model_dump(mode="json", include={name})[name]


def _hidden(settings: Settings, key: Key, more: dict[str, Any]) -> dict[str, Any]:
    """Without what came from the environment or a file: what is stored has no secret in it."""

    def walk(value: Any, path: tuple[str | int, ...]) -> Any:
        if isinstance(value, dict):
            return {name: walk(inner, (*path, name)) for name, inner in value.items()}
        if isinstance(value, list):
            return [walk(inner, (*path, index)) for index, inner in enumerate(value)]
        return MASK if isinstance(value, str) and settings.from_elsewhere(*path) else value

    hidden: dict[str, Any] = walk(more, ("services", key[0], "environments", key[1]))
    return hidden


def _spelt_out(side: Side) -> Policy:
    """The policy with every group replaced by who is in it."""

    def people(references: list[str]) -> list[str]:
        return [one for who in references for one in side.groups.get(who, [who])]

    update: dict[str, Any] = {name: people(getattr(side.policy, name)) for name in PEOPLE}
    for name in ("approve", "override", "rollback_approve"):
        clauses = getattr(side.policy, name)
        update[name] = clauses and [Clause(count=one.count, of=people(one.of)) for one in clauses]
    update["ladder"] = [one.model_copy(update={"add": people(one.add)}) for one in side.policy.ladder]
    return side.policy.model_copy(update=update)
