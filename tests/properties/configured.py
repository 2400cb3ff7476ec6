"""The configuration of the world: three services in two environments, each place with its job, and rules that can be made stricter or looser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.sandbox.jenkins.jobs import Job, Parameter, Result, Values
from tests.properties.model import ENVIRONMENTS, NEEDS, ORDERED, SERVICES
from tests.properties.rules import READER, Rules, written

CHANNEL = "C0DEPLOYS1"
RUN_SECONDS = 40.0
BROKEN = "9.0.0"
"""The version whose runs fail."""
LATE = 300.0
"""Seconds by which what was planned for production may be late without anybody being asked."""
DAYS = "20d"
"""Longer than any history: what ends then does not end."""


def result(values: Values) -> Result:
    return "FAILURE" if values["VERSION"] == BROKEN else "SUCCESS"


PARAMETERS = tuple(Parameter(name=name) for name in ("SERVICE", "VERSION", "ENVIRONMENT", "PILOTHOUSE_KEY"))


def job(service: str, environment: str) -> str:
    """Each place has one of its own, which Jenkins would queue behind itself, but not behind another."""
    return f"{service}-{environment}"


JOBS = [
    Job(
        name=job(service, environment),
        parameters=PARAMETERS,
        seconds=RUN_SECONDS,
        lines=("deploying",),
        result=result,
    )
    for service in SERVICES
    for environment in ENVIRONMENTS
]


def document(
    rules: Rules, *, port: int, database: Path, slack: str, jenkins: dict[str, Any]
) -> dict[str, Any]:
    """What the file says. JSON is YAML."""
    return {
        "server": {"port": port, "stop_within": "5s", "log_format": "text"},
        "store": {"path": str(database)},
        "following": {"at_least": "50ms", "at_most": "500ms"},
        "administrators": [READER],
        "configuration": {"approve_within": DAYS},
        "slack": {
            "bot_token": "${BOT_TOKEN}",
            "signing_secret": "${SIGNING_SECRET}",
            "api_url": slack,
            "update_interval": "50ms",
            "announce_channel": CHANNEL,
        },
        "groups": {"sre": ["S0SRE00001"], "owners": ["S0OWNERS02"]},
        "policies": {
            "staging": {"approve": [], "wait_at_most": DAYS, "missed": "run"},
            "production": _production(rules),
            "ordered": {**_production(rules), "after": ["staging"]},
        },
        "drivers": {"jenkins": {"servers": {"ci": jenkins}}},
        "services": {name: _service(name) for name in SERVICES},
    }


def _production(rules: Rules) -> dict[str, Any]:
    return {
        "approve": written(rules.approve),
        "rollback_approve": written(rules.rollback),
        "override": written(rules.override),
        "break_glass": ["sre"],
        "lock": ["sre"],
        "freeze": ["sre"],
        "expires": "3h",
        "wait_at_most": DAYS,
        "missed": "ask",
        "late": f"{LATE:g}s",
    }


def _service(name: str) -> dict[str, Any]:
    parameters = {
        "SERVICE": "{{ service }}",
        "VERSION": "{{ version }}",
        "ENVIRONMENT": "{{ environment }}",
    }
    return {
        "default_version": "1.0.0",
        "promote": list(ENVIRONMENTS),
        "needs": list(NEEDS.get(name, ())),
        "environments": {
            environment: {
                "job": job(name, environment),
                "parameters": parameters,
                "policy": "ordered" if (name, environment) == ORDERED else environment,
            }
            for environment in ENVIRONMENTS
        },
    }
