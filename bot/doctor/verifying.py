"""What is looked at after runs: whether its jobs would start, and its programs are there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from bot.doctor.check import Check, fault, ok
from bot.runs import RunTarget
from config.models import ServiceEnvironment, Settings
from config.verifying import CommandCheck

PROGRAM = "{program} is there, for a check after the run."
NO_PROGRAM = "{program}, for a check after the run, is no program that the server can run."
NO_PROGRAM_OUT = "Install it on this machine, or leave the check out."


def programs(settings: Settings) -> Iterator[Check]:
    """Every program that a check runs on this machine, for each place."""
    for name, service in settings.services.items():
        for environment, place in service.environments.items():
            for check in place.verify:
                if check.command is not None:
                    yield _program(f"{name} {environment}", check.command)


def job_targets(place: ServiceEnvironment, usual: RunTarget) -> Iterator[tuple[RunTarget, Mapping[str, str]]]:
    """The job of each check with its parameters' templates; the rest as in the place's own target."""
    for check in place.verify:
        if check.job is not None:
            server = check.job.server or usual.server
            target = msgspec.structs.replace(usual, job=check.job.job, server=server, parameters={})
            yield target, check.job.parameters


def _program(what: str, command: CommandCheck) -> Check:
    program = command.run[0]
    if Path(program).is_file() and os.access(program, os.X_OK):
        return ok(what, PROGRAM.format(program=program))
    return fault(what, NO_PROGRAM.format(program=program), NO_PROGRAM_OUT)
