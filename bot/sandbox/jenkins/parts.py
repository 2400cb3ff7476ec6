"""Small parts of what Jenkins tells in JSON: parameters, actions, colours, health."""

from __future__ import annotations

from typing import Any

from bot.sandbox.jenkins.jobs import Job, Parameter
from bot.sandbox.jenkins.records import Build, Item, JobState
from bot.sandbox.jenkins.views import APPROVER_ACTION, GIT_ACTION, INPUT_ACTION

Model = dict[str, Any]


def permalink(state: JobState, results: set[str] | None, *, ended: bool = True) -> Build | None:
    for build in state.newest_first:
        if (not ended or not build.building) and (results is None or build.result in results):
            return build
    return None


def executor(job: Job) -> Model:
    return {"_class": "hudson.model.OneOffExecutor"} if job.pipeline else {}


def definition(parameter: Parameter) -> Model:
    kind = "String" if parameter.kind == "Choice" else parameter.kind
    default: Model | None = None if parameter.kind == "File" else _default(kind, parameter)
    model: Model = {
        "_class": f"hudson.model.{parameter.kind}ParameterDefinition",
        "defaultParameterValue": default,
        "description": parameter.description,
        "name": parameter.name,
        "type": f"{parameter.kind}ParameterDefinition",
    }
    return {**model, "choices": list(parameter.choices)} if parameter.kind == "Choice" else model


def _default(kind: str, parameter: Parameter) -> Model:
    default: Model = {"_class": f"hudson.model.{kind}ParameterValue", "name": parameter.name}
    if parameter.kind == "Boolean":
        default["value"] = parameter.default == "true"
    elif parameter.kind != "Password":
        default["value"] = parameter.choices[0] if parameter.choices else parameter.default
    return default


def shared_actions(job: Job, item: Item) -> list[Model]:
    kinds = {parameter.name: parameter.kind for parameter in job.parameters}
    given = [_value(kinds[name], name, value) for name, value in item.values.items()]
    causes = [
        {
            "_class": "hudson.model.Cause$UserIdCause",
            "shortDescription": f"Started by user {user}",
            "userId": user,
            "userName": user,
        }
        for user in item.causes
    ]
    parameters = [{"_class": "hudson.model.ParametersAction", "parameters": given}] if given else []
    return [*parameters, {"_class": "hudson.model.CauseAction", "causes": causes}]


def _value(kind: str, name: str, value: str | bool) -> Model:
    shown = "String" if kind == "Choice" else kind
    model: Model = {"_class": f"hudson.model.{shown}ParameterValue", "name": name}
    return model if kind in {"Password", "File"} else {**model, "value": value}


def build_actions(build: Build) -> list[Model]:
    actions: list[Model] = [{}, {"_class": "org.jenkinsci.plugins.displayurlapi.actions.RunDisplayAction"}]
    if build.was_asked:
        actions.insert(0, {"_class": INPUT_ACTION})
    if build.approver:
        actions.insert(1, {"_class": APPROVER_ACTION})
    if build.commit:
        # As the git plugin tells it: https://plugins.jenkins.io/git/
        revision = {
            "SHA1": build.commit,
            "branch": [{"SHA1": build.commit, "name": "refs/remotes/origin/main"}],
        }
        actions.append({"_class": GIT_ACTION, "lastBuiltRevision": revision, "scmName": ""})
    return actions


def color(state: JobState) -> str:
    colors = {"SUCCESS": "blue", "UNSTABLE": "yellow", "FAILURE": "red", "ABORTED": "aborted"}
    last = permalink(state, None)
    color = colors.get(last.result or "", "notbuilt") if last else "notbuilt"
    return "disabled" if state.disabled else f"{color}_anime" if state.running else color


def health(state: JobState) -> list[Model]:
    last = permalink(state, None)
    if last is None:
        return []
    good = last.result == "SUCCESS"
    words = "No recent builds failed." if good else "All recent builds failed."
    icon = "health-80plus" if good else "health-00to19"
    return [
        {
            "description": f"Build stability: {words}",
            "iconClassName": f"icon-{icon}",
            "iconUrl": f"{icon}.png",
            "score": 100 if good else 0,
        }
    ]


def as_text(value: str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else value


def millis(seconds: float) -> int:
    return int(seconds * 1000)
