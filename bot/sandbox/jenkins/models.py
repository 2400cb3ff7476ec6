"""Things as Jenkins tells them in JSON: whole models, of which `tree` or the usual view picks.

Values that are costly or lead on to other things are functions, called when they are told.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from bot.sandbox.jenkins import tree
from bot.sandbox.jenkins.engine import Engine, estimate
from bot.sandbox.jenkins.jobs import Folder, Job, Parameter
from bot.sandbox.jenkins.records import Build, Item, JobState

FREESTYLE = "hudson.model.FreeStyleProject"
FREESTYLE_BUILD = "hudson.model.FreeStyleBuild"
PIPELINE = "org.jenkinsci.plugins.workflow.job.WorkflowJob"
PIPELINE_BUILD = "org.jenkinsci.plugins.workflow.job.WorkflowRun"
FOLDER = "com.cloudbees.hudson.plugins.folder.Folder"
MULTIBRANCH = "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject"
INPUT_ACTION = "org.jenkinsci.plugins.workflow.support.steps.input.InputAction"
APPROVER_ACTION = "org.jenkinsci.plugins.workflow.support.steps.input.ApproverAction"

_DEFINITIONS = "[name,type,description,choices,defaultParameterValue[name,value]]"
_IN_ACTIONS = "[name,type,description,choices,defaultParameterValue[value]]"
_BUILDS = ",".join(
    f"{name}[number,url]"
    for name in (
        "builds",
        "firstBuild",
        "lastBuild",
        "lastCompletedBuild",
        "lastFailedBuild",
        "lastStableBuild",
        "lastSuccessfulBuild",
        "lastUnstableBuild",
        "lastUnsuccessfulBuild",
    )
)
_JOB = (
    f"actions[parameterDefinitions{_IN_ACTIONS}],description,displayName,displayNameOrNull,fullDisplayName,fullName,name,url,"
    f"buildable,{_BUILDS},color,healthReport[description,iconClassName,iconUrl,score],inQueue,keepDependencies,"
    f"nextBuildNumber,property[parameterDefinitions{_DEFINITIONS},branch],queueItem,concurrentBuild,disabled"
)
_ACTIONS = "actions[parameters[name,value],causes[shortDescription,userId,userName]]"
_BUILD = (
    f"{_ACTIONS},artifacts,building,description,displayName,duration,estimatedDuration,executor,fullDisplayName,id,"
    "inProgress,keepLog,number,queueId,result,timestamp,url,culprits"
)
VIEWS = {
    FREESTYLE: f"{_JOB},downstreamProjects,labelExpression,scm,upstreamProjects",
    PIPELINE: f"{_JOB},resumeBlocked",
    FREESTYLE_BUILD: f"{_BUILD},builtOn,changeSet",
    PIPELINE_BUILD: f"{_BUILD},changeSets,nextBuild[number,url],previousBuild[number,url]",
    FOLDER: "actions,description,displayName,displayNameOrNull,fullDisplayName,fullName,name,url,healthReport,jobs[name,url,color],primaryView,views",
    "hudson.model.Hudson": "assignedLabels,mode,nodeDescription,nodeName,numExecutors,description,jobs[name,url,color],overallLoad,primaryView,quietDownReason,quietingDown,slaveAgentPort,unlabeledLoad,url,useCrumbs,useSecurity,views",
    "hudson.model.Queue": "discoverableItems,items[id]",
}
VIEWS[MULTIBRANCH] = f"{VIEWS[FOLDER]},buildable,sources"

Model = dict[str, Any]


class Models:
    """`root_url` is the configured root URL, which JSON shows whatever host was asked."""

    def __init__(self, engine: Engine, root_url: str) -> None:
        self._engine = engine
        self.root_url = root_url.rstrip("/")

    def tell(self, model: Model, wanted: str | None) -> bytes:
        """JSON of a model. Raises `tree.TreeError`."""
        if wanted is None:
            wanted = VIEWS.get(model["_class"])
        told = tree.prune(model, tree.parse(wanted)) if wanted else model
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()

    def url(self, name: str, *more: str) -> str:
        path = "/".join(f"job/{quote(part, safe='')}" for part in name.split("/"))
        return "/".join((self.root_url, path, *more, ""))

    def root(self, *, visible: bool) -> Model:
        return {
            "_class": "hudson.model.Hudson",
            "assignedLabels": [{"name": "built-in"}],
            "mode": "NORMAL",
            "nodeDescription": "the Jenkins controller's built-in node",
            "nodeName": "",
            "numExecutors": self._engine.executors,
            "description": None,
            "jobs": lambda: self._children("") if visible else [],
            "overallLoad": {},
            "primaryView": self._all_view(self.root_url),
            "quietDownReason": None,
            "quietingDown": self._engine.quieting,
            "slaveAgentPort": -1,
            "unlabeledLoad": {"_class": "jenkins.model.UnlabeledLoadStatistics"},
            "url": f"{self.root_url}/",
            "useCrumbs": True,
            "useSecurity": True,
            "views": [self._all_view(self.root_url)],
        }

    def _all_view(self, url: str) -> Model:
        return {"_class": "hudson.model.AllView", "name": "all", "url": f"{url.rstrip('/')}/"}

    def _children(self, folder: str) -> list[Model]:
        inside = [n for n in (*self._engine.jobs, *self._engine.folders) if n.rpartition("/")[0] == folder]
        return [self.thing(name) for name in sorted(inside)]

    def thing(self, name: str) -> Model:
        """A job or a folder by its full name."""
        if name in self._engine.jobs:
            return self.job(self._engine.jobs[name])
        return self.folder(self._engine.folders[name])

    def _names(self, name: str) -> Model:
        short = name.rpartition("/")[2]
        shown = short.replace("%2F", "/")
        return {
            "displayName": shown,
            "displayNameOrNull": shown if shown != short else None,
            "fullDisplayName": " » ".join(part.replace("%2F", "/") for part in name.split("/")),
            "fullName": name,
            "name": short,
            "url": self.url(name),
        }

    def folder(self, folder: Folder) -> Model:
        view = {**self._all_view(self.url(folder.name)), "name": "All"}
        if folder.multibranch:
            view |= {"_class": "jenkins.branch.MultiBranchProjectViewHolder$ViewImpl", "name": "default"}
        return {
            "_class": MULTIBRANCH if folder.multibranch else FOLDER,
            "actions": [],
            "description": None,
            **self._names(folder.name),
            "healthReport": [],
            "jobs": lambda: self._children(folder.name),
            "primaryView": view,
            "views": [view],
            **({"buildable": True, "sources": [{}]} if folder.multibranch else {}),
        }

    def job(self, state: JobState) -> Model:
        job = state.job
        definitions = [_definition(parameter) for parameter in state.parameters]
        declared = {
            "_class": "hudson.model.ParametersDefinitionProperty",
            "parameterDefinitions": definitions,
        }
        branch = {
            "_class": "org.jenkinsci.plugins.workflow.multibranch.BranchJobProperty",
            "branch": {},
        }
        of_branch = self._engine.folders.get(job.name.rpartition("/")[0], Folder(name="")).multibranch
        queued = [item for item in self._engine.waiting() if item.job is job]
        return {
            "_class": PIPELINE if job.pipeline else FREESTYLE,
            "actions": [] if job.pipeline or not definitions else [declared],
            "description": None if of_branch else job.description,
            **self._names(job.name),
            "buildable": not state.disabled,
            "builds": lambda: [self.build(build) for build in state.newest_first[:100]],
            "color": _color(state),
            **self._permalinks(state),
            "healthReport": _health(state),
            "inQueue": bool(queued),
            "keepDependencies": False,
            "nextBuildNumber": state.next_number,
            "property": [*([branch] if of_branch else []), *([declared] if definitions else [])],
            "queueItem": lambda: self.item(queued[0]) if queued else None,
            "concurrentBuild": job.pipeline,
            "disabled": state.disabled,
            "downstreamProjects": [],
            "upstreamProjects": [],
            "labelExpression": job.label or None,
            "scm": {"_class": "hudson.scm.NullSCM"},
            "resumeBlocked": False,
        }

    def _permalinks(self, state: JobState) -> Model:
        def newest(results: set[str] | None, *, ended: bool = True) -> Any:
            found = permalink(state, results, ended=ended)
            return lambda: self.build(found) if found else None

        first = state.builds[min(state.builds)] if state.builds else None
        return {
            "firstBuild": lambda: self.build(first) if first else None,
            "lastBuild": newest(None, ended=False),
            "lastCompletedBuild": newest(None),
            "lastFailedBuild": newest({"FAILURE"}),
            "lastStableBuild": newest({"SUCCESS"}),
            "lastSuccessfulBuild": newest({"SUCCESS", "UNSTABLE"}),
            "lastUnstableBuild": newest({"UNSTABLE"}),
            "lastUnsuccessfulBuild": newest({"FAILURE", "UNSTABLE", "ABORTED"}),
        }

    def build(self, build: Build) -> Model:
        state, job = self._engine.jobs[build.job.name], build.job
        duration = 0 if build.ended is None else _millis(build.ended - build.started)
        return {
            "_class": PIPELINE_BUILD if job.pipeline else FREESTYLE_BUILD,
            "actions": [*_shared_actions(job, build.item), *_build_actions(build)],
            "artifacts": [],
            "building": build.building,
            "inProgress": build.building,
            "description": None,
            "displayName": f"#{build.number}",
            "duration": duration,
            "estimatedDuration": build.expected if build.building else estimate(state),
            "executor": _executor(job) if build.building else None,
            "fullDisplayName": f"{self._names(job.name)['fullDisplayName']} #{build.number}",
            "id": str(build.number),
            "keepLog": False,
            "number": build.number,
            "queueId": build.item.id,
            "result": build.result,
            "timestamp": _millis(build.started),
            "url": self.url(job.name, str(build.number)),
            "builtOn": "",
            "changeSet": {"_class": "hudson.scm.EmptyChangeLogSet", "items": [], "kind": None},
            "changeSets": [],
            "culprits": [],
            "nextBuild": lambda: self._neighbour(state, build, 1),
            "previousBuild": lambda: self._neighbour(state, build, -1),
        }

    def _neighbour(self, state: JobState, build: Build, step: int) -> Model | None:
        found = state.builds.get(build.number + step)
        return self.build(found) if found else None

    def queue(self) -> Model:
        waiting = reversed(self._engine.waiting())
        items = [self.item(item) for item in waiting]
        return {"_class": "hudson.model.Queue", "discoverableItems": [], "items": items}

    def item(self, item: Item) -> Model:
        kind, why = self._engine.why(item)
        state = self._engine.jobs[item.job.name]
        waits_for_more = kind in {"BlockedItem", "BuildableItem"}
        model = {
            "_class": f"hudson.model.Queue${kind}",
            "actions": _shared_actions(item.job, item),
            "blocked": kind == "BlockedItem",
            "buildable": kind == "BuildableItem",
            "id": item.id,
            "inQueueSince": _millis(item.since),
            "params": "".join(f"\n{name}={_as_text(value)}" for name, value in item.values.items()),
            "stuck": bool(item.job.label) and waits_for_more,
            "task": {
                "_class": PIPELINE if item.job.pipeline else FREESTYLE,
                "name": item.job.short_name,
                "url": self.url(item.job.name),
                "color": _color(state),
            },
            "url": f"queue/item/{item.id}/",
            "why": why or None,
        }
        if kind == "WaitingItem":
            model["timestamp"] = _millis(item.ready_at)
        if waits_for_more:
            model["buildableStartMilliseconds"] = _millis(item.ready_at)
        if kind == "BuildableItem":
            model["pending"] = False
        if kind == "LeftItem":
            model["cancelled"] = item.cancelled
            model["executable"] = self._executable(item)
        return model

    def _executable(self, item: Item) -> Model | None:
        if item.build is None:
            return None
        url = self.url(item.job.name, str(item.build.number))
        kind = PIPELINE_BUILD if item.job.pipeline else FREESTYLE_BUILD
        return {"_class": kind, "number": item.build.number, "url": url}


def permalink(state: JobState, results: set[str] | None, *, ended: bool = True) -> Build | None:
    for build in state.newest_first:
        if (not ended or not build.building) and (results is None or build.result in results):
            return build
    return None


def _executor(job: Job) -> Model:
    return {"_class": "hudson.model.OneOffExecutor"} if job.pipeline else {}


def _definition(parameter: Parameter) -> Model:
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


def _shared_actions(job: Job, item: Item) -> list[Model]:
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


def _build_actions(build: Build) -> list[Model]:
    actions: list[Model] = [{}, {"_class": "org.jenkinsci.plugins.displayurlapi.actions.RunDisplayAction"}]
    if build.was_asked:
        actions.insert(0, {"_class": INPUT_ACTION})
    if build.approver:
        actions.insert(1, {"_class": APPROVER_ACTION})
    return actions


def _color(state: JobState) -> str:
    colors = {"SUCCESS": "blue", "UNSTABLE": "yellow", "FAILURE": "red", "ABORTED": "aborted"}
    last = permalink(state, None)
    color = colors.get(last.result or "", "notbuilt") if last else "notbuilt"
    return "disabled" if state.disabled else f"{color}_anime" if state.running else color


def _health(state: JobState) -> list[Model]:
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


def _as_text(value: str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else value


def _millis(seconds: float) -> int:
    return int(seconds * 1000)
