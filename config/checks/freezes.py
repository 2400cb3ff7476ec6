"""Freezes, calendars and windows: times in order, and places that exist."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from dateutil.rrule import rrulestr

from config.checks.declared import Declared
from config.checks.people import overriding
from config.faults import Path, Problem, listed, suggestion
from config.freezes import WALL_FORM, PlannedFreeze, Scoped
from config.models import Settings
from config.words import NAME, NAME_FORM

BACKWARDS = "is not after `from`"
NEVER = "never comes, counted from {begins}"
NOT_FIRST = "does not begin with `from`, which is {day}; the first would be {first}"
UNKNOWN = '"{word}" is no {kind}{meant}'
NOWHERE = "holds nowhere: {service} has no environment of those"
NOT_A_NAME = "cannot name it"
TWICE = "is listed twice"


def check(settings: Settings, declared: Declared) -> Iterator[Problem]:
    for name, freeze in settings.freezes.items():
        yield from _scope(("freezes", name), freeze, settings, declared)
        yield from _times(("freezes", name), freeze)
    for name, calendar in settings.calendars.items():
        yield from _scope(("calendars", name), calendar, settings, declared)
    for name, policy in settings.policies.items():
        for window in policy.windows:
            if not NAME.fullmatch(window):
                at = ("policies", name, "windows", window)
                yield Problem(path=at, problem=NOT_A_NAME, allowed=NAME_FORM, key=True)


def _times(path: Path, freeze: PlannedFreeze) -> Iterator[Problem]:
    begins, ends = (datetime.strptime(text, WALL_FORM) for text in (freeze.begins, freeze.ends))  # noqa: DTZ007 - a wall knows no zone
    if ends <= begins:
        yield Problem(path=(*path, "to"), problem=BACKWARDS)
    if freeze.repeat is None:
        return
    first = next(iter(rrulestr(freeze.repeat, dtstart=begins)), None)
    if first is None:
        yield Problem(path=(*path, "repeat"), problem=NEVER.format(begins=freeze.begins))
    elif first != begins:
        problem = NOT_FIRST.format(day=f"{begins:%a}", first=f"{first:{WALL_FORM}}")
        yield Problem(path=(*path, "repeat"), problem=problem)


def _scope(path: Path, scoped: Scoped, settings: Settings, declared: Declared) -> Iterator[Problem]:
    if not NAME.fullmatch(str(path[-1])):
        yield Problem(path=path, problem=NOT_A_NAME, allowed=NAME_FORM, key=True)
    services = {place.service for place in declared.places} | set(settings.services)
    environments = {place.environment for place in declared.places}
    faulty = [
        *_names((*path, "services"), scoped.services, services, "service"),
        *_names((*path, "environments"), scoped.environments, environments, "environment"),
    ]
    yield from faulty
    having = {(place.service, place.environment) for place in declared.places}
    for index, service in enumerate(scoped.services if scoped.environments and not faulty else ()):
        if not any((service, environment) in having for environment in scoped.environments):
            yield Problem(path=(*path, "services", index), problem=NOWHERE.format(service=service))
    yield from overriding((*path, "override"), scoped.override, settings, declared)


def _names(path: Path, words: list[str], known: set[str], kind: str) -> Iterator[Problem]:
    for index, word in enumerate(words):
        if word not in known:
            problem = UNKNOWN.format(word=word, kind=kind, meant=suggestion(word, sorted(known)))
            yield Problem(path=(*path, index), problem=problem, allowed=listed(known))
        elif word in words[:index]:
            yield Problem(path=(*path, index), problem=f'"{word}" {TWICE}')
