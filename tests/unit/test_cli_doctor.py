"""The doctor finds what is wrong between here, Slack and Jenkins, and says what to do about each."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from bot.doctor.targets import sample
from bot.doctor.workspace import _clock, _scopes
from bot.sandbox.slack.faults import Fault
from bot.writer import Writer
from config.manifest import SCOPES
from config.models import Service
from tests.serving import Ended, Outside, outside, pilothouse


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Outside]:
    async with outside(tmp_path) as made:
        for name, value in made.environ.items():
            monkeypatch.setenv(name, value)
        yield made


async def examined(world: Outside, *more: str) -> Ended:
    told = await pilothouse("doctor", "--config", world.config, *more)
    for secret in world.secrets:
        assert secret not in told.out + told.err
    return told


async def checks(world: Outside, *more: str) -> dict[str, dict]:
    """By what they are about; of several about one thing, the worst."""
    found: dict[str, dict] = {}
    for check in json.loads((await examined(world, "--json", *more)).out)["checks"]:
        known = found.get(check["what"])
        if known is None or ["ok", "warning", "fault"].index(check["level"]) >= [
            "ok",
            "warning",
            "fault",
        ].index(known["level"]):
            found[check["what"]] = check
    return found


async def test_what_is_good_is_told_and_what_is_not_with_its_way_out(world: Outside):
    told = await examined(world)

    assert told.code == 1  # one of the sandbox's jobs is switched off on purpose
    assert "slack: Slack knows the bot as @pilothouse in" in told.out
    assert "jenkins/ci: The server answers, and knows us." in told.out
    assert "checkout staging: deploy takes the parameters, tried with version 1.4.2." in told.out
    assert "FAULT    mail staging:" in told.out
    assert told.out.splitlines()[-1].endswith("1 faults.")


async def test_a_wrong_token_is_a_fault_and_the_rest_is_examined_all_the_same(
    world: Outside, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SANDBOX_BOT_TOKEN", "xoxb-0-0-nobody")
    found = await checks(world)

    assert found["slack"]["level"] == "fault"
    assert "slack.bot_token" in found["slack"]["sentence"]
    assert found["jenkins/ci"]["level"] == "ok"


async def test_a_scope_that_the_token_lacks_is_told_with_what_it_is_for(world: Outside):
    assert (await checks(world))["scopes"]["level"] == "ok"
    app = world.slack.world.app
    app.scopes = tuple(scope for scope in app.scopes if scope != "commands")
    found = await checks(world)

    assert found["scopes"]["level"] == "fault"
    assert found["scopes"]["sentence"] == "The token lacks commands, to have slash commands."


async def test_slack_that_is_away_is_a_fault(world: Outside, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SANDBOX_SLACK_API", "http://127.0.0.1:9/api/")
    found = await checks(world)

    assert found["slack"]["level"] == "fault"
    assert "slack.api_url" in found["slack"]["way_out"]


async def test_a_channel_without_the_bot_is_told_with_the_invitation(world: Outside):
    for channel in world.slack.world.channels:
        if channel.name in {"deployments", "deploys", "checkout"}:
            channel.members = [
                member for member in channel.members if member != world.slack.world.app.bot_user
            ]
    found = await checks(world)

    assert found["channel #checkout"]["level"] == "warning"
    assert found["channel #checkout"]["way_out"] == "Invite it there: /invite @pilothouse"


async def test_the_announce_channel_that_is_not_there_is_a_fault(world: Outside, tmp_path: Path):
    file = tmp_path / "pilothouse.yaml"
    text = world.config.read_text()
    file.write_text(text.replace('announce_channel: "#deployments"', 'announce_channel: "#nowhere"'))
    found = await checks(replace(world, config=file))

    assert found["channel #nowhere"]["level"] == "fault"


async def test_the_channel_of_a_release_that_is_not_there_is_a_fault(world: Outside, tmp_path: Path):
    file = tmp_path / "pilothouse.yaml"
    text = world.config.read_text()
    services = "services: {payments: 2.1.0, checkout: 1.4.3}"
    file.write_text(text.replace(services, f'{services}\n    channel: "#nowhere"'))
    found = await checks(replace(world, config=file))

    assert found["channel #nowhere"]["level"] == "fault"


async def test_user_groups_and_people_that_slack_does_not_know_are_faults(world: Outside, tmp_path: Path):
    file = tmp_path / "pilothouse.yaml"
    file.write_text(
        world.config.read_text().replace(
            "sre: [S0SRE00001]", "sre: [S0SRE00001, S0NOBODY, U0NOBODY, U0DANA0001]"
        )
    )
    found = await checks(replace(world, config=file))

    assert found["group S0SRE00001"]["level"] == "ok"
    assert found["group S0NOBODY"]["level"] == "fault"
    assert found["person U0NOBODY"]["level"] == "fault"
    assert found["person U0DANA0001"]["level"] == "ok"


async def test_a_deactivated_person_is_warned_of(world: Outside, tmp_path: Path):
    file = tmp_path / "pilothouse.yaml"
    file.write_text(world.config.read_text().replace("sre: [S0SRE00001]", "sre: [S0SRE00001, U0DANA0001]"))
    world.slack.world.person("U0DANA0001").deleted = True
    found = await checks(replace(world, config=file))

    assert found["person U0DANA0001"]["level"] == "warning"


async def test_socket_mode_s_token_is_tried_without_connecting(
    world: Outside, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SANDBOX_TRANSPORT", "socket")
    found = await checks(world)
    assert found["socket"]["level"] == "ok"
    assert "public_url" not in found

    monkeypatch.setenv("SANDBOX_APP_TOKEN", "xapp-1-nobody")
    found = await checks(world)
    assert found["socket"]["level"] == "fault"
    assert "connections:write" in found["socket"]["way_out"]


async def test_jenkins_that_does_not_know_us_is_one_fault_and_its_jobs_are_not_guessed_at(
    world: Outside, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SANDBOX_JENKINS_TOKEN", "wrong")
    found = await checks(world)

    assert found["jenkins/ci"]["level"] == "fault"
    assert "drivers.jenkins.servers.ci" in found["jenkins/ci"]["way_out"]
    assert found["checkout staging"] == {
        "level": "warning",
        "what": "checkout staging",
        "sentence": "Not checked: jenkins/ci is not available.",
        "way_out": "",
    }


async def test_a_job_that_is_not_there_or_takes_other_parameters_is_a_fault(world: Outside, tmp_path: Path):
    file = tmp_path / "pilothouse.yaml"
    text = world.config.read_text().replace("job: deploy-slow", "job: nowhere/deploy")
    file.write_text(
        text.replace(
            "job: deploy-failing\n        parameters: *usual",
            "job: deploy-failing\n        parameters: {WRONG: x}",
        )
    )
    found = await checks(replace(world, config=file))

    assert found["reports staging"]["level"] == "fault"
    assert "nowhere/deploy" in found["reports staging"]["sentence"]
    assert found["search staging"]["level"] == "fault"
    assert "WRONG" in found["search staging"]["sentence"]


async def test_a_database_that_cannot_be_written_is_a_fault_and_one_in_use_is_not(
    world: Outside, tmp_path: Path
):
    assert (await checks(world))["database"]["sentence"].endswith("will be made at the first start.")
    async with Writer(world.database):
        assert (await checks(world))["database"]["sentence"].endswith("is being written by a running server.")
    assert (await checks(world))["database"]["sentence"].endswith("can be written.")

    world.database.write_text("no database " * 1000)
    assert (await checks(world))["database"]["level"] == "fault"


async def test_the_public_address_is_asked_whether_it_is_us(world: Outside, tmp_path: Path):
    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    file = tmp_path / "pilothouse.yaml"
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    file.write_text(world.config.read_text().replace("server:\n", f"server:\n  public_url: {url}\n"))
    found = await checks(replace(world, config=file))
    await runner.cleanup()

    assert found["public_url"]["level"] == "warning"
    assert "answers, but not as Pilothouse" in found["public_url"]["sentence"]
    found = await checks(replace(world, config=file))
    assert "was not reached from here" in found["public_url"]["sentence"]


async def test_a_sample_version_can_be_named(world: Outside):
    found = await checks(world, "--version", "checkout=9.9.9")
    assert found["checkout staging"]["sentence"].endswith("tried with version 9.9.9.")

    refused = await examined(world, "--version", "checkout")
    assert refused.code == 2
    assert "Write --version checkout=1.4.2" in refused.err


async def test_slack_that_fails_midway_is_told_and_nothing_breaks(world: Outside):
    world.slack.set_faults(Fault(mode="fail", methods=("conversations.list", "usergroups.list")))
    found = await checks(world)

    assert found["channels"]["level"] == "fault"
    assert found["user groups"]["level"] == "fault"
    assert found["jenkins/ci"]["level"] == "ok"


def test_a_sample_version_fits_the_pattern_of_the_service():
    assert sample(Service(default_version="7")) == "7"
    assert sample(Service(version_pattern=r"v\d+\.\d+\.\d+")) == "v1.0.0"
    assert sample(Service(version_pattern="release-.*")) is None


def test_scopes_are_told_by_what_they_are_for():
    assert [check.level for check in _scopes({"X-OAuth-Scopes": ",".join(SCOPES)})] == ["ok"]
    lacking = ",".join(set(SCOPES) - {"chat:write", "channels:history"})
    found = {check.sentence: check.level for check in _scopes({"x-oauth-scopes": lacking})}
    assert found == {
        "The token lacks channels:history, to find its own card after a crash, in public channels.": "warning",
        "The token lacks chat:write, to post and edit cards.": "fault",
    }
    assert [check.level for check in _scopes({})] == ["warning"]


@pytest.mark.parametrize(("date", "level"), [("Mon, 23 Nov 2020 05:00:00 GMT", "fault"), ("nonsense", None)])
def test_a_clock_that_is_off_is_told_before_slack_s_requests_are_refused(date: str, level: str | None):
    assert [check.level for check in _clock({"Date": date})] == ([level] if level else [])


async def test_clocks_are_compared_with_slack_s_own(world: Outside):
    found = await checks(world)

    assert found["clock"]["sentence"] == "This machine's clock agrees with Slack's."


async def test_a_calendar_that_can_be_read_is_told_with_what_it_freezes(world: Outside):
    found = (await checks(world))["calendar company"]
    assert found["level"] == "ok"
    said = re.fullmatch(r"It can be read; it freezes (\d+) times in the year to come\.", found["sentence"])
    assert said
    # Every weekend and the end of the year, not the party; what is under way may come again within the year.
    assert 53 <= int(said[1]) <= 55


async def test_a_calendar_that_can_not_be_read_is_told_with_what_follows_from_it(
    world: Outside, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("SANDBOX_CALENDAR", str(tmp_path / "nowhere.ics"))
    found = (await checks(world))["calendar company"]
    assert found["level"] == "warning"
    assert found["sentence"] == "It can't be read: its file can't be read (FileNotFoundError)."
    assert "calendars.company.unavailable decides: freeze" in found["way_out"]


async def test_what_is_to_look_at_a_deployment_afterwards_has_to_be_there(world: Outside, tmp_path: Path):
    file = tmp_path / "pilothouse.yaml"
    text = world.config.read_text()
    there = "- job: {job: release, parameters: {VERSION: '{{ version }}'}}"
    gone = "- job: {job: nowhere}\n          - command: {run: [/no/such/program]}"
    program = "- command: {run: [/bin/true]}\n          - bake: 10s"
    file.write_text(text.replace("- bake: 10s", f"{there}\n          {program}"))
    good = await examined(replace(world, config=file))
    file.write_text(text.replace("- bake: 10s", f"{gone}\n          - bake: 10s"))
    bad = await examined(replace(world, config=file))

    assert "web production: release takes the parameters" in good.out
    assert "web production: /bin/true is there, for a check after the run." in good.out
    assert bad.out.count("FAULT    web production:") == 2
    assert "/no/such/program, for a check after the run, is no program" in bad.out
