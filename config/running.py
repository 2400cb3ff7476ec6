"""What would run, in a form that two of it can be compared by: digests and names, no value of any parameter.

Two runs of one job are told apart by constants only. What depends on anything else than the place itself (the version,
who asks) may become the same text, and a template that is shown a stand-in for it can see that it is one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection
from typing import Any, NamedTuple

from pydantic import Field

from config.section import Section

MOST_SAID = 8
"""Parameters that are named in a sentence."""
PIECE = re.compile(r"[a-z0-9]+")
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
        whole = hashed(plain(words)) == self.constants.get(parameter)
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
        kept[hashed([one.driver, one.job, one.address, sorted(constants.items())])] = one
    return list(kept.values())


class CommandPart(Section):
    """A program that verification would run as the server's user, or a host that it would ask where jobs are started.

    `digest` is of everything that it is given.
    """

    program: str
    digest: str


def _steps(job: str) -> list[str]:
    """Case and outer slashes do not matter to Jenkins; a step like `..` leads elsewhere than it says."""
    return job.strip("/ ").casefold().split("/")


def plain(text: str) -> str:
    """Without what a job may not care about: case, spaces, dots."""
    return "".join(PIECE.findall(text.casefold())) or text


def hashed(value: Any) -> str:
    return hashlib.blake2s(json.dumps(value).encode(), digest_size=8).hexdigest()
