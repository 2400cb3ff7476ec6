"""The configuration in force: one snapshot, switched whole, with drivers that stay open as long as somebody is at them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from bot.configuration import Configuration
from bot.drivers.jenkins import JenkinsRuns, JenkinsSettings
from bot.guards import helps, open_questions, questions_of, references
from bot.health import Health
from bot.people import Place
from bot.redaction import Redactor
from bot.standing import ConfigurationChange
from config.differences import Difference, Guard
from config.faults import ConfigurationFaults
from config.guarded import digest_of
from config.loader import load
from config.models import Clause, Settings
from tests.clock import ShiftableClock
from tests.waiting import until

FILE = """\
slack: {bot_token: "${TOKEN}", signing_secret: "${TOKEN}", update_interval: 2s}
drivers: {jenkins: {servers: {main: {url: http://127.0.0.1:1, user: ci, token: "${TOKEN}"}}}}
services: {checkout: {environments: {staging: {job: deploy}}}}
"""


class Driver(JenkinsRuns):
    """A real driver that remembers whether it was closed."""

    closed = False

    async def close(self) -> None:
        await super().close()
        self.closed = True


class World:
    def __init__(self, path: Path) -> None:
        self.file = path / "pilothouse.yaml"
        self.file.write_text(FILE)
        self.made: list[Driver] = []
        self.heard: list[Settings] = []
        first = self.read()
        self.configuration = Configuration(
            first, file=first, again=self.read, make=self.make, redact=Redactor().text
        )
        self.configuration.follow(self.heard.append)

    def read(self) -> Settings:
        return load(self.file, environ={"TOKEN": "the-token"}, drivers={"jenkins": JenkinsSettings})

    def make(self, _name: str, section: BaseModel) -> Driver:
        assert isinstance(section, JenkinsSettings)
        self.made.append(Driver(section))
        return self.made[-1]

    async def become(self, old: str, new: str) -> bool:
        self.file.write_text(self.file.read_text().replace(old, new))
        return await self.configuration.switch(digest_of(await self.configuration.read()))


async def test_reading_changes_nothing_and_switching_everything_at_once(tmp_path: Path) -> None:
    world = World(tmp_path)
    before = world.configuration.digest
    world.file.write_text(FILE.replace("2s", "3s"))
    found = await world.configuration.read()
    assert world.configuration.settings.slack.update_interval == 2.0
    assert world.configuration.digest == before

    assert await world.configuration.switch(digest_of(found))

    assert world.configuration.settings.slack.update_interval == 3.0
    assert [one.slack.update_interval for one in world.heard] == [3.0]
    assert await world.configuration.switch(digest_of(found))
    assert len(world.heard) == 1
    await world.configuration.close()


async def test_a_driver_whose_section_is_the_same_goes_on(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.become("2s", "3s")
    assert len(world.made) == 1
    assert not world.made[0].closed
    await world.configuration.close()
    assert world.made[0].closed


async def test_a_driver_that_is_replaced_closes_when_the_last_who_uses_it_is_through(tmp_path: Path) -> None:
    world = World(tmp_path)
    with world.configuration.leased() as snapshot:
        await world.become("user: ci", "user: other")
        await world.become("2s", "4s")
        assert snapshot.runs["jenkins"] is world.made[0]
        assert not world.made[0].closed
    await until(lambda: world.made[0].closed)
    assert not world.made[1].closed
    await world.configuration.close()
    assert world.made[1].closed


async def test_a_driver_that_nobody_uses_closes_at_once(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.become("user: ci", "user: other")
    await until(lambda: world.made[0].closed)
    await world.configuration.close()


async def test_a_file_that_has_changed_again_is_not_switched_to(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.file.write_text(FILE.replace("2s", "3s"))
    wanted = digest_of(world.read())
    world.file.write_text(FILE.replace("2s", "5s"))
    assert not await world.configuration.switch(wanted)
    assert world.configuration.settings.slack.update_interval == 2.0
    world.file.write_text("nothing")
    with pytest.raises(ConfigurationFaults):
        await world.configuration.switch(wanted)
    await world.configuration.close()


async def test_what_was_read_last_is_remembered_and_no_more_than_that(tmp_path: Path) -> None:
    world = World(tmp_path)
    digests = []
    for seconds in range(10):
        world.file.write_text(FILE.replace("2s", f"{seconds + 3}s"))
        digests.append(digest_of(await world.configuration.read()))
    assert world.configuration.remembered(digests[-1]) is not None
    assert world.configuration.remembered(digests[0]) is None
    await world.configuration.close()


def test_what_was_a_secret_once_stays_hidden() -> None:
    redactor = Redactor(["the-first-secret"])
    redactor.learn(["the-second-secret"])
    redactor.learn([])
    assert redactor.text("the-first-secret and the-second-secret") == "[secret] and [secret]"


async def test_parts_come_to_be_watched_and_are_forgotten_while_it_runs() -> None:
    looked = asyncio.Event()

    async def look() -> None:
        looked.set()

    async with Health(ShiftableClock(), every=0.001) as health:
        health.watch("jenkins/new", look)
        await looked.wait()
        await until(lambda: health.parts["jenkins/new"].ok)
        health.forget("jenkins/new")
        assert health.parts == {}
        assert health.alive()[0]


# --- who has to say yes --------------------------------------------------------------------------------------


def guard(service: str, *clauses: str, four_eyes: bool = True) -> Guard:
    return Guard(
        service=service,
        environment="production",
        policy="production",
        clauses=tuple(Clause.model_validate(one) for one in clauses),
        four_eyes=four_eyes,
    )


def change(*guards: Guard, **more: Any) -> ConfigurationChange:
    found = [Difference(path="x", sentence="x", guards=guards)]
    every = [(one.service, "production") for one in guards]
    return ConfigurationChange(
        id="c",
        owner="U0OLU",
        made_at=1.0,
        digest="d",
        sentences=("x",),
        loosening=1,
        questions=questions_of(found, every),
        channel="C1",
        place=Place(channel="C1"),
        **more,
    )


def test_places_with_the_same_clauses_are_one_question() -> None:
    found = change(guard("checkout", "2 of sre"), guard("payments", "2 of sre"), guard("mail", "1 of owners"))
    assert [(one.where, len(one.clauses)) for one in found.questions] == [
        ("production of checkout and payments", 1),
        ("production of mail", 1),
    ]
    assert references(found) == ("sre", "owners")


def test_each_place_has_to_be_approved_by_its_own_people() -> None:
    found = change(guard("checkout", "1 of sre"), guard("mail", "1 of owners"))
    assert helps(found, ["sre"])
    assert not helps(found, ["others"])
    voted = vote_of("U1", "sre")
    assert [one.where for one, _ in open_questions(found, [voted])] == ["production of mail"]
    assert open_questions(found, [voted, vote_of("U2", "owners")]) == ()
    both = vote_of("U3", "sre", "owners")
    assert open_questions(found, [both]) == ()


def vote_of(by: str, *belongs: str) -> Any:
    from bot.deployments import Vote

    return Vote(by=by, name=by, at=1.0, belongs=belongs)
