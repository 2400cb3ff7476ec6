"""What would run in the places of a configuration: jobs, also those that verify, and programs."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr

from config.models import Service, Settings
from config.running import PIECE, CommandPart, RunPart, hashed, plain
from config.templates import BadTemplate, TooLong, compiled, names_in
from config.verifying import CommandCheck, JobCheck, UrlCheck

OF_THE_PLACE = frozenset({"service", "environment"})
"""What a template may name and still be a constant."""
MOST_PIECES = 200
"""Pieces of one value that are looked at for names."""
LONGEST_NAME = 5
"""Pieces of a name, such as `eu-west-1-blue-2`."""
HIDDEN_PROGRAM = "/…"
"""Said of a program whose path is not written in the file."""


class Runs:
    """What would run in the places of these settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._names = set(_vocabulary(settings.services))
        self._hosts = set(_hosts(settings.drivers)) - {""}

    def of(self, service: str, environment: str) -> RunPart:
        place = self._settings.services[service].environments[environment]
        return self._run(service, environment, JobCheck(job=place.job, parameters=place.parameters))

    def of_checks(self, service: str, environment: str) -> list[RunPart]:
        """The jobs that verification would start."""
        place = self._settings.services[service].environments[environment]
        return [self._run(service, environment, one.job) for one in place.verify if one.job is not None]

    def commands(self, service: str, environment: str) -> list[CommandPart]:
        """The programs that verification would run, and what it would ask of the servers that start jobs."""
        whole = self._settings.services[service]
        values = {"service": service, "environment": environment, "version": whole.version_pattern}
        checks = whole.environments[environment].verify
        found = [
            self._command((service, environment, index), one.command, values)
            for index, one in enumerate(checks)
            if one.command is not None
        ]
        asked = [one.url for one in checks if one.url is not None and _host(one.url.address) in self._hosts]
        return [*found, *(_request(one, values) for one in asked)]

    def _command(
        self, at: tuple[str, str, int], command: CommandCheck, values: Mapping[str, str]
    ) -> CommandPart:
        path = ("services", at[0], "environments", at[1], "verify", at[2], "command", "run", 0)
        program = HIDDEN_PROGRAM if self._settings.from_elsewhere(*path) else command.run[0]
        given = [command.run, _used(command.run, values), _revealed(command.env)]
        return CommandPart(program=program, digest=hashed(given))

    def _run(self, service: str, environment: str, job: JobCheck) -> RunPart:
        whole = self._settings.services[service]
        place = whole.environments[environment]
        values = {"service": service, "environment": environment}
        constants = {
            name: text
            for name, template in sorted(job.parameters.items())
            if (text := constant(template, values)) is not None
        }
        server = job.server or place.server
        address = hashed(_address(self._settings.drivers.get(place.driver), server))
        said = {name: self._said(text) for name, text in constants.items()}
        return RunPart(
            driver=place.driver,
            server=server,
            address=address,
            job=job.job,
            whole=hashed([place.driver, address, job.job, sorted(job.parameters.items())]),
            parameters=sorted(job.parameters),
            constants={name: hashed(plain(text)) for name, text in constants.items()},
            says={name: words for name, words in said.items() if words},
            service=_lower([service, *whole.aliases]),
            environment=_lower([environment, *place.aliases]),
        )

    def _said(self, text: str) -> list[str]:
        """The names of services and environments that stand in a value, each as a word."""
        lower = text.casefold()
        pieces = list(PIECE.finditer(lower))[:MOST_PIECES]
        found = (
            lower[first.start() : last.end()]
            for index, first in enumerate(pieces)
            for last in pieces[index : index + LONGEST_NAME]
        )
        return list(dict.fromkeys(one for one in found if one in self._names))


def _request(check: UrlCheck, values: Mapping[str, str]) -> CommandPart:
    """Some servers start jobs by a mere GET."""
    headers = [sorted(check.headers.items()), _revealed(check.secret_headers)]
    return CommandPart(
        program=_host(check.address), digest=hashed([check.address, _used([check.address], values), headers])
    )


def _used(texts: Sequence[str], values: Mapping[str, str]) -> dict[str, str]:
    """The same words in another place, or with other versions let in, are another command."""
    used = {name for text in texts for name in _mentioned(text)} & values.keys()
    return {name: values[name] for name in sorted(used)}


def _revealed(secrets: Mapping[str, SecretStr]) -> dict[str, str]:
    return {name: secret.get_secret_value() for name, secret in sorted(secrets.items())}


def constant(template: str, values: Mapping[str, str]) -> str | None:
    """What a template always becomes in one place; None when it depends on more than the place."""
    if not _mentioned(template) <= OF_THE_PLACE:
        return None
    try:
        return str(compiled(template).render(values))
    except (BadTemplate, TooLong, TypeError, ValueError, ArithmeticError, LookupError):
        return None


def _mentioned(template: str) -> frozenset[str]:
    try:
        return names_in(template)
    except BadTemplate:
        return frozenset({"version"})


def _address(driver: Any, server: str) -> str:
    """Where a server of a driver is, as far as its section says so."""
    one = _servers(driver).get(server, driver)
    url = _url(one)
    if url:
        return url.casefold().rstrip("/")
    return one.model_dump_json() if isinstance(one, BaseModel) else json.dumps(one, default=str)


def _servers(driver: Any) -> Mapping[str, Any]:
    servers = driver.get("servers") if isinstance(driver, Mapping) else getattr(driver, "servers", None)
    return servers if isinstance(servers, Mapping) else {}


def _url(section: Any) -> str:
    url = section.get("url") if isinstance(section, Mapping) else getattr(section, "url", None)
    return url if isinstance(url, str) else ""


def _hosts(drivers: Mapping[str, Any]) -> Iterator[str]:
    for driver in drivers.values():
        yield from (_host(_url(one)) for one in (driver, *_servers(driver).values()))


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").casefold().rstrip(".")
    except ValueError:
        return ""


def _vocabulary(services: Mapping[str, Service]) -> Iterator[str]:
    for name, service in services.items():
        yield from _lower([name, *service.aliases])
        for environment, place in service.environments.items():
            yield from _lower([environment, *place.aliases])


def _lower(names: Collection[str]) -> list[str]:
    return [name.casefold() for name in names]
