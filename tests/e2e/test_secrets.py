"""A job that prints our own secrets: nobody reads them on a card, in a thread, in the journal, or on the command line."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import Failure
from tests.e2e.house import DANA, SAM, House, jobs

PASTED = "xoxb-1234567890-pasted"


def everything_said(house: House) -> str:
    said = [message for channel in house.slack.world.channels for message in house.slack.messages(channel.id)]
    threads = [house.slack.messages(card["channel"], "", card["ts"]) for card in house.cards()]
    return json.dumps([said, threads], ensure_ascii=False)


@pytest.mark.parametrize("ending", ["SUCCESS", "FAILURE"])
async def test_a_log_with_our_secrets_is_shown_without_them(tmp_path: Path, ending: str) -> None:
    async with House(tmp_path) as house:
        token, world = house.jenkins_token, house.slack.world.app
        house.jenkins.engine.jobs["deploy"].job = jobs(
            lines=(f"curl -u ci:{token} x", f"slack {world.bot_token} {PASTED}", "done"), result=ending
        )[0]
        await house.say(DANA, "/deploy checkout staging")
        card = await house.card("Succeeded" if ending == "SUCCESS" else "Failed")
        await house.replied(card, "[secret]")
        await house.settled()

        said = everything_said(house)
        assert "curl -u ci:[secret]" in said
        with closing(sqlite3.connect(tmp_path / "pilothouse.db")) as database:
            written = "\n".join(database.iterdump())
        for secret in (token, world.bot_token, world.signing_secret, PASTED):
            assert secret not in said
            assert secret not in written


async def test_a_secret_in_what_somebody_types_is_not_repeated_to_the_channel(tmp_path: Path) -> None:
    async with House(tmp_path, policy={"approve": ["1 of sre"]}) as house:
        card = await house.production()
        await house.click(SAM, card, "reject")
        await house.answer_modal(SAM, f"the token is {house.jenkins_token} & leaked")

        card = await house.card("Rejected")
        await house.replied(card, "rejected")
        await house.settled()
        assert house.jenkins_token not in everything_said(house)


async def test_the_command_line_hides_what_the_configuration_knows(tmp_path: Path) -> None:
    async with House(tmp_path, policy={"approve": ["1 of sre"]}) as house:
        secret = house.jenkins_token
        card = await house.production()
        await house.click(SAM, card, "reject")
        await house.answer_modal(SAM, f"the token is {secret}")
        await house.card("Rejected")
        await house.settled()
        environ = {
            "BOT_TOKEN": house.slack.world.app.bot_token,
            "APP_TOKEN": house.slack.world.app.app_token,
            "SIGNING_SECRET": house.slack.world.app.signing_secret,
            "JENKINS_TOKEN": secret,
            "HOOK_SECRET": "webhook-secret-of-ci",
        }
        for words in (
            ("trace", "1"),
            ("trace", "1", "--json"),
            ("journal", "list", "--state", "all", "--json"),
            ("journal", "tail", "--once", "--lines", "100", "--json"),
            ("deployments", "--json"),
            ("deployments",),
            ("audit", "list"),
            ("audit", "list", "--json"),
        ):
            program = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", *words, "--config", str(tmp_path / "pilothouse.yaml")),
                env=environ,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            said = (await program.communicate())[0].decode()
            assert program.returncode == 0, said
            assert secret not in said, words
            assert "[secret]" in said, words


async def test_what_a_driver_says_went_wrong_is_said_without_secrets(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        secret = house.jenkins_token
        with pytest.raises(Failure) as failed:
            await house.running.configuration.snapshot.runs["jenkins"].ping(f"server-{secret}")

        assert "server-[secret]" in failed.value.sentence
        assert secret not in str(failed.value)
