"""What is looked at after a run: addresses whose host nobody can choose, templates that render, programs named whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from config.addresses import is_never_asked, is_private, literal
from config.checks.declared import Declared
from config.durations import written
from config.faults import Path, Problem, listed, suggestion
from config.models import ServiceEnvironment, Settings
from config.templates import BadTemplate, compiled
from config.verifying import Check, CommandCheck, JobCheck, UrlCheck

HOST_CHOSEN = "may hold a template behind the host only, so that nobody chooses whom the server asks"
NO_HOST = "has no host, or one that can't be read"
CREDENTIALS = "holds credentials: put them into secret_headers"
FRAGMENT = "has a part behind #, which no server ever sees"
IS_PRIVATE = "is a private address: say `private: true` beside it if that is meant"
NEVER = "is an address that is never asked: link-local, multicast, or nobody's"
LATE_LOOK = "is longer than within ({within}): there would be one look only"
NO_HEADER = '"{name}" is no name of a header'
NO_VALUE = "holds a character that a header can't"
SECRET_HEADER = "is a secret by its name: put it into secret_headers"  # noqa: S105 - a sentence
ABSOLUTE = "must be the absolute path of a program, without a template"
TWO_BAKES = "stands there twice: everything bakes together"
NOTHING_BAKES = "needs a url beside it: nothing would be looked at while it bakes"
NO_SERVER = '"{name}" is no server of {driver}{meant}'
NO_VARIABLE = '"{name}" is no name of an environment variable'
UNREMINDED = "would come after the soak is over ({soak})"

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TELLING = re.compile(r"authorization|cookie|token|secret|password|api-?key", re.IGNORECASE)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_WHOLE_HOST = re.compile(r"https?://[^/?#]+[/?]")
_TEMPLATE = re.compile(r"\{[{%#]")


def check(settings: Settings, declared: Declared) -> Iterator[Problem]:
    for name, policy in settings.policies.items():
        if policy.soak and policy.soak_remind is not None and policy.soak_remind >= policy.soak:
            problem = UNREMINDED.format(soak=written(policy.soak))
            yield Problem(path=("policies", name, "soak_remind"), problem=problem)
    for name, service in settings.services.items():
        for word, environment in service.environments.items():
            path: Path = ("services", name, "environments", word, "verify")
            yield from _checks(path, environment, declared)


def _checks(path: Path, environment: ServiceEnvironment, declared: Declared) -> Iterator[Problem]:
    baked = False
    for index, one in enumerate(environment.verify):
        at = (*path, index)
        if one.url is not None:
            yield from _url((*at, "url"), one.url)
        elif one.job is not None:
            yield from _job((*at, "job"), one.job, environment, declared)
        elif one.command is not None:
            yield from _command((*at, "command"), one.command)
        else:
            yield from _bake((*at, "bake"), environment.verify, again=baked)
            baked = True


def _url(path: Path, one: UrlCheck) -> Iterator[Problem]:
    yield from _templates((*path, "address"), one.address)
    yield from _host((*path, "address"), one)
    if one.every > one.within:
        yield Problem(path=(*path, "every"), problem=LATE_LOOK.format(within=written(one.within)))
    yield from _headers((*path, "headers"), one.headers)
    for name in one.headers:
        if _TELLING.search(name):
            yield Problem(path=(*path, "headers", name), problem=SECRET_HEADER)
    revealed = {name: value.get_secret_value() for name, value in one.secret_headers.items()}
    yield from _headers((*path, "secret_headers"), revealed)


def _host(path: Path, one: UrlCheck) -> Iterator[Problem]:
    before, *rest = _TEMPLATE.split(one.address, maxsplit=1)
    if rest and not _WHOLE_HOST.match(before):
        yield Problem(path=path, problem=HOST_CHOSEN)
        return
    try:
        parts = urlsplit(before)
        host, credentials, _ = parts.hostname or "", "@" in parts.netloc, parts.port
    except ValueError:
        host, credentials = "", False
    if not host:
        yield Problem(path=path, problem=NO_HOST)
    elif credentials:
        yield Problem(path=path, problem=CREDENTIALS)
    elif "#" in before:
        yield Problem(path=path, problem=FRAGMENT)
    else:
        yield from _reachable(path, host, private=one.private)


def _reachable(path: Path, host: str, *, private: bool) -> Iterator[Problem]:
    """As far as the host says it by itself; what its name stands for is found out at each look."""
    address = literal(host)
    local = host == "localhost" or host.endswith(".localhost")
    if address is not None and is_never_asked(address):
        yield Problem(path=path, problem=NEVER)
    elif not private and (local or (address is not None and is_private(address))):
        yield Problem(path=path, problem=IS_PRIVATE)


def _headers(path: Path, headers: Mapping[str, str]) -> Iterator[Problem]:
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name):
            yield Problem(path=(*path, name), problem=NO_HEADER.format(name=name), key=True)
        elif _CONTROL.search(value):
            yield Problem(path=(*path, name), problem=NO_VALUE)


def _job(path: Path, one: JobCheck, place: ServiceEnvironment, declared: Declared) -> Iterator[Problem]:
    servers = declared.servers.get(place.driver)
    if one.server and servers is not None and one.server not in servers:
        problem = NO_SERVER.format(
            name=one.server, driver=place.driver, meant=suggestion(one.server, servers)
        )
        yield Problem(path=(*path, "server"), problem=problem, allowed=listed(servers))
    for name, template in one.parameters.items():
        yield from _templates((*path, "parameters", name), template)


def _command(path: Path, one: CommandCheck) -> Iterator[Problem]:
    program = one.run[0]
    if not program.startswith("/") or _TEMPLATE.search(program):
        yield Problem(path=(*path, "run", 0), problem=ABSOLUTE)
    for index, template in enumerate(one.run):
        yield from _templates((*path, "run", index), template)
    for name in one.env:
        if not _VARIABLE.fullmatch(name):
            yield Problem(path=(*path, "env", name), problem=NO_VARIABLE.format(name=name), key=True)


def _bake(path: Path, checks: list[Check], *, again: bool) -> Iterator[Problem]:
    if again:
        yield Problem(path=path, problem=TWO_BAKES)
    elif all(one.url is None for one in checks):
        yield Problem(path=path, problem=NOTHING_BAKES)


def _templates(path: Path, template: str) -> Iterator[Problem]:
    try:
        compiled(template)
    except BadTemplate as error:
        yield Problem(path=path, problem=str(error), allowed=error.allowed)
