"""No, and why, and what to do instead: to who asked, and to nobody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.house import CHECKOUT, DANA, DEPLOYMENTS, GUS, PARAMETERS, SAM, STELLA, House, direct, jobs

VERSIONS = {"services": {"checkout": {"version_pattern": r"\d+\.\d+\.\d+"}}}


@pytest.mark.parametrize(
    ("words", "why", "way_out"),
    [
        ("/deploy chekcout staging", "I know no service “chekcout”", "/deploy checkout staging"),
        ("/deploy checkout stagign", "no environment “stagign”", "/deploy checkout staging"),
        ("/deploy checkout", "Where to?", "/deploy checkout staging"),
        ("/pilothouse", "", "/deploy"),
        ("/deploy checkout -1 staging", "not a version", "/deploy"),
        ("/deploy checkout production break-glass", "reason", "because"),
        ("/deploy cancel #99", "no deployment #99", ""),
        ("/deploy cancel", "Nothing is going on", "/deploy cancel"),
    ],
)
async def test_words_that_can_t_be_followed_are_refused_to_who_said_them_alone(
    tmp_path: Path, words: str, why: str, way_out: str
) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, words)

        told = await house.whispered(DANA, why)
        assert way_out in told
        assert house.slack.messages(DEPLOYMENTS, SAM) == []
        assert house.runs() == []


async def test_an_unknown_service_gets_did_you_mean(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, transport=transport) as house:
        await house.say(DANA, "/deploy payment staging")

        assert "/deploy payments staging" in await house.whispered(DANA, "I know no service “payment”")


async def test_a_version_outside_of_the_services_pattern_is_refused_with_the_pattern(tmp_path: Path) -> None:
    async with House(tmp_path, config=VERSIONS) as house:
        await house.say(DANA, "/deploy checkout main to staging")

        assert r"\d+\.\d+\.\d+" in await house.whispered(DANA, "“main” is not a version of checkout")


async def test_a_service_without_a_default_version_asks_for_one(tmp_path: Path) -> None:
    config = {"services": {"checkout": {"default_version": None}}}
    async with House(tmp_path, config=config) as house:
        await house.say(DANA, "/deploy checkout staging")

        assert "/deploy checkout 1.2.3 staging" in await house.whispered(DANA, "Which version of checkout?")


async def test_a_version_that_would_take_for_ever_to_match_is_refused_at_once(tmp_path: Path) -> None:
    config = {"services": {"checkout": {"version_pattern": r"(\d+\.?)+"}}}
    async with House(tmp_path, config=config) as house:
        await house.say(DANA, f"/deploy checkout {'1' * 60}x staging")

        await house.whispered(DANA, "is not a version of checkout")


async def test_whoever_the_policy_does_not_name_may_not_deploy(tmp_path: Path) -> None:
    async with House(tmp_path, config={"policies": {"staging": {"deploy": ["sre"]}}}) as house:
        await house.say(DANA, "/deploy checkout staging")

        told = await house.whispered(DANA, "may not deploy checkout to staging")
        assert "sre" in told
        [refused] = await house.audit("refused")
        assert refused["reason"] == "not_allowed_to_deploy"


async def test_a_guest_is_refused_and_told_who_can_help(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, transport=transport) as house:
        await house.say(GUS, "/deploy checkout staging")

        await house.whispered(GUS, "Guests of the workspace can't use this bot")
        assert house.cards() == []


async def test_a_guest_that_the_configuration_names_may_deploy(tmp_path: Path) -> None:
    async with House(tmp_path, config={"slack": {"allow_guests": [GUS]}}) as house:
        await house.say(GUS, "/deploy checkout staging")

        await house.card("Succeeded")


async def test_somebody_of_another_organisation_is_refused(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(STELLA, "@pilothouse deploy checkout staging", channel=CHECKOUT)

        await house.whispered(STELLA, "another organisation", channel=CHECKOUT)
        assert house.cards(CHECKOUT) == []


JOB_FAULTS: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    ({}, {"job": "deplyo"}, "has no job “deplyo”", "Did you mean “deploy”"),
    ({"disabled": True}, {}, "is disabled", "Enable it"),
    ({}, {"parameters": {"VERSOIN": "{{ version }}"}}, "declares no parameter “VERSOIN”", "VERSION"),
    ({}, {"parameters": {"ENVIRONMENT": "moon"}}, "cannot be “moon”", "staging, production"),
    ({"parameters": PARAMETERS[:3]}, {}, "PILOTHOUSE_KEY", "Add a string parameter"),
]


@pytest.mark.parametrize(
    ("job", "place", "why", "way_out"),
    JOB_FAULTS,
    ids=["missing", "disabled", "undeclared", "outside", "no key"],
)
async def test_a_job_that_would_not_take_it_is_a_refusal_before_anybody_is_asked(
    tmp_path: Path, job: dict[str, Any], place: dict[str, Any], why: str, way_out: str
) -> None:
    config = {"services": {"checkout": {"environments": {"production": place}}}}
    async with House(tmp_path, jenkins_jobs=jobs(**job), config=config) as house:
        await house.say(DANA, "/deploy checkout production")

        assert way_out in await house.whispered(DANA, why)
        await house.settled()
        assert house.cards() == []
        assert (await house.deployment()).state == "refused"


async def test_in_a_direct_message_a_refusal_is_an_ordinary_answer(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "deploy nothing nowhere", channel=direct(DANA))

        await house.until(
            lambda: any(
                "I know no service" in one["text"] for one in house.slack.messages(direct(DANA), DANA)
            )
        )


async def test_help_and_status_are_seen_by_who_asked_alone(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, transport=transport) as house:
        await house.say(DANA, "/deploy help")
        await house.whispered(DANA, "/deploy cancel")
        await house.say(DANA, "/deploy status")
        await house.whispered(DANA, "What is where")
        await house.say(DANA, "@pilothouse help")
        await house.until(lambda: len(house.whispers(DANA)) == 3)
        assert [one for one in house.slack.messages(DEPLOYMENTS, SAM) if one["user"] != DANA] == []
