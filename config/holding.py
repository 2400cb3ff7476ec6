"""What was accepted last as it is stored, and new settings under its policies: what is guarded stays as it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from config.differences.ways_round import gone_round
from config.guarded import (
    MASK,
    NEUTRAL_OF_PLACE,
    NEUTRAL_OF_SERVICE,
    NEUTRAL_SECTIONS,
    PARTS,
    Key,
    PolicyPart,
    ServicePart,
    dumped,
    fields_but,
    guarded_sections,
    kind_of,
    part_of,
)
from config.models import Policy, Section, Service, ServiceEnvironment, Settings

SHUT = "{1} of {0}, until it is approved"
HELD = "{1} of {0}, as it was"
"""The names of the policies of a place that is a way round, and of one that came back; no file can write such a name."""


def held(before: PolicyPart, new: Settings) -> Settings:
    """The new settings under the old policies: what was guarded stays as it was, everything else is new.

    Policies and groups that are new come in beside the old ones; places that are new take theirs.
    """
    services = {name: _held_service(name, service, before, new) for name, service in new.services.items()}
    kept = {HELD.format(*key): place.kept for key, place in before.places() if place.kept}
    update: dict[str, Any] = {
        "groups": {**new.groups, **before.groups},
        "policies": {**new.policies, **before.policies, **kept},
        "services": services,
        "slack": new.slack.model_copy(update=before.admission),
    }
    for name in guarded_sections():
        update |= _restored(Settings, name, before.more, new)
    return shut(before, new.model_copy(update=update))


def shut(before: PolicyPart, settings: Settings) -> Settings:
    """The settings with nobody who may deploy where a protected place would be gone round, until that is approved."""
    ways = gone_round(before, part_of(settings))
    if not ways:
        return settings
    services = dict(settings.services)
    policies = dict(settings.policies)
    for service, environment in sorted(ways):
        name = SHUT.format(service, environment)
        policies[name] = Policy(deploy=[])
        places = services[service].environments
        place = places[environment].model_copy(update={"policy": name})
        services[service] = services[service].model_copy(
            update={"environments": {**places, environment: place}}
        )
    return settings.model_copy(update={"services": services, "policies": policies})


def from_text(text: str) -> PolicyPart | None:
    """As it was stored; None when an older or newer program wrote what this one can't read.

    A setting that did not exist then has its default, so that a new program alone changes nothing.
    """
    try:
        part = PolicyPart.model_validate_json(text)
    except ValidationError:
        return None
    services = {
        name: ServicePart(
            places={
                environment: place.model_copy(
                    update={"more": _completed(ServiceEnvironment, NEUTRAL_OF_PLACE, place.more)}
                )
                for environment, place in service.places.items()
            },
            more=_completed(Service, NEUTRAL_OF_SERVICE, service.more),
        )
        for name, service in part.services.items()
    }
    more = _completed(Settings, NEUTRAL_SECTIONS | PARTS, part.more)
    return part.model_copy(update={"services": services, "more": more})


def _held_service(name: str, service: Service, before: PolicyPart, new: Settings) -> Service:
    known = before.services.get(name)
    environments = {
        environment: _held_place((name, environment), place, before, new)
        for environment, place in service.environments.items()
    }
    update: dict[str, Any] = {"environments": environments}
    if known is not None:
        for field in fields_but(Service, NEUTRAL_OF_SERVICE):
            update |= _restored(Service, field, known.more, service)
    return service.model_copy(update=update)


def _held_place(key: Key, place: ServiceEnvironment, before: PolicyPart, new: Settings) -> ServiceEnvironment:
    known = before.place(key)
    if known is None:
        return place.model_copy(update={"policy": new.policy_for(*key)[0]})
    update: dict[str, Any] = {"policy": HELD.format(*key) if known.kept else known.policy}
    for field in fields_but(ServiceEnvironment, NEUTRAL_OF_PLACE):
        update |= _restored(ServiceEnvironment, field, known.more, place)
    return place.model_copy(update=update)


def _restored(model: type[Section], name: str, stored: Mapping[str, Any], new: Section) -> dict[str, Any]:
    """A setting as it was stored; as it is now where it was not stored, or holds secrets, which are not.

    Of several by name, each for itself.
    """
    now = dumped(new, name)
    if name not in stored or now == stored[name]:
        return {}
    before, kind = stored[name], TypeAdapter[Any](kind_of(model, name))
    if isinstance(before, dict) and isinstance(now, dict):
        current = getattr(new, name)
        known = {one: value for one, value in before.items() if not _masked(value)}
        return {name: {**current, **kind.validate_python(known)}} if isinstance(current, dict) else {}
    return {} if _masked(before) else {name: kind.validate_python(before)}


def _masked(value: Any) -> bool:
    """Whether there was a secret in it."""
    if isinstance(value, dict):
        return any(map(_masked, value.values()))
    if isinstance(value, list):
        return any(map(_masked, value))
    return isinstance(value, str) and value == MASK


def _completed(model: type[Section], but: frozenset[str], stored: Mapping[str, Any]) -> dict[str, Any]:
    """What was stored in the form of today's models, with the defaults of what they have since learned."""
    known: dict[str, Any] = {}
    for name in fields_but(model, but):
        field = model.model_fields[name]
        kind = TypeAdapter[Any](kind_of(model, name))
        if name in stored:
            try:
                value = kind.validate_python(stored[name])
            except ValidationError:
                known[name] = stored[name]
                continue
        elif field.is_required():
            continue
        else:
            value = field.get_default(call_default_factory=True)
        known[name] = kind.dump_python(value, mode="json")
    return known
