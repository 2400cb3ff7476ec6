"""A Slack that says as little as it may: forms only, no bot id, no workspace of people, no names for channels.

Everything that speaks Slack's side of the wire says more than this one; what the server needs beyond it would be a
surprise for somebody.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.app import App
from bot.drivers import settings_by_driver
from bot.errors import Rejected
from bot.sandbox.jenkins.server import JenkinsStandIn
from config.loader import load
from config.models import Settings
from tests.e2e.house import jobs
from tests.waiting import until
from tests.wire import Wire

TEAM, BOT, DANA, SAM, CHANNEL = "T000000001", "U000000001", "U000000002", "U000000003", "C000000001"
SECRET = "bare"


class BareSlack:
    """Answers with `ok` and what cannot be left out. `messages` holds what stands in the one channel."""

    def __init__(self, **auth: Any) -> None:
        self.auth = {"ok": True, "team_id": TEAM, "user_id": BOT} | auth
        self.messages: dict[str, dict[str, Any]] = {}
        self.whispers: list[str] = []
        self.person: dict[str, Any] = {"id": DANA, "name": "dana"}
        self._numbers = itertools.count(1)

    async def call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        json_body = request.content_type == "application/json"
        given = await request.json() if json_body else dict(await request.post())
        answer = getattr(self, f"_{method.replace('.', '_')}", None)
        return web.json_response(answer(given)) if answer else web.Response(status=404, text="no such page")

    def _auth_test(self, _: dict[str, Any]) -> dict[str, Any]:
        return self.auth

    def _users_info(self, given: dict[str, Any]) -> dict[str, Any]:
        if given.get("user") not in (DANA, SAM):
            return {"ok": False, "error": "user_not_found"}
        return {"ok": True, "user": self.person | {"id": given["user"]}}

    def _conversations_list(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True, "channels": [{"id": CHANNEL, "name": "deployments"}]}

    def _chat_postMessage(self, given: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - Slack's name
        if given["channel"] != CHANNEL:
            return {"ok": False, "error": "channel_not_found"}
        ts = f"1700000000.{next(self._numbers):06}"
        self.messages[ts] = given
        return {"ok": True, "ts": ts}

    def _chat_update(self, given: dict[str, Any]) -> dict[str, Any]:
        self.messages[given["ts"]] |= given
        return {"ok": True}

    def _chat_postEphemeral(self, given: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - Slack's name
        self.whispers.append(given["text"])
        return {"ok": True}


@asynccontextmanager
async def served(slack: BareSlack, tmp_path: Path) -> AsyncIterator[App]:
    """The real server between this Slack and a Jenkins."""
    peer = web.Application()
    peer.router.add_post("/api/{method}", slack.call)
    runner = web.AppRunner(peer, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    jenkins = JenkinsStandIn(jobs(), quiet_period=0.0)
    await jenkins.start()
    try:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/api"
        async with App(_settings(tmp_path, url, jenkins)) as app:
            yield app
    finally:
        await jenkins.stop()
        await runner.cleanup()


def _settings(tmp_path: Path, url: str, jenkins: JenkinsStandIn) -> Settings:
    job = {"job": "deploy", "parameters": {"VERSION": "{{ version }}", "ENVIRONMENT": "{{ environment }}"}}
    document = {
        "server": {"port": 0, "stop_within": "5s"},
        "store": {"path": str(tmp_path / "pilothouse.db")},
        "following": {"at_least": "50ms", "at_most": "200ms"},
        "slack": {
            "bot_token": "${BOT_TOKEN}",
            "signing_secret": "${SECRET}",
            "api_url": url,
            "update_interval": "50ms",
        },
        "drivers": {
            "jenkins": {
                "servers": {
                    "ci": {"url": jenkins.url, "user": jenkins.user().name, "token": "${JENKINS_TOKEN}"}
                }
            }
        },
        "services": {
            "checkout": {
                "default_version": "1.2.3",
                "channel": "#deployments",
                "environments": {"staging": job | {"policy": "open"}, "production": job},
            }
        },
        "groups": {"sre": ["S0GROUP", SAM]},
        "policies": {"production": {"approve": ["1 of sre"]}},
    }
    file = tmp_path / "pilothouse.yaml"
    file.write_text(json.dumps(document))  # JSON is YAML
    environ = {"BOT_TOKEN": "xoxb-bare", "SECRET": SECRET, "JENKINS_TOKEN": jenkins.user().token}
    return load(file, environ=environ, drivers=settings_by_driver())


async def test_a_slack_that_says_only_what_it_must_is_enough_for_the_main_job(tmp_path: Path) -> None:
    slack = BareSlack()
    async with served(slack, tmp_path) as app:
        wire = Wire(app.url, SECRET, team=TEAM)
        body = wire.command("checkout staging", user_id=DANA, channel_id=CHANNEL, response_url=None)
        assert await wire.send(body) == (200, "")
        await until(lambda: any("Succeeded" in one["text"] for one in slack.messages.values()))

    (card,) = [one for one in slack.messages.values() if not one.get("thread_ts")]
    assert card["metadata"]["event_type"] == "pilothouse_card"
    assert json.dumps(card["blocks"])


@pytest.mark.parametrize(
    ("person", "admitted"),
    [
        ({}, True),
        ({"team_id": TEAM}, True),
        ({"profile": {"team": TEAM}}, True),
        ({"team_id": "T0ELSEWHERE"}, False),
        ({"profile": {"team": "T0ELSEWHERE"}}, False),
        ({"is_stranger": True}, False),
        ({"is_restricted": True}, False),
        ({"enterprise_user": {"teams": ["T0ELSEWHERE"]}}, False),
    ],
    ids=json.dumps,
)
async def test_the_signed_requests_workspace_counts_only_where_slack_names_none(
    tmp_path: Path, person: dict[str, Any], admitted: bool
) -> None:
    slack = BareSlack()
    slack.person |= person
    async with served(slack, tmp_path) as app:
        wire = Wire(app.url, SECRET, team=TEAM)
        await wire.send(wire.command("checkout staging", user_id=DANA, channel_id=CHANNEL))
        await until(lambda: slack.messages or slack.whispers)

    assert bool(slack.messages) is admitted


async def test_a_request_that_names_another_workspace_admits_nobody(tmp_path: Path) -> None:
    slack = BareSlack()
    async with served(slack, tmp_path) as app:
        wire = Wire(app.url, SECRET, team="T0ELSEWHERE")
        await wire.send(wire.command("checkout staging", user_id=DANA, channel_id=CHANNEL))
        await until(lambda: slack.whispers)

    assert slack.messages == {}


@pytest.mark.parametrize(
    ("answer", "sentence"), [(None, "did not open in time"), ({"ok": True}, "can't be filled in here")]
)
async def test_where_no_form_can_be_shown_its_command_says_how_to_do_it_in_words(
    tmp_path: Path, answer: dict[str, Any] | None, sentence: str
) -> None:
    slack = BareSlack()
    if answer is not None:
        setattr(slack, "_views_open", lambda _: answer)  # noqa: B010 - the method is named after Slack's
    async with served(slack, tmp_path) as app:
        wire = Wire(app.url, SECRET, team=TEAM)
        status, text = await wire.send(wire.command("", user_id=DANA, channel_id=CHANNEL, trigger_id="1.2"))

    assert status == 200
    assert sentence in text
    assert "`/deploy help`" in text


@pytest.mark.parametrize("missing", ["team_id", "user_id"])
async def test_without_knowing_who_it_is_the_server_does_not_start_and_says_what_is_missing(
    tmp_path: Path, missing: str
) -> None:
    with pytest.raises(Rejected, match=f"{missing} is missing"):
        async with served(BareSlack(**{missing: None}), tmp_path):
            pass


async def test_without_user_groups_those_named_by_id_decide_and_others_hear_why_they_cannot(
    tmp_path: Path,
) -> None:
    slack = BareSlack()
    async with served(slack, tmp_path) as app:
        wire = Wire(app.url, SECRET, team=TEAM)
        await wire.send(wire.command("checkout production", user_id=DANA, channel_id=CHANNEL))
        card = await until(lambda: _card(slack, "Waiting for approval"))
        await wire.send(wire.click(card, "approve", _value(card), user={"id": DANA, "team_id": TEAM}))
        await until(lambda: slack.whispers)
        await wire.send(wire.click(card, "approve", _value(card), user={"id": SAM, "team_id": TEAM}))
        await until(lambda: _card(slack, "Succeeded"))

    assert len(slack.whispers) == 1


def _card(slack: BareSlack, words: str) -> dict[str, Any] | None:
    cards = ({**one, "ts": ts} for ts, one in slack.messages.items() if not one.get("thread_ts"))
    return next((one for one in cards if words in one["text"]), None)


def _value(card: dict[str, Any]) -> str:
    buttons = [element for block in card["blocks"] for element in block.get("elements", ())]
    return str(next(one["value"] for one in buttons if one.get("action_id") == "approve"))
