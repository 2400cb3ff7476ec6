"""Would Jenkins start the job as asked? It drops unknown parameters silently and answers others with a bare 500.

So the job's declared parameters are read first, and what does not fit is refused in words.
"""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import process

from bot.drivers.jenkins import paths
from bot.drivers.jenkins.answers import JOB_TREE, Definition, Job
from bot.drivers.jenkins.client import JenkinsClient
from bot.errors import Refused
from bot.reasons import Reason
from bot.runs import RunTarget

MISSING = "Jenkins {server} has no job “{job}”, or its user {user} may not read it (Job/Read).{hint}"
MISSING_WAY = "Correct the job's name in the configuration, or grant {user} Job/Read on it."
FOLDER = "“{job}” on Jenkins {server} is a folder, not a job.{hint}"
FOLDER_WAY = "Name a job inside it, such as “{job}/{child}”."
BRANCHES = "“{job}” on Jenkins {server} is a multibranch project: its branches are the jobs.{hint}"
BRANCHES_WAY = (
    "Name a branch as Jenkins names it, such as “{job}/{child}” (a slash in a branch is written %2F)."
)
DISABLED = "The job “{job}” on Jenkins {server} is disabled."
DISABLED_WAY = "Enable it in Jenkins, or wait for whoever disabled it."
NOT_BUILDABLE = "The job “{job}” on Jenkins {server} cannot be built at the moment."
NEVER_RAN = "Jenkins {server} does not know the parameters of “{job}” yet: the pipeline has never run."
NEVER_RAN_WAY = "Run it once by hand, so that Jenkins learns the parameters its Jenkinsfile declares (with {key} among them)."
UNKNOWN = "The job “{job}” declares no parameter “{name}”; Jenkins would drop it silently.{hint}"
UNKNOWN_WAY = "Declare it in the job, or remove it from the configuration. Declared: {declared}."
OUTSIDE = "The parameter {name} of “{job}” cannot be “{value}”.{hint}"
OUTSIDE_WAY = "Allowed: {choices}."
NOT_BOOLEAN = "The parameter {name} of “{job}” is a boolean and cannot be “{value}”."
NOT_BOOLEAN_WAY = "Allowed: true, false."
A_FILE = "The parameter {name} of “{job}” is a file, which cannot be given from here."
A_FILE_WAY = "Remove it from the configuration, or make it a string parameter."
OUR_OWN = "The parameter {name} is ours: it carries the key that makes sure a deployment starts once."
OUR_OWN_WAY = "Remove it from the configured parameters, or choose another drivers.jenkins.servers.{server}.key_parameter."
NO_KEY = "The job “{job}” declares no string parameter {key}, which carries the key that makes sure a deployment starts once."
KEY_IS = "The job “{job}” declares {key} as {kind}; it has to be a string parameter."
NO_KEY_WAY = "Add a string parameter named {key}, with an empty default, to the job (docs/jenkins.md), or name another in drivers.jenkins.servers.{server}.key_parameter."
DID_YOU_MEAN = " Did you mean “{0}”?"
NOTHING = "none"

# Those of core and, by their endings, those of plugins that extend them (validating, persistent, hidden).
_STRINGS = ("StringParameterDefinition", "TextParameterDefinition", "WHideParameterDefinition")
_ALIKE = 70.0
"""Of 100: below, a suggestion is a guess."""


async def check(client: JenkinsClient, target: RunTarget) -> Job:
    """The job, if it would start as asked. Raises `Refused` with the reasons that `bot.ports.Runs.check` names."""
    job = await client.read(Job, f"{paths.job_path(target.job)}/api/json", tree=JOB_TREE)
    if job is None:
        raise await _missing(client, target)
    _startable(client, target, job)
    _declared(client, target, job)
    return job


async def _missing(client: JenkinsClient, target: RunTarget) -> Refused:
    folder, name = paths.parent_of(target.job)
    path = f"{paths.job_path(folder)}/api/json" if folder else paths.ROOT
    parent = await client.read(Job, path, tree="jobs[name]")
    alike = _alike(name, [child.name for child in (parent.jobs if parent else None) or ()])
    hint = DID_YOU_MEAN.format(f"{folder}/{alike}" if folder else alike) if alike else ""
    words = {"server": client.name, "job": target.job, "user": client.server.user}
    return Refused(
        Reason.JOB_MISSING, MISSING.format(**words, hint=hint), way_out=MISSING_WAY.format(**words)
    )


def _startable(client: JenkinsClient, target: RunTarget, job: Job) -> None:
    words = {"server": client.name, "job": target.job}
    if job.jobs is not None:
        many = "MultiBranch" in job.class_
        child = job.jobs[0].name if job.jobs else "…"
        sentence, way = (BRANCHES, BRANCHES_WAY) if many else (FOLDER, FOLDER_WAY)
        raise Refused(
            Reason.JOB_MISSING,
            sentence.format(**words, hint=""),
            way_out=way.format(job=target.job, child=child),
        )
    if job.disabled or job.color == "disabled":
        raise Refused(Reason.JOB_DISABLED, DISABLED.format(**words), way_out=DISABLED_WAY)
    if job.buildable is False:
        raise Refused(Reason.JOB_DISABLED, NOT_BUILDABLE.format(**words), way_out=DISABLED_WAY)


def _declared(client: JenkinsClient, target: RunTarget, job: Job) -> None:
    key = client.server.key_parameter
    declared = {definition.name: definition for definition in job.definitions}
    if not declared and job.class_.endswith(".WorkflowJob") and job.last_build is None:
        raise Refused(
            Reason.KEY_NOT_DECLARED,
            NEVER_RAN.format(server=client.name, job=target.job),
            way_out=NEVER_RAN_WAY.format(key=key),
        )
    for name, value in target.parameters.items():
        if name == key:
            raise Refused(
                Reason.PARAMETER_INVALID,
                OUR_OWN.format(name=name),
                way_out=OUR_OWN_WAY.format(server=client.name),
            )
        if name not in declared:
            raise _unknown(target, name, [other for other in declared if other != key])
        _value_fits(target, declared[name], value)
    _carries_key(client, target, declared.get(key))


def _unknown(target: RunTarget, name: str, declared: list[str]) -> Refused:
    alike = _alike(name, declared)
    return Refused(
        Reason.PARAMETER_UNKNOWN,
        UNKNOWN.format(job=target.job, name=name, hint=DID_YOU_MEAN.format(alike) if alike else ""),
        way_out=UNKNOWN_WAY.format(declared=", ".join(declared) or NOTHING),
    )


def _value_fits(target: RunTarget, definition: Definition, value: str) -> None:
    words = {"name": definition.name, "job": target.job, "value": value}
    if definition.allowed and value not in definition.allowed:
        alike = _alike(value, definition.allowed)
        hint = DID_YOU_MEAN.format(alike) if alike else ""
        raise Refused(
            Reason.PARAMETER_OUTSIDE_CHOICES,
            OUTSIDE.format(**words, hint=hint),
            way_out=OUTSIDE_WAY.format(choices=", ".join(definition.allowed)),
        )
    if definition.kind == "BooleanParameterDefinition" and value not in {"true", "false"}:
        raise Refused(Reason.PARAMETER_INVALID, NOT_BOOLEAN.format(**words), way_out=NOT_BOOLEAN_WAY)
    if definition.kind == "FileParameterDefinition":
        raise Refused(Reason.PARAMETER_INVALID, A_FILE.format(**words), way_out=A_FILE_WAY)


def _carries_key(client: JenkinsClient, target: RunTarget, definition: Definition | None) -> None:
    key = client.server.key_parameter
    if definition is not None and definition.kind.endswith(_STRINGS):
        return
    kind = definition.kind.removesuffix("Definition") if definition else ""
    raise Refused(
        Reason.KEY_NOT_DECLARED,
        KEY_IS.format(job=target.job, key=key, kind=kind) if kind else NO_KEY.format(job=target.job, key=key),
        way_out=NO_KEY_WAY.format(key=key, server=client.name),
    )


def _alike(asked: str, known: Iterable[str]) -> str:
    found = process.extractOne(asked, list(known), processor=str.casefold, score_cutoff=_ALIKE)
    return str(found[0]) if found else ""
