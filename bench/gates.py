"""`plan`, `why` and `status` in a large company: 500 services, 5,000 locks and freezes, 1,000,000 deployments in the past.

Measured from the person's side: from the signed slash command to the answer in Slack, through the whole server.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from bench.report import Row, median, most, percentile
from bot.app import App
from bot.deployments import Deployment
from bot.drivers import settings_by_driver
from bot.lifecycle import State
from bot.people import Person, Place
from bot.reasons import Reason
from bot.runs import RunTarget
from bot.sandbox.jenkins.jobs import Job, Parameter
from bot.sandbox.jenkins.server import JenkinsStandIn
from bot.sandbox.slack.harbour import DANA, harbour
from bot.sandbox.slack.rates import Rates
from bot.sandbox.slack.server import SlackStandIn
from bot.standing import Freeze, Lock
from bot.standing.codec import to_body
from bot.writer import Writer
from config.loader import load

SERVICES = 500
ENVIRONMENTS = ("staging", "production")
STANDING = 5_000
WIDE = 20
"""Of the standing things, how many cover everything: each of them is looked at by every question."""
CHANNEL = "C0DEPLOYS1"
GOAL_MS = 100.0
ANSWER_WITHIN = 10.0

FILL = """
INSERT INTO deployments(id, number, lane, service, environment, channel, state, version, holds, revision,
    requested_at, started_at, ended_at, body)
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :deployments)
SELECT 'd' || n, n,
    'lane/service-' || (n % :services) || '/' || iif(n / :services % 2, 'production', 'staging'),
    'service-' || (n % :services), iif(n / :services % 2, 'production', 'staging'), 'C0DEPLOYS1',
    iif(n % 10, 'succeeded', 'failed'), '1.' || (n / 5000) || '.0', NULL, 3, n, n, n + 60,
    replace(replace(replace(replace(:body, '@id', 'd' || n), '@service', 'service-' || (n % :services)),
        '@version', '1.' || (n / 5000) || '.0'),
        '@environment', iif(n / :services % 2, 'production', 'staging'))
FROM numbers
"""


def measure(quick: bool, folder: Path) -> list[Row]:
    return asyncio.run(_measure(quick, folder))


async def _measure(quick: bool, folder: Path) -> list[Row]:
    deployments, asked = (50_000, 30) if quick else (1_000_000, 200)
    await _fill(folder / "bench.db", deployments)
    async with _server(folder) as slack:
        took = {
            "plan": await _answers(slack, [f"plan service-{n} 2.0.0 production" for n in range(asked)]),
            "why": await _answers(slack, [f"why service-{n} production" for n in range(asked)]),
            "status": await _answers(slack, ["status"] * min(asked, 30)),
        }
    where = f"{SERVICES} services, {STANDING:,} locks and freezes, {deployments:,} deployments"
    rows = []
    for name in ("plan", "why"):
        note = f"{where}; median {median(took[name]) * 1000:.0f} ms"
        rows.append(
            most(
                f"{name}, from the command to the answer, p95",
                percentile(took[name], 0.95) * 1000,
                "ms",
                GOAL_MS,
                note,
            )
        )
    rows.append(
        Row(
            what="status of everything, p95",
            figure=percentile(took["status"], 0.95) * 1000,
            unit="ms",
            note=where,
        )
    )
    return rows


async def _answers(slack: SlackStandIn, commands: list[str]) -> list[float]:
    """Seconds from each command to its answer, one after the other; the first few warm up and do not count."""
    took = []
    for command in [*commands[:3], *commands]:
        before = len(_told(slack))
        began = time.perf_counter()
        said = await slack.say(DANA, CHANNEL, f"/deploy {command}")
        assert said["ok"], said
        while len(_told(slack)) == before:
            assert time.perf_counter() - began < ANSWER_WITHIN, f"nobody answered {command}"
            await asyncio.sleep(0.001)
        took.append(time.perf_counter() - began)
    return took[3:]


def _told(slack: SlackStandIn) -> list[dict[str, Any]]:
    return [one for one in slack.messages(CHANNEL, DANA) if one["ephemeral"]]


# --- a large company -----------------------------------------------------------------------------------------


@asynccontextmanager
async def _server(folder: Path) -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(harbour(), rates=Rates(scale=math.inf)) as slack:
        job = Job(name="deploy", parameters=(Parameter(name="VERSION"), Parameter(name="PILOTHOUSE_KEY")))
        jenkins = JenkinsStandIn([job])
        await jenkins.start()
        file = folder / "bench.yaml"
        file.write_text(json.dumps(_configuration(folder, slack, jenkins), indent=1))
        environ = {
            "BOT_TOKEN": slack.world.app.bot_token,
            "SIGNING_SECRET": slack.world.app.signing_secret,
            "JENKINS_TOKEN": jenkins.user().token,
        }
        try:
            async with App(load(file, environ=environ, drivers=settings_by_driver())) as app:
                await slack.connect_app(f"{app.url}/slack/events")
                yield slack
        finally:
            await jenkins.stop()


def _configuration(folder: Path, slack: SlackStandIn, jenkins: JenkinsStandIn) -> dict[str, Any]:
    return {
        "server": {"port": 0},
        "store": {"path": str(folder / "bench.db")},
        "slack": {
            "bot_token": "${BOT_TOKEN}",
            "signing_secret": "${SIGNING_SECRET}",
            "api_url": slack.api_url,
        },
        "groups": {"sre": ["S0SRE00001"]},
        "policies": {
            "production": {"approve": ["2 of sre"], "after": ["staging"], "bake": "10m"},
            "default": {"approve": []},
        },
        "drivers": {
            "jenkins": {
                "servers": {"ci": {"url": jenkins.url, "user": "ci-bot", "token": "${JENKINS_TOKEN}"}}
            }
        },
        "services": {
            f"service-{number}": {
                "default_version": "2.0.0",
                "environments": {
                    name: {"job": "deploy", "parameters": {"VERSION": "{{ version }}"}}
                    for name in ENVIRONMENTS
                },
            }
            for number in range(SERVICES)
        },
    }


async def _fill(path: Path, deployments: int) -> None:
    body = msgspec.json.encode(_deployment()).decode()
    values = {"deployments": deployments, "services": SERVICES, "body": body}
    async with Writer(path) as writer:
        await writer.submit(lambda connection: connection.execute(FILL, values))
        rows = [_standing(number) for number in range(STANDING)]
        await writer.submit(
            lambda connection: connection.executemany(
                "INSERT INTO standing(id, kind, service, environment, owner, until, live, slot, revision, body) "
                "VALUES (?, ?, ?, ?, ?, ?, 1, NULL, 1, ?)",
                [
                    (
                        one.id,
                        type(one).__name__,
                        one.service,
                        one.environment,
                        one.owner,
                        one.until,
                        to_body(one),
                    )
                    for one in rows
                ],
            )
        )


def _standing(number: int) -> Lock | Freeze:
    """Warnings and freezes of other places, so that the gates look at them and nobody is held up."""
    wide = number < WIDE
    common: dict[str, Any] = {
        "id": f"s{number}",
        "service": "" if wide else f"service-{number % SERVICES}",
        "environment": "" if wide else ENVIRONMENTS[number // SERVICES % 2],
        "owner": "U0SAM00002",
        "reason": "because",
        "made_at": 1.0,
    }
    if wide or number % 2:
        # Of which their owners have been reminded: that is not what is measured.
        return Lock(**common, warning=True, nagged_at=2.0)
    return Freeze(**common, until=time.time() + 1e6)


def _deployment() -> Deployment:
    return Deployment(
        id="@id",
        service="@service",
        environment="@environment",
        version="@version",
        requester=Person(id=DANA, name="dana"),
        place=Place(channel=CHANNEL),
        channel=CHANNEL,
        target=RunTarget(driver="jenkins", server="ci", job="deploy", parameters={"VERSION": "@version"}),
        policy="production",
        state=State.SUCCEEDED,
        reason=Reason.SUCCEEDED,
        requested_at=1.0,
        started_at=1.0,
        ended_at=61.0,
    )
