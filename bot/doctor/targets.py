"""Each driver's servers, and whether each service's jobs would start with a sample version."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping

import msgspec

from bot.doctor.check import Check, fault, ok, warning
from bot.doctor.verifying import job_targets
from bot.errors import Failure, Refused, Rejected
from bot.ports import Runs
from bot.reasons import Reason
from bot.runs import RunTarget
from bot.templates import render
from config.models import Service, ServiceEnvironment, Settings, servers_of
from config.versions import fits

THERE = "The server answers, and knows us."
WAITS = "It may be back in a moment; try again."
LOOK_AT_IT = "Look at drivers.{driver}.servers.{server} in the configuration."
STARTS = "{job} takes the parameters, tried with version {version}."
NO_SAMPLE = "No sample version fits version_pattern."
NO_SAMPLE_WAY_OUT = "Name one: pilothouse doctor --version {service}=1.2.3"
VALUE_WAY_OUT = "With another version it may fit: pilothouse doctor --version {service}=…"
UNREACHED = "Not checked: {server} is not available."

SAMPLES = ("1.0.0", "v1.0.0", "1.0", "1", "main", "0123abc", "2026.1.1")
_VALUES = frozenset({Reason.PARAMETER_OUTSIDE_CHOICES, Reason.PARAMETER_INVALID})


async def checks(
    settings: Settings, runs: Mapping[str, Runs], versions: Mapping[str, str]
) -> AsyncIterator[Check]:
    away: set[tuple[str, str]] = set()
    for driver, section in settings.drivers.items():
        for server in servers_of(section) or []:
            found = await _server(runs[driver], driver, server)
            if found.level != "ok":
                away.add((driver, server))
            yield found
    for name, service in settings.services.items():
        for environment, place in service.environments.items():
            what = f"{name} {environment}"
            if (place.driver, place.server) in away:
                yield warning(what, UNREACHED.format(server=f"{place.driver}/{place.server}"))
            else:
                version = versions.get(name) or sample(service)
                if version is None:
                    yield warning(what, NO_SAMPLE, NO_SAMPLE_WAY_OUT.format(service=name))
                    continue
                for target in _targets(place, what, version):
                    yield await _target(runs[place.driver], what, target, version)


async def _server(runs: Runs, driver: str, server: str) -> Check:
    what = f"{driver}/{server}"
    try:
        await runs.ping(server)
    except Rejected as problem:
        return fault(what, problem.sentence, LOOK_AT_IT.format(driver=driver, server=server))
    except Failure as problem:
        return fault(what, problem.sentence, WAITS)
    return ok(what, THERE)


async def _target(runs: Runs, what: str, target: RunTarget, version: str) -> Check:
    try:
        await runs.check(target)
    except Refused as problem:
        if problem.reason in _VALUES:
            way_out = VALUE_WAY_OUT.format(service=what.split(" ", 1)[0])
            return warning(what, f"{problem.sentence} {problem.way_out}".rstrip(), way_out)
        return fault(what, problem.sentence, problem.way_out)
    except Failure as problem:
        return fault(what, problem.sentence)
    return ok(what, STARTS.format(job=target.job, version=version))


def _targets(place: ServiceEnvironment, what: str, version: str) -> Iterator[RunTarget]:
    """The place's own job, and those of the checks after its run."""
    service, environment = what.split(" ", 1)
    values = {
        "service": service,
        "environment": environment,
        "version": version,
        "deployment": "0" * 20,
        "number": "1",
        "requester": "doctor",
        "requester_id": "U0DOCTOR",
        "digest": "0" * 40,
    }
    own = RunTarget(driver=place.driver, server=place.server, job=place.job)
    for target, parameters in ((own, place.parameters), *job_targets(place, own)):
        yield msgspec.structs.replace(target, parameters=render(parameters, values))


def sample(service: Service) -> str | None:
    """A version that the service takes: its default, or the first usual one that fits its pattern."""
    if service.default_version:
        return service.default_version
    return next((one for one in SAMPLES if fits(service.version_pattern, one)), None)
