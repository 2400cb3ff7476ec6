"""The names that a file declares, also where what stands under a name is faulty: a reference to it is no second fault."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from config.faults import Path
from config.models import Settings, servers_of


@dataclass(frozen=True, kw_only=True)
class Place:
    """An environment of a service as it is written; `policy` is empty where none is named."""

    path: Path
    service: str
    environment: str
    policy: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Declared:
    """`servers` maps each driver to its servers, `None` where the driver has no such choice.

    Who is in one of the `faulty_groups` is not known for sure.
    """

    groups: tuple[str, ...]
    faulty_groups: frozenset[str]
    policies: tuple[str, ...]
    places: tuple[Place, ...]
    servers: Mapping[str, tuple[str, ...] | None]

    @classmethod
    def by(cls, data: Mapping[str, Any], settings: Settings, faulty: Collection[Path]) -> Declared:
        """From the file's plain data and the drivers' settings; `faulty` are the places known to be at fault."""
        servers = {name: servers_of(driver) for name, driver in settings.drivers.items()}
        return cls(
            groups=_keys(data, "groups"),
            faulty_groups=frozenset(
                str(path[1]) for path in faulty if path[:1] == ("groups",) and len(path) > 1
            ),
            policies=_keys(data, "policies"),
            places=tuple(_places(data)),
            servers={name: None if names is None else tuple(names) for name, names in servers.items()},
        )


def _keys(data: Mapping[str, Any], section: str) -> tuple[str, ...]:
    return tuple(_mapping(data, section))


def _places(data: Mapping[str, Any]) -> Iterator[Place]:
    for service, inside in _mapping(data, "services").items():
        for environment, place in _mapping(inside, "environments").items():
            said = place if isinstance(place, Mapping) else {}
            policy, aliases = said.get("policy"), said.get("aliases")
            yield Place(
                path=("services", service, "environments", environment),
                service=service,
                environment=environment,
                policy=str(policy) if policy is not None else "",
                aliases=tuple(map(str, aliases)) if isinstance(aliases, list) else (),
            )


def _mapping(data: Any, key: str) -> Mapping[str, Any]:
    found = data.get(key) if isinstance(data, Mapping) else None
    return found if isinstance(found, Mapping) else {}
