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

PARAMETERS = (
    Parameter(name="SERVICE"),
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
        policy = {"approve": ["2 of sre"], "break_glass": ["sre"], "remind": "3s"}
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
            "policies": {"production": {**policy, "expires": "60s"}, "hasty": {**policy, "expires": "5s"}},
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
            "services": {name: _service(name, self.shop.url) for name in SERVICES},
        }


def _verified(name: str, shop: str) -> list[dict[str, Any]]:
    """After the run: an address and a short bake, a job, or nothing."""
    parameters = {"SERVICE": "{{ service }}", "VERSION": "smoke-{{ version }}", "ENVIRONMENT": "staging"}
    address = {"address": f"{shop}/healthz?v={{{{ version }}}}", "private": True, "every": "100ms"}
    job = {"job": {"job": "smoke", "parameters": parameters}}
    return {"checkout": [{"url": address}, {"bake": "500ms"}], "search": [job]}.get(name, [])


def _service(name: str, shop: str) -> dict[str, Any]:
    parameters = {
        "SERVICE": "{{ service }}",
        "VERSION": "{{ version }}",
        "ENVIRONMENT": "{{ environment }}",
    }
    place: dict[str, Any] = {
        "job": "freestyle" if name in {"payments", "reports"} else "pipeline",
        "parameters": parameters,
        "verify": _verified(name, shop),
    }
    hasty = {"policy": "hasty"} if name == "reports" else {}
    return {
        "default_version": "1.0.0",
        "environments": {"staging": {**place, "policy": "open"}, "production": {**place, **hasty}},
    }
