"""The town in which it storms: services, lanes, channels, jobs and people, and the configuration that fits them."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.sandbox.jenkins.jobs import Job, Parameter, Stage, Values
from bot.sandbox.jenkins.jobs import Result as JobResult
from bot.sandbox.repositories import SketchedRepository, Step
from bot.sandbox.shop import Shop
from bot.sandbox.slack.harbour import BOT, DANA, OLU, SAM, SOFIA, harbour
from bot.sandbox.slack.rates import Rates
from bot.sandbox.slack.world import Channel, World
from tests.chaos.traps import Trap, TrappedJenkins, TrappedSlack

JENKINS_TIMEOUT = 1.0
SLACK_TIMEOUT = 2.0
SERVICES = ("checkout", "payments", "search", "reports")
CHANNELS = ("C0DEPLOYS1", "C0CHECKOUT", "C0PAYMENTS", "C0STORM001", "C0STORM002", "C0STORM003")
ANNOUNCE = "C0STORM004"
REQUESTERS = (DANA, OLU)
APPROVERS = (SAM, SOFIA)
FAILS = "9."
"""How a version begins whose job fails."""
VERSIONED = "checkout"
"""The service with a repository: each of its versions is a commit, which its job is told."""
TAGS = ("1.0.0", "1.0.1", "2.0.0", "2.1.0", "2.2.0", "9.0.0")
NEEDS = ("payments", "checkout")
"""Of these two the second has to be there before the first, where they are released together."""
PLANS_MISSED_AFTER = 1.0
"""Seconds by which a planned deployment to production may be late without anybody being asked."""

PARAMETERS = (
    Parameter(name="SERVICE"),
    Parameter(name="DIGEST"),
    Parameter(name="VERSION"),
    Parameter(name="ENVIRONMENT", kind="Choice", choices=("staging", "production")),
    Parameter(name="PILOTHOUSE_KEY"),
)


def result(values: Values) -> JobResult:
    return "FAILURE" if str(values["VERSION"]).startswith(FAILS) else "SUCCESS"


def jobs() -> list[Job]:
    """A pipeline, which runs beside itself, and a job that Jenkins queues behind itself."""
    stages = (Stage(name="Build", seconds=0.1), Stage(name="Roll out", seconds=0.15))
    return [
        Job(name="pipeline", parameters=PARAMETERS, stages=stages),
        Job(
            name="freestyle",
            parameters=PARAMETERS,
            seconds=0.2,
            lines=("to $ENVIRONMENT", "done"),
            result=result,
        ),
        Job(name="smoke", parameters=PARAMETERS, seconds=0.3),
    ]


def world() -> World:
    everybody = [DANA, OLU, SAM, SOFIA, BOT]
    made = harbour()
    for number, channel in enumerate((*CHANNELS[3:], ANNOUNCE), 1):
        made.channels.append(Channel(id=channel, name=f"storm-{number}", members=list(everybody)))
    return made


class Town:
    """Both stand-ins, and the file and environment that lead a server to them."""

    def __init__(self, path: Path, rng: random.Random, port: int) -> None:
        self.path = path
        self.trap = Trap(rng, effect_within=JENKINS_TIMEOUT)
        self.jenkins = TrappedJenkins(jobs(), quiet_period=0.05, executors=8)
        self.jenkins.trap = self.trap
        self.slack = TrappedSlack(world(), rates=Rates(scale=math.inf))
        self.slack.set_trap(self.trap)
        self.shop = Shop()
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.repository = SketchedRepository(path / "origin" / f"{VERSIONED}.git")
        self.repository.grow(*(Step(subject=f"What {tag} brings", tags=(f"v{tag}",)) for tag in TAGS))
        self.database = path / "pilothouse.db"
        self.config = path / "pilothouse.yaml"

    @property
    def environ(self) -> Mapping[str, str]:
        app = self.slack.world.app
        return {
            "BOT_TOKEN": app.bot_token,
            "SIGNING_SECRET": app.signing_secret,
            "JENKINS_TOKEN": self.jenkins.user().token,
        }

    def write(self) -> None:
        """Once both stand-ins listen. JSON is YAML."""
        self.config.write_text(json.dumps(self._document(), indent=1))

    def _document(self) -> dict[str, Any]:
        return {
            "server": {"port": self.port, "stop_within": "5s", "log_format": "text"},
            "store": {"path": str(self.database)},
            "following": {"at_least": "50ms", "at_most": "200ms"},
            "slack": {
                "bot_token": "${BOT_TOKEN}",
                "signing_secret": "${SIGNING_SECRET}",
                "api_url": self.slack.api_url,
                "update_interval": "50ms",
                "announce_channel": ANNOUNCE,
                "request_timeout": f"{SLACK_TIMEOUT:g}s",
            },
            "groups": {"sre": ["S0SRE00001"]},
            "locks": {"remind_after": "4s", "remind_before": "1s"},
            "policies": _policies(),
            "drivers": {
                "jenkins": {
                    "servers": {
                        "ci": {
                            "url": self.jenkins.url,
                            "user": self.jenkins.user().name,
                            "token": "${JENKINS_TOKEN}",
                            "timeout": JENKINS_TIMEOUT,
                        }
                    }
                }
            },
            "services": {name: self._service(name) for name in SERVICES},
        }

    def _service(self, name: str) -> dict[str, Any]:
        parameters = {
            "SERVICE": "{{ service }}",
            "VERSION": "{{ version }}",
            "ENVIRONMENT": "{{ environment }}",
        }
        found: dict[str, Any] = {"default_version": "1.0.0"}
        if name == VERSIONED:
            parameters["DIGEST"] = "{{ digest }}"
            found["repository"] = {
                "git": str(self.repository.folder),
                "version_to_ref": "v{{ version }}",
                "fetch_after": "1s",
            }
        if name == NEEDS[0]:
            found["needs"] = [NEEDS[1]]
        place: dict[str, Any] = {
            "job": "freestyle" if name in {"payments", "reports"} else "pipeline",
            "parameters": parameters,
            "verify": _verified(name, self.shop.url),
        }
        policy = {"reports": "hasty", "payments": "careful", "search": "ordered"}
        own = {"policy": policy[name]} if name in policy else {}
        return {**found, "environments": {"staging": place, "production": {**place, **own}}}


def _policies() -> dict[str, dict[str, Any]]:
    """Everything that can be asked for has a place where it is; what waits does so for less than a minute."""
    policy = {
        "approve": ["2 of sre"],
        "break_glass": ["sre"],
        "override": ["1 of sre"],
        "remind": "3s",
        "expires": "60s",
        "wait_at_most": "40s",
        "late": f"{PLANS_MISSED_AFTER:g}s",
    }
    return {
        "staging": {"wait_at_most": "30s", "missed": "run"},
        "production": policy,
        "hasty": {**policy, "expires": "5s", "wait_at_most": "15s", "auto_rollback": "run"},
        "careful": {**policy, "lock_on_failure": True, "supersede": False},
        "ordered": {**policy, "after": ["staging"], "missed": "run"},
    }


def _verified(name: str, shop: str) -> list[dict[str, Any]]:
    """After the run: an address and a short bake, a job, or nothing."""
    parameters = {"SERVICE": "{{ service }}", "VERSION": "smoke-{{ version }}", "ENVIRONMENT": "staging"}
    address = {"address": f"{shop}/healthz?v={{{{ version }}}}", "private": True, "every": "100ms"}
    job = {"job": {"job": "smoke", "parameters": parameters}}
    found: dict[str, list[dict[str, Any]]] = {
        "checkout": [{"url": address}, {"bake": "500ms"}],
        "search": [job],
    }
    return found.get(name, [])
