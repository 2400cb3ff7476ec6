"""Worlds in which the gates `build` and `lost_work` have something to say, for the table of all gates."""

from __future__ import annotations

from typing import Any

from bot.sandbox.jenkins.jobs import Job, Parameter, Past
from bot.sandbox.repositories import SketchedRepository, Step
from tests.e2e.house import DANA, House, jobs

BUILDS: dict[str, Any] = {"services": {"checkout": {"versions": {"builds": {"job": "build"}}}}}


def built(version: str = "", result: Any = "SUCCESS") -> list[Job]:
    """The usual jobs, and one that built this version."""
    past = (Past(values={"VERSION": version}, result=result),) if version else ()
    parameters = (Parameter(name="VERSION"), Parameter(name="PILOTHOUSE_KEY"))
    return [*jobs(), Job(name="build", parameters=parameters, past=past)]


async def with_a_repository(house: House, live: str) -> SketchedRepository:
    """1.2.2 and 1.2.3 on main, a branch beside it; `live` runs in staging."""
    origin = SketchedRepository(house.path / "origins" / "checkout.git")
    origin.grow(
        Step(subject="One", tags=("v1.2.2",)),
        Step(subject="Beside it", author="Olu Okafor", branch="beside", start="v1.2.2"),
        Step(subject="Two", tags=("v1.2.3",)),
    )
    known = {"git": str(origin.folder), "version_to_ref": "v{{ version }}"}
    await house.restart(services={"checkout": {"repository": known}})
    await house.say(DANA, f"/deploy checkout {live} staging")
    await house.card("Succeeded")
    return origin


async def it_only_brings(house: House) -> None:
    await with_a_repository(house, "1.2.2")


async def it_would_take_away(house: House) -> None:
    await with_a_repository(house, "beside")


async def the_repository_is_gone(house: House) -> None:
    origin = await with_a_repository(house, "1.2.2")
    origin.folder.rename(origin.folder.with_suffix(".gone"))
    await house.restart(services={"checkout": {"repository": {"git": str(origin.folder) + "/elsewhere"}}})


async def it_moved(house: House) -> None:
    """What went to staging by the name of its branch is another commit by that name now."""
    origin = await with_a_repository(house, "main")
    origin.grow(Step(subject="Three"))
    house.clock.advance(120)


async def nobody_knew_its_commit(house: House) -> None:
    """What went to staging under a name that the repository came to know only afterwards."""
    origin = await with_a_repository(house, "feature")
    origin.grow(Step(subject="Three", branch="feature", start="v1.2.2"))
    house.clock.advance(120)


async def nobody_can_say_which_commit_it_is(house: House) -> None:
    """A branch went to staging, and the repository is away since."""
    origin = await with_a_repository(house, "beside")
    origin.folder.rename(origin.folder.with_suffix(".gone"))
    house.clock.advance(120)


async def it_moved_after_something_else_came(house: House) -> None:
    """The same, and 1.2.2 took its place there before."""
    origin = await with_a_repository(house, "main")
    await house.say(DANA, "/deploy checkout 1.2.2 staging removing")
    await house.card("Succeeded", index=1)
    origin.grow(Step(subject="Three"))
    house.clock.advance(120)
