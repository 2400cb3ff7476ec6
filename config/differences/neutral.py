"""Differences that decide nothing about who may do what: addresses, jobs, channels, times; found by walking the models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from config.differences.wording import SECRET, holds_secrets, in_short, shown
from config.guarded import ADMISSION, NEUTRAL_OF_PLACE, NEUTRAL_OF_SERVICE, NEUTRAL_SECTIONS
from config.models import Service, ServiceEnvironment, Settings

CHANGED = "{path} {what}"
FROM_TO = "{path}: {old} → {new}"
NEW, GONE = "{path} is new", "{path} is gone"
OF_IT, WAS = "{said}: {words}", "{said}, it was {words}"
PARAMETER = "{environment} of {service}: parameter {name} {what}"
OF_PLACE = "{environment} of {service}: {name} {old} → {new}"
OF_SERVICE = "{service}: {name} {old} → {new}"

Told = Iterator[tuple[str, str]]
"""Paths and sentences."""

_NO: Any = object()


def neutral(old: Settings, new: Settings) -> Told:
    """The path of each difference, and its sentence."""
    for name in sorted(NEUTRAL_SECTIONS):
        yield from walked(getattr(old, name), getattr(new, name), name, Settings.model_fields[name])
    for name in sorted(old.services.keys() & new.services.keys()):
        yield from _service(name, old.services[name], new.services[name])
    yield from parameters(old, new)


def walked(old: Any, new: Any, path: str, field: FieldInfo | None = None) -> Told:
    """What is different below a path."""
    if old == new or path.removeprefix("slack.") in ADMISSION:
        return
    if isinstance(old, BaseModel) and type(old) is type(new):
        for name, inner in type(old).model_fields.items():
            yield from walked(getattr(old, name), getattr(new, name), f"{path}.{name}", inner)
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys([*old, *new]):
            yield from _entry(old.get(name, _NO), new.get(name, _NO), f"{path}.{name}")
    elif (old is None or new is None) and isinstance(old or new, BaseModel | Mapping):
        yield path, _there_or_not(path, _NO if old is None else old, _NO if new is None else new)
    elif _of_parts(old) or _of_parts(new):
        before, now = ("; ".join(filter(None, map(in_short, one or ()))) for one in (old, new))
        yield path, FROM_TO.format(path=path, old=shown(before), new=shown(now))
    elif holds_secrets(old) or holds_secrets(new):
        yield path, CHANGED.format(path=path, what=SECRET)
    else:
        yield path, FROM_TO.format(path=path, old=shown(old, field), new=shown(new, field))


def _of_parts(value: Any) -> bool:
    """Whether it is a list of what has parts itself."""
    return isinstance(value, list) and any(isinstance(one, Mapping) for one in value)


def _entry(old: Any, new: Any, path: str) -> Told:
    if old is _NO or new is _NO:
        yield path, _there_or_not(path, old, new)
    else:
        yield from walked(old, new, path)


def _there_or_not(path: str, old: Any, new: Any) -> str:
    """What it is, or was, in a few words."""
    one = new if old is _NO else old
    said = (NEW if old is _NO else GONE).format(path=path)
    words = in_short(one)
    return (OF_IT if old is _NO else WAS).format(said=said, words=words) if words else said


def _service(name: str, old: Service, new: Service) -> Told:
    for setting in sorted(NEUTRAL_OF_SERVICE - {"environments"}):
        before, now = getattr(old, setting), getattr(new, setting)
        if isinstance(before, BaseModel):
            yield from walked(before, now, f"services.{name}.{setting}", Service.model_fields[setting])
        elif before != now:
            sentence = OF_SERVICE.format(service=name, name=setting, old=shown(before), new=shown(now))
            yield f"services.{name}.{setting}", sentence
    for environment in sorted(old.environments.keys() & new.environments.keys()):
        yield from _place(name, environment, old.environments[environment], new.environments[environment])


def parameters(old: Settings, new: Settings) -> Told:
    """Of places that stayed: what each parameter was and is, unless it came from where secrets are."""
    for service in sorted(old.services.keys() & new.services.keys()):
        before, now = old.services[service].environments, new.services[service].environments
        for environment in sorted(before.keys() & now.keys()):
            these, those = before[environment].parameters, now[environment].parameters
            for name in sorted(these.keys() | those.keys()):
                path = ("services", service, "environments", environment, "parameters", name)
                hidden = old.from_elsewhere(*path) or new.from_elsewhere(*path)
                what = _what(these.get(name), those.get(name), hidden=hidden)
                if what:
                    yield (
                        ".".join(path),
                        PARAMETER.format(environment=environment, service=service, name=name, what=what),
                    )


def _place(service: str, environment: str, old: ServiceEnvironment, new: ServiceEnvironment) -> Told:
    path = f"services.{service}.environments.{environment}"
    for setting in sorted(NEUTRAL_OF_PLACE - {"policy", "parameters"}):
        before, now = getattr(old, setting), getattr(new, setting)
        if before != now:
            sentence = OF_PLACE.format(
                service=service, environment=environment, name=setting, old=shown(before), new=shown(now)
            )
            yield f"{path}.{setting}", sentence


def _what(old: str | None, new: str | None, *, hidden: bool) -> str:
    if old == new:
        return ""
    if hidden:
        return "is new" if old is None else "is gone" if new is None else SECRET
    if old is None:
        return f"is new: {shown(new)}"
    return f"is gone, it was {shown(old)}" if new is None else f"{shown(old)} → {shown(new)}"
