"""Services and their environments: names that the command can tell apart, and targets that exist."""

from __future__ import annotations

from collections.abc import Iterator

from config.checks.declared import Declared
from config.faults import Path, Problem, listed, suggestion
from config.models import OPEN_POLICY, Service, ServiceEnvironment, Settings
from config.sources import BuildVersions
from config.templates import BadTemplate, compiled
from config.versions import fits
from config.words import CHANNEL, CHANNEL_FORM, NAME, NAME_FORM, RESERVED

RESERVED_WORD = '"{word}" is a word of the command'
NOT_A_NAME = '"{word}" cannot be typed as a name'
TAKEN = '"{word}" already stands for {other}'
ENVIRONMENT_WORD = '"{word}" is also an environment of {service}, so that the command could mean either'
NOWHERE = "has no environment, so that it cannot be deployed"
BAD_DEFAULT = "does not match version_pattern"
CHOOSE = "is missing: there is more than one"
NO_DRIVER = "is missing: no driver is configured"
OTHER_CHANNEL = 'already belongs to the service "{service}"'

Named = Iterator[tuple[Path, str]]


def check_names(settings: Settings, _declared: Declared) -> Iterator[Problem]:
    """Every name and alias: well-formed, free, and standing for one thing only."""
    services = list(_service_words(settings))
    yield from _words([(path, word, f"the service {owner}") for path, word, owner in services])
    environment_words: dict[str, str] = {}
    for name, service in settings.services.items():
        words = list(_environment_words(("services", name, "environments"), service))
        yield from _words([(path, word, f"the environment {owner}") for path, word, owner in words])
        environment_words |= {word: name for _, word, _ in words if word not in environment_words}
    for path, word, _ in services:
        if word in environment_words:
            problem = ENVIRONMENT_WORD.format(word=word, service=environment_words[word])
            yield Problem(path=path, problem=problem, key=True)


def _service_words(settings: Settings) -> Iterator[tuple[Path, str, str]]:
    for name, service in settings.services.items():
        yield ("services", name), name, name
        yield from (
            (("services", name, "aliases", i), alias, name) for i, alias in enumerate(service.aliases)
        )


def _environment_words(path: Path, service: Service) -> Iterator[tuple[Path, str, str]]:
    for name, environment in service.environments.items():
        yield (*path, name), name, name
        yield from (((*path, name, "aliases", i), alias, name) for i, alias in enumerate(environment.aliases))


def _words(words: list[tuple[Path, str, str]]) -> Iterator[Problem]:
    """Names come before aliases here, so that it is the alias that is at fault."""
    taken: dict[str, str] = {}
    for path, word, owner in sorted(words, key=lambda named: len(named[0])):
        if not NAME.fullmatch(word):
            yield Problem(path=path, problem=NOT_A_NAME.format(word=word), allowed=NAME_FORM, key=True)
        elif word in RESERVED:
            problem = RESERVED_WORD.format(word=word)
            yield Problem(path=path, problem=problem, allowed=f"any but {listed(RESERVED)}", key=True)
        elif word in taken:
            yield Problem(path=path, problem=TAKEN.format(word=word, other=taken[word]), key=True)
        taken.setdefault(word, owner)


def check_targets(settings: Settings, declared: Declared) -> Iterator[Problem]:
    """Every environment: its driver, server, policy and templates; and the service's default version."""
    for name, service in settings.services.items():
        path: Path = ("services", name)
        if not service.environments:
            yield Problem(path=(*path, "environments"), problem=NOWHERE)
        default = service.default_version
        if default is not None and not fits(service.version_pattern, default):
            yield Problem(
                path=(*path, "default_version"), problem=BAD_DEFAULT, allowed=service.version_pattern
            )
        for word, environment in service.environments.items():
            at = (*path, "environments", word)
            yield from check_driver(at, environment, declared)
            yield from _policy(at, environment, declared)
            yield from _templates(at, environment)


def check_driver(
    path: Path, environment: ServiceEnvironment | BuildVersions, declared: Declared
) -> Iterator[Problem]:
    """Its driver is configured, and so is its server."""
    if not environment.driver:
        problem = CHOOSE if declared.servers else NO_DRIVER
        yield Problem(path=(*path, "driver"), problem=problem, allowed=listed(declared.servers))
        return
    yield from _one_of((*path, "driver"), environment.driver, tuple(declared.servers), "configured driver")
    servers = declared.servers.get(environment.driver)
    if servers and not environment.server:
        yield Problem(path=(*path, "server"), problem=CHOOSE, allowed=listed(servers))
    elif environment.server and environment.driver in declared.servers:
        yield from _one_of(
            (*path, "server"), environment.server, servers or (), f"server of {environment.driver}"
        )


def _policy(path: Path, environment: ServiceEnvironment, declared: Declared) -> Iterator[Problem]:
    if environment.policy is not None:
        known = (*declared.policies, OPEN_POLICY)
        yield from _one_of((*path, "policy"), environment.policy, known, "policy")


def _one_of(path: Path, word: str, known: tuple[str, ...], kind: str) -> Iterator[Problem]:
    if word not in known:
        problem = f'"{word}" is no {kind}{suggestion(word, known)}'
        yield Problem(path=path, problem=problem, allowed=listed(known))


def _templates(path: Path, environment: ServiceEnvironment) -> Iterator[Problem]:
    for name, template in environment.parameters.items():
        try:
            compiled(template)
        except BadTemplate as error:
            yield Problem(path=(*path, "parameters", name), problem=str(error), allowed=error.allowed)


def check_channels(settings: Settings, _declared: Declared) -> Iterator[Problem]:
    """A channel belongs to one service at most; where cards go may be shared."""
    owners: dict[str, str] = {}
    for name, service in settings.services.items():
        places: list[tuple[Path, str]] = [
            (("services", name, "channels", index), channel) for index, channel in enumerate(service.channels)
        ]
        for path, channel in places:
            if channel in owners:
                yield Problem(path=path, problem=OTHER_CHANNEL.format(service=owners[channel]))
            owners.setdefault(channel, name)
        if service.channel is not None:
            places.append((("services", name, "channel"), service.channel))
        for path, channel in places:
            if not CHANNEL.fullmatch(channel):
                yield Problem(path=path, problem=f'"{channel}" is no channel', allowed=CHANNEL_FORM)
