"""Things as Jenkins tells them in JSON: whole models, of which `tree` or the usual view picks.

Values that are costly or lead on to other things are functions, called when they are told.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from bot.sandbox.jenkins import tree
from bot.sandbox.jenkins.engine import Engine, estimate
from bot.sandbox.jenkins.jobs import Folder
from bot.sandbox.jenkins.parts import (
    Model,
    as_text,
    build_actions,
    color,
    definition,
    executor,
    health,
    millis,
    permalink,
    shared_actions,
)
from bot.sandbox.jenkins.records import Build, Item, JobState
from bot.sandbox.jenkins.views import (
    FOLDER,
    FREESTYLE,
    FREESTYLE_BUILD,
    MULTIBRANCH,
    PIPELINE,
    PIPELINE_BUILD,
    VIEWS,
)


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
        definitions = [definition(parameter) for parameter in state.parameters]
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
            "allBuilds": lambda: [self.build(build) for build in state.newest_first],
            "color": color(state),
            **self._permalinks(state),
            "healthReport": health(state),
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
        duration = 0 if build.ended is None else millis(build.ended - build.started)
        return {
            "_class": PIPELINE_BUILD if job.pipeline else FREESTYLE_BUILD,
            "actions": [*shared_actions(job, build.item), *build_actions(build)],
            "artifacts": [],
            "building": build.building,
            "inProgress": build.building,
            "description": None,
            "displayName": build.name or f"#{build.number}",
            "duration": duration,
            "estimatedDuration": build.expected if build.building else estimate(state),
            "executor": executor(job) if build.building else None,
            "fullDisplayName": f"{self._names(job.name)['fullDisplayName']} #{build.number}",
            "id": str(build.number),
            "keepLog": False,
            "number": build.number,
            "queueId": build.item.id,
            "result": build.result,
            "timestamp": millis(build.started),
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
            "actions": shared_actions(item.job, item),
            "blocked": kind == "BlockedItem",
            "buildable": kind == "BuildableItem",
            "id": item.id,
            "inQueueSince": millis(item.since),
            "params": "".join(f"\n{name}={as_text(value)}" for name, value in item.values.items()),
            "stuck": bool(item.job.label) and waits_for_more,
            "task": {
                "_class": PIPELINE if item.job.pipeline else FREESTYLE,
                "name": item.job.short_name,
                "url": self.url(item.job.name),
                "color": color(state),
            },
            "url": f"queue/item/{item.id}/",
            "why": why or None,
        }
        if kind == "WaitingItem":
            model["timestamp"] = millis(item.ready_at)
        if waits_for_more:
            model["buildableStartMilliseconds"] = millis(item.ready_at)
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
