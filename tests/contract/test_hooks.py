"""`POST /hooks/jenkins/<server>`: signed, journalled, thanked; and it only ever makes us look."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.drivers.jenkins import JenkinsSettings, parse_webhook
from bot.errors import BadRequest
from tests.e2e.house import DANA, House, jobs

SECRET = "webhook-secret-of-ci"
HOOKS = {"drivers": {"jenkins": {"servers": {"ci": {"webhook_secret": "${HOOK_SECRET}"}}}}}
SETTINGS = JenkinsSettings.model_validate(
    {
        "servers": {
            "ci": {"url": "http://127.0.0.1:1", "user": "u", "token": "t", "webhook_secret": SECRET},
            "mute": {"url": "http://127.0.0.1:1", "user": "u", "token": "t"},
        }
    }
)


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"X-Pilothouse-Signature": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def told(**body: Any) -> bytes:
    return json.dumps(body).encode()


def test_a_key_of_ours_is_read_from_a_step_of_the_pipeline() -> None:
    body = told(key="pilothouse-abc", phase="COMPLETED")

    assert parse_webhook(SETTINGS, "ci", signed(body), body).deployment == "abc"


def test_a_key_of_ours_is_read_from_the_notification_plugins_parameters() -> None:
    body = told(name="deploy", build={"phase": "STARTED", "parameters": {"PILOTHOUSE_KEY": "pilothouse-abc"}})

    noticed = parse_webhook(SETTINGS, "ci", signed(body), body)

    assert (noticed.deployment, noticed.phase) == ("abc", "STARTED")


@pytest.mark.parametrize(
    ("source", "headers", "body", "status"),
    [
        ("ci", {}, told(key="pilothouse-abc"), 401),
        ("ci", signed(b"another"), told(key="pilothouse-abc"), 401),
        ("ci", signed(told(key="pilothouse-abc"), "guessed"), told(key="pilothouse-abc"), 401),
        ("ci", {"X-Pilothouse-Signature": "sha256=é"}, told(key="pilothouse-abc"), 401),
        ("mute", signed(told(key="pilothouse-abc")), told(key="pilothouse-abc"), 404),
        ("nobody", signed(told(key="pilothouse-abc")), told(key="pilothouse-abc"), 404),
        ("ci", signed(b"{"), b"{", 400),
        ("ci", signed(b"[]"), b"[]", 400),
        ("ci", signed(told(key=7)), told(key=7), 400),
        ("ci", signed(told(key="somebody-else")), told(key="somebody-else"), 400),
        (
            "ci",
            signed(told(build={"parameters": {"PILOTHOUSE_KEY": 7}})),
            told(build={"parameters": {"PILOTHOUSE_KEY": 7}}),
            400,
        ),
    ],
)
def test_what_is_not_signed_or_makes_no_sense_is_refused(
    source: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    with pytest.raises(BadRequest) as refused:
        parse_webhook(SETTINGS, source, headers, body)

    assert refused.value.status == status


async def test_a_webhook_makes_us_look_at_once_and_its_repetition_is_one_row(tmp_path: Path) -> None:
    slow = {**HOOKS, "following": {"at_least": "60s", "at_most": "60s"}}
    async with House(tmp_path, jenkins_jobs=jobs(seconds=0.3), config=slow) as house:
        assert house.app is not None
        await house.say(DANA, "/deploy checkout staging")
        await house.until(lambda: house.runs() and house.runs()[0].result)
        deployment = (await house.app.store.recent(1))[0]
        assert not deployment.state.ended
        body = told(key=deployment.key, phase="COMPLETED")

        async with aiohttp.ClientSession() as session:
            for _ in range(2):
                async with session.post(
                    f"{house.app.url}/hooks/jenkins/ci", data=body, headers=signed(body)
                ) as answer:
                    assert answer.status == 202

        await house.card("Succeeded")
        looks = [row for row in await house.app.journal.about(deployment.id) if row["type"] == "LookAtRun"]
        assert len(looks) == 1


async def test_nothing_unsigned_is_journalled(tmp_path: Path) -> None:
    async with House(tmp_path, config=HOOKS) as house:
        assert house.app is not None
        async with aiohttp.ClientSession() as session:
            url = f"{house.app.url}/hooks/jenkins/ci"
            async with session.post(url, data=told(key="pilothouse-abc")) as answer:
                assert answer.status == 401
            async with session.post(f"{house.app.url}/hooks/nobody/ci", data=b"") as answer:
                assert answer.status == 404

        # Every start has the configuration looked at.
        assert {row["type"] for row in await house.app.journal.listed("", 10)} <= {"ReadAgain"}
