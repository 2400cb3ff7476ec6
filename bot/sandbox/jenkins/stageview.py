"""What the stage view plugin (`pipeline-rest-api`) tells of a pipeline run under `wfapi/`."""

from __future__ import annotations

from string import Template
from typing import Any
from urllib.parse import quote

from bot.sandbox.jenkins.jobs import Ask, Parameter
from bot.sandbox.jenkins.records import Build, StageRun

RESULTS = {"FAILURE": "FAILED"}
ABORT_TYPE = "org.jenkinsci.plugins.workflow.steps.FlowInterruptedException"
FAIL_TYPE = "hudson.AbortException"


def describe(build: Build, path: str, now: float) -> dict[str, Any]:
    """`path` is the build's path on the server, such as `/job/pipe/1`; times are milliseconds."""
    links = {"self": {"href": f"{path}/wfapi/describe"}}
    if build.pending:
        links["pendingInputActions"] = {"href": f"{path}/wfapi/pendingInputActions"}
        links["nextPendingInputAction"] = {"href": f"{path}/wfapi/nextPendingInputAction"}
    end = build.ended or now
    return {
        "_links": links,
        "id": str(build.number),
        "name": f"#{build.number}",
        "status": _status(build),
        "startTimeMillis": int(build.started * 1000),
        "endTimeMillis": int(end * 1000),
        "durationMillis": int((end - build.started) * 1000),
        "queueDurationMillis": 2,
        "pauseDurationMillis": 0,
        "stages": [_stage(stage, path, now) for stage in build.stages],
    }


def _status(build: Build) -> str:
    if build.pending:
        return "PAUSED_PENDING_INPUT"
    return RESULTS.get(build.result, build.result) if build.result else "IN_PROGRESS"


def _stage(stage: StageRun, path: str, now: float) -> dict[str, Any]:
    told: dict[str, Any] = {
        "_links": {"self": {"href": f"{path}/execution/node/{stage.id}/wfapi/describe"}},
        "id": stage.id,
        "name": stage.name,
        "execNode": "",
        "status": stage.status,
        "startTimeMillis": int(stage.started * 1000),
        "durationMillis": int(((stage.ended or now) - stage.started) * 1000),
        "pauseDurationMillis": int(stage.paused * 1000),
    }
    if stage.error:
        kind = ABORT_TYPE if stage.status == "ABORTED" else FAIL_TYPE
        told["error"] = {"message": stage.error, "type": kind}
    return told


def pending(build: Build, path: str) -> list[dict[str, Any]]:
    if build.pending is None:
        return []
    ask = build.pending
    name = quote(ask.id, safe="")
    return [
        {
            "id": ask.id,
            "proceedText": ask.proceed,
            "message": message(build, ask),
            "inputs": [_input(parameter) for parameter in ask.parameters],
            "proceedUrl": f"{path}/wfapi/inputSubmit?inputId={name}",
            "abortUrl": f"{path}/input/{name}/abort",
            "redirectApprovalUrl": f"{path}/input/",
        }
    ]


def message(build: Build, ask: Ask) -> str:
    return Template(ask.message).safe_substitute({k: str(v) for k, v in build.values.items()})


def _input(parameter: Parameter) -> dict[str, Any]:
    default: Any = parameter.choices[0] if parameter.choices else parameter.default
    definition: dict[str, Any] = {"defaultVal": default == "true" if parameter.kind == "Boolean" else default}
    if parameter.choices:
        definition["choices"] = list(parameter.choices)
    told: dict[str, Any] = {"type": f"{parameter.kind}ParameterDefinition", "name": parameter.name}
    if parameter.description:
        told["description"] = parameter.description
    return {**told, "definition": definition}
