"""What would run, in a form that two of it can be compared by: digests and names, no value of any parameter.

Two runs of one job are told apart by constants only. What depends on anything else than the place itself (the version,
who asks) may become the same text, and a template that is shown a stand-in for it can see that it is one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr

from config.models import Section, Service, Settings
from config.templates import BadTemplate, TooLong, compiled, names_in
from config.verifying import CommandCheck, JobCheck, UrlCheck

OF_THE_PLACE = frozenset({"service", "environment"})
"""What a template may name and still be a constant."""
LONGEST_VOCABULARY = 200
"""Pieces of one value that are looked at for names."""
MOST_SAID = 8
"""Parameters that are named in a sentence."""
HIDDEN_PROGRAM = "/…"
"""Said of a program whose path is not written in the file."""
_PIECE = re.compile(r"[a-z0-9]+")
_STEPS = frozenset({"", ".", ".."})


class RunPart(Section):
    """One job as it would be started. `parameters` are the names of all, `constants` digests of what is always the same.

    `says` are the names of services and environments that stand in a constant; `service` and `environment` are all names
    of the place itself. `address` is a digest of where the server is, `whole` one of everything.
    """

    driver: str
    server: str
    address: str
    job: str
    whole: str
    parameters: list[str] = Field(default_factory=list)
    constants: dict[str, str] = Field(default_factory=dict)
    says: dict[str, list[str]] = Field(default_factory=dict)
    service: list[str] = Field(default_factory=list)
    environment: list[str] = Field(default_factory=list)

    @property
    def key(self) -> tuple[str, str]:
        """Runs with different keys are of different jobs; with the same one, `same_job` knows."""
        named = [step for step in _steps(self.job) if step not in _STEPS]
        return self.driver, named[-1] if named else ""

    def naming(self, names: Collection[str]) -> frozenset[str]:
        """The constants in which one of these names stands."""
        return frozenset(name for name, words in self.says.items() if not words_apart(words, names))

    def __str__(self) -> str:
        """`job shop/deploy with ENVIRONMENT=production, VERSION`: values only where they are names that everybody knows."""
        named = ", ".join(map(self._said, self.parameters[:MOST_SAID]))
        more = ", …" if len(self.parameters) > MOST_SAID else ""
        return f"job {self.job}" + (f" with {named}{more}" if named else "")

    def _said(self, parameter: str) -> str:
        words = " ".join(self.says.get(parameter, ()))
        whole = _digest(_plain(words)) == self.constants.get(parameter)
        return f"{parameter}={words}" if words and whole else parameter


def words_apart(words: Collection[str], names: Collection[str]) -> bool:
    return not any(one in names for one in words)


def same_job(one: RunPart, other: RunPart) -> bool:
    """Whether it may be the same job. Another server proves nothing: an address may be another name of the same one."""
    if one.job == other.job:
        return one.driver == other.driver
    if one.key != other.key:
        return False
    mine, theirs = _steps(one.job), _steps(other.job)
    return mine == theirs or not _STEPS.isdisjoint(mine) or not _STEPS.isdisjoint(theirs)


class Mark(NamedTuple):
    """A run of a protected place, and by which constants it is known: those that name its environment, or its service.

    Proof that another run is not the same is another constant in each of the ones or in each of the others. A constant
    that names neither proves nothing: anybody can add one that the job does not care about.
    """

    run: RunPart
    service: tuple[str, ...]
    environment: tuple[str, ...]

    def told_from(self, other: RunPart) -> bool:
        """Whether a run of the same job provably does not do the same."""
        return _others(self.service, self.run, other, self.run.service) or _others(
            self.environment, self.run, other, self.run.environment
        )


def marked(run: RunPart, telling: Collection[str]) -> Mark:
    """Where nothing names the environment, it is known by those of `telling` that it has."""
    environment = run.naming(run.environment) or run.constants.keys() & set(telling)
    return Mark(run=run, service=tuple(run.naming(run.service)), environment=tuple(environment))


def telling(one: RunPart, others: Collection[RunPart]) -> frozenset[str]:
    """The constants by which a run differs from some of these others already."""
    return frozenset(
        name
        for other in others
        for name, value in one.constants.items()
        if name in other.constants and other.constants[name] != value
    )


def _others(parameters: Collection[str], one: RunPart, other: RunPart, names: Collection[str]) -> bool:
    for name in parameters:
        value = other.constants.get(name)
        if value is None or value == one.constants[name]:
            return False
        said = other.says.get(name)
        if said and not words_apart(said, names):
            return False
    return bool(parameters)


def remembered(ran: Collection[RunPart]) -> list[RunPart]:
    """Each of these that differs from the others in more than what tells nothing."""
    kept: dict[str, RunPart] = {}
    for one in ran:
        tells = one.naming(one.environment) | one.naming(one.service)
        constants = {name: one.constants[name] for name in tells} if tells else one.constants
        kept[_digest([one.driver, one.job, one.address, sorted(constants.items())])] = one
    return list(kept.values())


class CommandPart(Section):
    """A program that verification would run as the server's user, or a host that it would ask where jobs are started.

    `digest` is of everything that it is given.
    """

    program: str
    digest: str


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
        return CommandPart(program=program, digest=_digest(given))

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
        address = _digest(_address(self._settings.drivers.get(place.driver), server))
        said = {name: self._said(text) for name, text in constants.items()}
        return RunPart(
            driver=place.driver,
            server=server,
            address=address,
            job=job.job,
            whole=_digest([place.driver, address, job.job, sorted(job.parameters.items())]),
            parameters=sorted(job.parameters),
            constants={name: _digest(_plain(text)) for name, text in constants.items()},
            says={name: words for name, words in said.items() if words},
            service=_lower([service, *whole.aliases]),
            environment=_lower([environment, *place.aliases]),
        )

    def _said(self, text: str) -> list[str]:
        """The names of services and environments that stand in a value, each as a word."""
        lower = text.casefold()
        pieces = list(_PIECE.finditer(lower))[:LONGEST_VOCABULARY]
        longest = 5  # as many pieces as a name like `eu-west-1-blue-2` has
        found = (
            lower[first.start() : last.end()]
            for index, first in enumerate(pieces)
            for last in pieces[index : index + longest]
        )
        return list(dict.fromkeys(one for one in found if one in self._names))


def _request(check: UrlCheck, values: Mapping[str, str]) -> CommandPart:
    """Some servers start jobs by a mere GET."""
    headers = [sorted(check.headers.items()), _revealed(check.secret_headers)]
    return CommandPart(
        program=_host(check.address), digest=_digest([check.address, _used([check.address], values), headers])
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


def _steps(job: str) -> list[str]:
    """Case and outer slashes do not matter to Jenkins; a step like `..` leads elsewhere than it says."""
    return job.strip("/ ").casefold().split("/")


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


def _plain(text: str) -> str:
    """Without what a job may not care about: case, spaces, dots."""
    return "".join(_PIECE.findall(text.casefold())) or text


def _digest(value: Any) -> str:
    return hashlib.blake2s(json.dumps(value).encode(), digest_size=8).hexdigest()
