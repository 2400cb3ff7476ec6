"""Releases: every service and environment named exists, and what needs what is no circle."""

from __future__ import annotations

from collections.abc import Iterator

from config.checks.declared import Declared
from config.faults import Path, Problem, listed, suggestion
from config.models import Settings
from config.releases import ReleaseManifest
from config.versions import fits
from config.words import CHANNEL, CHANNEL_FORM, NAME, NAME_FORM, RESERVED

NO_SERVICE = '"{word}" is no service{meant}'
NO_ENVIRONMENT = '"{word}" is no environment of {service}{meant}'
BAD_VERSION = "is no version that {service} takes"
ITSELF = "needs itself"
CIRCLE = "needs itself in a circle: {circle}"
NOT_A_NAME = "cannot name a release"
NO_CHANNEL = '"{word}" is no channel'
TAKEN = "is the name of a service or an environment as well"


def check(settings: Settings, _declared: Declared) -> Iterator[Problem]:
    for name, service in settings.services.items():
        yield from _needs(("services", name, "needs"), name, service.needs, settings)
    yield from _circles(settings)
    for name in settings.releases:
        yield from _release(name, settings)


def _needs(path: Path, name: str, needs: list[str], settings: Settings) -> Iterator[Problem]:
    for index, word in enumerate(needs):
        if word == name:
            yield Problem(path=(*path, index), problem=ITSELF)
        elif word not in settings.services:
            problem = NO_SERVICE.format(word=word, meant=suggestion(word, list(settings.services)))
            yield Problem(path=(*path, index), problem=problem, allowed=listed(settings.services))


def _circles(settings: Settings) -> Iterator[Problem]:
    """Each circle once, at the first of its services in the file."""
    done: set[str] = set()
    for name in settings.services:
        way: list[str] = []
        _walk(name, way, done, settings)
        if way:
            circle = " → ".join(way)
            yield Problem(path=("services", way[0], "needs"), problem=CIRCLE.format(circle=circle))


def _walk(name: str, way: list[str], done: set[str], settings: Settings) -> None:
    """Leaves in `way` a circle that begins at some service reachable from here, or nothing."""
    stack: list[tuple[str, list[str]]] = [(name, [name])]
    while stack:
        here, path = stack.pop()
        for needed in settings.services[here].needs if here in settings.services else []:
            if needed in path and needed != here:
                way.extend([*path[path.index(needed) :], needed])
                done.update(path)
                return
            if needed not in done and needed not in path:
                stack.append((needed, [*path, needed]))
    done.add(name)


def _release(name: str, settings: Settings) -> Iterator[Problem]:
    path: Path = ("releases", name)
    manifest = settings.releases[name]
    environments = {place for one in settings.services.values() for place in one.environments}
    if not NAME.fullmatch(name) or name in RESERVED:
        yield Problem(path=path, problem=NOT_A_NAME, allowed=NAME_FORM, key=True)
    elif name in settings.services or name in environments:
        yield Problem(path=path, problem=TAKEN, key=True)
    if manifest.channel is not None and not CHANNEL.fullmatch(manifest.channel):
        problem = NO_CHANNEL.format(word=manifest.channel)
        yield Problem(path=(*path, "channel"), problem=problem, allowed=CHANNEL_FORM)
    yield from _versions(path, manifest, settings)


def _versions(path: Path, manifest: ReleaseManifest, settings: Settings) -> Iterator[Problem]:
    for word, version in manifest.services.items():
        at = (*path, "services", word)
        service = settings.services.get(word)
        if service is None:
            problem = NO_SERVICE.format(word=word, meant=suggestion(word, list(settings.services)))
            yield Problem(path=at, problem=problem, allowed=listed(settings.services), key=True)
            continue
        if not fits(service.version_pattern, version):
            problem = BAD_VERSION.format(service=word)
            yield Problem(path=at, problem=problem, allowed=service.version_pattern)
        if manifest.environment and manifest.environment not in service.environments:
            problem = NO_ENVIRONMENT.format(
                word=manifest.environment,
                service=word,
                meant=suggestion(manifest.environment, list(service.environments)),
            )
            yield Problem(path=(*path, "environment"), problem=problem, allowed=listed(service.environments))
