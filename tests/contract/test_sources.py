"""The port `Sources` over real repositories, a real GitHub stand-in and a real Jenkins stand-in."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.drivers import settings_by_driver
from bot.drivers.jenkins import JenkinsRuns
from bot.errors import Unreachable
from bot.gates import Built
from bot.outgoing import Outgoing
from bot.reasons import Reason
from bot.sandbox.github import GitHubStandIn
from bot.sandbox.jenkins.faults import Faults
from bot.sandbox.jenkins.jobs import Job, Parameter, Past
from bot.sandbox.jenkins.server import JenkinsStandIn
from bot.sandbox.repositories import SketchedRepository, Step
from bot.sources import ServiceSources
from config.loader import load
from tests.clock import ShiftableClock
from tests.histories import NAME, origin_in
from tests.waiting import until

KEY, VERSION = Parameter(name="PILOTHOUSE_KEY"), Parameter(name="VERSION")
PAST = (
    Past(values={"VERSION": "1.4.1"}, ago=500),
    Past(values={"VERSION": "1.4.2"}, ago=400),
    Past(values={"VERSION": "1.4.3"}, result="FAILURE", ago=300),
    Past(values={"VERSION": "1.4.2"}, result="FAILURE", ago=200),
    Past(values={"VERSION": "not a version"}, ago=100),
    Past(values={}, ago=50),
)


@dataclass(kw_only=True)
class Outside:
    sources: ServiceSources
    clock: ShiftableClock
    origin: SketchedRepository
    github: GitHubStandIn
    jenkins: JenkinsStandIn


@asynccontextmanager
async def outside(
    tmp_path: Path,
    *,
    repository: dict[str, Any] | None = None,
    builds: dict[str, Any] | None = None,
    past: tuple[Past, ...] = PAST,
    wait: str = "5s",
    more: dict[str, Any] | None = None,
    redact: Callable[[str], str] = str,
):
    """Everything that sources ask; in `repository`, `{origin}` is the path of the real one."""
    origin = origin_in(tmp_path)
    clock = ShiftableClock()
    github = GitHubStandIn({NAME: origin}, token="ghp-token")
    await github.start()
    jenkins = JenkinsStandIn(
        [Job(name="build", parameters=(VERSION, KEY), past=past)], clock=clock, quiet_period=0
    )
    await jenkins.start()
    service: dict[str, Any] = {"environments": {"staging": {"job": "deploy"}}}
    if repository is not None:
        usual = {"version_to_ref": "v{{ version }}"}
        said = {name: str(value).format(origin=origin.folder) for name, value in repository.items()}
        service["repository"] = {**usual, **said}
    if builds is not None:
        service["versions"] = {"builds": {"job": "build", **builds}}
    file = tmp_path / "pilothouse.yaml"
    file.write_text(
        json.dumps(
            {
                "slack": {"bot_token": "${T}", "signing_secret": "${T}"},
                "store": {"path": str(tmp_path / "pilothouse.db")},
                "repositories": {"wait": wait},
                "github": {"api_url": github.url, "token": "${T}"},
                "drivers": {
                    "jenkins": {
                        "servers": {
                            "ci": {"url": jenkins.url, "user": "ci-bot", "token": "${J}", "timeout": 2}
                        }
                    }
                },
                "services": {
                    "checkout": service,
                    "plain": {"environments": {"staging": {"job": "x"}}},
                    **(more or {}),
                },
            }
        )
    )
    environ = {"T": "ghp-token", "J": jenkins.user().token}
    settings = load(file, environ=environ, drivers=settings_by_driver())
    runs = JenkinsRuns(settings.drivers["jenkins"])

    async def ask(_driver, server, job, limit):
        return await runs.builds(server, job, limit)

    sources = ServiceSources(settings, ask, clock, redact=redact)
    try:
        yield Outside(sources=sources, clock=clock, origin=origin, github=github, jenkins=jenkins)
    finally:
        await sources.close()
        await runs.close()
        await jenkins.stop()
        await github.stop()
    assert github.refused == []
    assert jenkins.routes.unknown == []


GIT = {"git": "{origin}"}
BEFORE_IT_ANSWERS = 30
"""Seconds: peers that hang do so for a minute, so that nobody has waited for them."""
BOTH = {"git": "{origin}", "github": NAME}


def names(choices):
    return [one.version for one in choices]


# --- what is going out ----------------------------------------------------------------------------------------


async def test_what_is_going_out_is_told_as_commits_with_pull_requests_tickets_and_authors(tmp_path):
    async with outside(tmp_path, repository=GIT) as world:
        live = await world.sources.resolve("checkout", "1.4.2")
        asked = await world.sources.resolve("checkout", "1.4.3")
        found = await world.sources.outgoing("checkout", live, asked)
    assert found.known
    assert [(one.pull_request, one.tickets, one.author) for one in found.added] == [
        ("124", (), "Sam Sato"),
        ("123", ("SHOP-42",), "Dana Diaz"),
    ]
    assert (found.added_count, found.removed_count, found.url) == (2, 0, "")


async def test_what_would_be_lost_is_told_and_where_people_can_see_it(tmp_path):
    async with outside(tmp_path, repository=BOTH) as world:
        live = await world.sources.resolve("checkout", "hotfix-rounding")
        asked = await world.sources.resolve("checkout", "1.5.0")
        found = await world.sources.outgoing("checkout", live, asked)
        assert found.removed_count == 2
        assert {one.author for one in found.removed} == {"Olu Okafor"}
        assert found.url == f"{world.github.url}/{NAME}/compare/{live}...{asked}"
        assert world.github.asked == []


@pytest.mark.parametrize(
    ("live", "asked", "why"),
    [
        ("", "v1.4.3", "it is not known which commit runs there now"),
        ("v1.4.2", "", "nothing in the repository of checkout is called so"),
        ("nonsense", "v1.4.3", "it is not known which commit runs there now"),
        ("0" * 40, "v1.4.3", "the repository of checkout has no commit 000000000000 (any more)"),
    ],
)
async def test_what_can_not_be_told_says_why(tmp_path, live, asked, why):
    async with outside(tmp_path, repository=GIT) as world:
        live, asked = (world.origin.commit(one) if one.startswith("v") else one for one in (live, asked))
        found = await world.sources.outgoing("checkout", live, asked)
    assert found == Outgoing(known=False, why=why)


async def test_a_service_without_a_repository_knows_nothing_and_asks_nobody(tmp_path):
    async with outside(tmp_path) as world:
        for service in ("plain", "nowhere"):
            assert await world.sources.resolve(service, "1.4.2") == ""
            assert await world.sources.built(service, "1.4.2") is None
            assert await world.sources.versions(service, "", "", 10) == []
            found = await world.sources.outgoing(service, "a" * 40, "b" * 40)
            assert found.why == f"the configuration names no repository of {service}"


async def test_while_the_repository_is_away_what_is_going_out_says_so(tmp_path):
    async with outside(tmp_path, repository=GIT) as world:
        live, asked = world.origin.commit("v1.4.2"), world.origin.commit("v1.4.3")
        world.origin.folder.rename(tmp_path / "moved")
        found = await world.sources.outgoing("checkout", live, asked)
        assert not found.known
        assert "there is no such repository" in found.why
        with pytest.raises(Unreachable):
            await world.sources.resolve("checkout", "1.4.2")


async def test_two_commits_are_compared_once(tmp_path):
    async with outside(tmp_path, repository={"github": NAME}) as world:
        pair = world.origin.commit("v1.4.2"), world.origin.commit("v1.4.3")
        first = await world.sources.outgoing("checkout", *pair)
        assert await world.sources.outgoing("checkout", *pair) is first
        assert len(world.github.asked) == 1


async def test_github_answers_where_the_clone_can_not(tmp_path):
    async with outside(tmp_path, repository={"git": str(tmp_path / "nowhere"), "github": NAME}) as world:
        live = await world.sources.resolve("checkout", "1.4.2")
        assert live == world.origin.commit("v1.4.2")
        found = await world.sources.outgoing("checkout", live, world.origin.commit("v1.4.3"))
        assert found.added_count == 2


async def test_when_neither_can_answer_the_first_is_said(tmp_path):
    async with outside(tmp_path, repository={"git": str(tmp_path / "nowhere"), "github": NAME}) as world:
        world.github.faults.mode = "503"
        with pytest.raises(Unreachable, match="there is no such repository"):
            await world.sources.resolve("checkout", "1.4.2")


async def test_services_in_one_repository_share_its_clone(tmp_path):
    origin = tmp_path / "origin" / "checkout.git"
    more = {
        "payments": {
            "environments": {"staging": {"job": "x"}},
            "repository": {"git": str(origin), "tags": "v1.5*", "version_to_ref": "{{ version }}"},
        }
    }
    async with outside(tmp_path, repository=GIT, more=more) as world:
        assert await world.sources.resolve("payments", "v1.5.0") == world.origin.commit("v1.5.0")
        assert await world.sources.resolve("checkout", "1.5.0") == world.origin.commit("v1.5.0")
        assert names(await world.sources.versions("payments", "", "", 9)) == ["v1.5.0"]
        assert len(list((tmp_path / "repositories").iterdir())) == 1


# --- builds ---------------------------------------------------------------------------------------------------


async def test_a_version_that_was_built_green_once_stays_built(tmp_path):
    async with outside(tmp_path, builds={}) as world:
        built = await world.sources.built("checkout", "1.4.2")
        assert built == Built(green=True, number="2", url=f"{world.jenkins.url}/job/build/2/", at=built.at)
        assert built.at == pytest.approx(world.clock.now() - 430, abs=5)


async def test_a_version_whose_builds_all_failed_is_known_as_red_and_another_not_at_all(tmp_path):
    async with outside(tmp_path, builds={}) as world:
        assert (await world.sources.built("checkout", "1.4.3")).green is False
        assert await world.sources.built("checkout", "9.9.9") is None


async def test_a_build_that_ended_a_moment_ago_is_found(tmp_path):
    async with outside(tmp_path, builds={}) as world:
        assert await world.sources.built("checkout", "1.4.9") is None
        state = world.jenkins.engine.jobs["build"]
        world.jenkins.engine._remember(state, Past(values={"VERSION": "1.4.9"}, ago=0))
        world.clock.advance(3)
        assert (await world.sources.built("checkout", "1.4.9")).green


async def test_while_jenkins_is_away_what_was_seen_is_offered_but_nothing_is_claimed(tmp_path):
    async with outside(tmp_path, builds={}) as world:
        assert (await world.sources.built("checkout", "1.4.2")).green
        world.jenkins.set_faults(Faults(mode="503"))
        world.clock.advance(60)
        with pytest.raises(Unreachable):
            await world.sources.built("checkout", "1.4.2")
        assert names(await world.sources.versions("checkout", "builds", "", 9)) == ["1.4.2", "1.4.1"]


async def test_a_job_that_is_not_there_is_said(tmp_path):
    async with outside(tmp_path, builds={"job": "nothing"}) as world:
        with pytest.raises(Unreachable, match="no job “nothing”") as no:
            await world.sources.built("checkout", "1.4.2")
        assert no.value.reason is Reason.JOB_MISSING


@pytest.mark.parametrize(
    ("form", "past", "found"),
    [
        ("number", PAST, ["6", "5", "2", "1"]),
        ("display_name", (Past(values={}, name="7.1"), Past(values={})), ["7.1"]),
        ("OTHER", PAST, []),
    ],
)
async def test_a_version_is_a_number_a_name_or_a_parameter_of_the_build(tmp_path, form, past, found):
    async with outside(tmp_path, builds={"version": form}, past=past) as world:
        assert names(await world.sources.versions("checkout", "builds", "", 9)) == found


async def test_builds_that_failed_are_offered_where_the_configuration_wants_that(tmp_path):
    async with outside(tmp_path, builds={"only_green": False}) as world:
        offered = await world.sources.versions("checkout", "builds", "", 9)
        assert names(offered) == ["1.4.2", "1.4.3", "1.4.1"]
        assert offered[1].detail == "build #3, failure"


async def test_a_build_tells_the_commit_of_a_version_that_no_name_leads_to(tmp_path):
    past = (
        Past(values={"VERSION": "317"}, commit="c" * 40),
        Past(values={"VERSION": "1.4.2"}, commit="d" * 40),
    )
    async with outside(tmp_path, repository=GIT, builds={}, past=past) as world:
        assert await world.sources.resolve("checkout", "317") == "c" * 40
        assert await world.sources.resolve("checkout", "1.4.2") == world.origin.commit("v1.4.2")


async def test_the_commit_of_a_build_that_was_seen_is_told_while_jenkins_is_away_and_no_other(tmp_path):
    past = (Past(values={"VERSION": "317"}, commit="c" * 40),)
    async with outside(tmp_path, repository=GIT, builds={}, past=past) as world:
        assert await world.sources.resolve("checkout", "318") == ""
        world.jenkins.set_faults(Faults(mode="503"))
        world.clock.advance(60)
        assert await world.sources.resolve("checkout", "317") == "c" * 40
        with pytest.raises(Unreachable):
            await world.sources.resolve("checkout", "318")


# --- versions to choose ---------------------------------------------------------------------------------------


async def test_versions_to_choose_are_builds_tags_and_branches_each_once(tmp_path):
    async with outside(tmp_path, repository={**GIT, "branches": "hotfix-*"}, builds={}) as world:
        offered = await world.sources.versions("checkout", "", "", 100)
        by_name = {one.version: one for one in offered}
        assert set(by_name) == {"1.4.0", "1.4.1", "1.4.2", "1.4.3", "1.5.0", "hotfix-rounding"}
        assert [by_name[one].kind for one in ("1.4.2", "1.5.0", "hotfix-rounding")] == [
            "builds",
            "tags",
            "branches",
        ]
        assert by_name["1.4.2"].digest == world.origin.commit("v1.4.2")
        assert by_name["1.5.0"].detail == "Merge pull request #131 from harbour/faster-till · Sam Sato"
        for kind, found in (("builds", 2), ("tags", 5), ("branches", 1)):
            assert len(await world.sources.versions("checkout", kind, "", 100)) == found
        assert names(await world.sources.versions("checkout", "tags", "1.4", 2)) == ["1.4.3", "1.4.2"]


async def test_what_the_service_would_refuse_is_not_offered(tmp_path):
    async with outside(tmp_path, builds={}) as world:
        assert "not a version" not in names(await world.sources.versions("checkout", "", "", 100))


async def test_versions_are_answered_at_once_from_memory_while_everything_hangs(tmp_path):
    async with outside(tmp_path, repository={"github": NAME}, builds={}) as world:
        before = await world.sources.versions("checkout", "", "", 100)
        world.github.faults.mode = "hang"
        world.jenkins.set_faults(Faults(mode="slow", seconds=60))
        world.clock.advance(3600)
        async with asyncio.timeout(BEFORE_IT_ANSWERS):
            assert await world.sources.versions("checkout", "", "", 100) == before


async def test_versions_are_answered_although_nothing_is_known_yet_and_everything_hangs(
    tmp_path,
):
    async with outside(tmp_path, repository={"github": NAME}, builds={}) as world:
        world.github.faults.mode = "hang"
        world.jenkins.set_faults(Faults(mode="slow", seconds=60))
        async with asyncio.timeout(BEFORE_IT_ANSWERS):
            assert await world.sources.versions("checkout", "", "", 100) == []


async def test_what_is_old_is_read_anew_behind_the_answer(tmp_path):
    async with outside(tmp_path, repository=GIT) as world:
        await world.sources.versions("checkout", "", "", 100)
        world.origin.grow(Step(subject="New", tags=("v1.6.0",)))
        world.clock.advance(3600)
        assert "1.6.0" not in names(await world.sources.versions("checkout", "", "", 100))

        async def newer():
            return "1.6.0" in names(await world.sources.versions("checkout", "", "", 100))

        await until(newer)


async def test_everything_is_warmed_in_the_background(tmp_path):
    async with outside(tmp_path, repository=GIT, builds={}) as world:
        world.sources.warm()
        source = world.sources.services["checkout"]
        await until(lambda: source.histories[0].names() and list(source.builds.choices()))


async def test_closing_waits_for_nobody(tmp_path):
    async with outside(tmp_path, repository={"github": NAME}, builds={}) as world:
        world.github.faults.mode = "hang"
        world.sources.warm()
        await until(lambda: world.github.asked)
        async with asyncio.timeout(BEFORE_IT_ANSWERS):
            await world.sources.close()


async def test_nothing_holds_up_the_event_loop(tmp_path):
    async with outside(tmp_path, repository=BOTH, builds={}) as world:
        world.origin.grow(*(Step(subject=f"Change {n}", tags=(f"v3.{n}",)) for n in range(1500)))
        # In seconds of the loop's own work: how busy the machine is does not count.
        worst = 0.0

        async def beat():
            nonlocal worst
            while True:
                before = time.thread_time()
                await asyncio.sleep(0.005)
                worst = max(worst, time.thread_time() - before)

        beating = asyncio.create_task(beat())
        live, asked = await asyncio.gather(
            world.sources.resolve("checkout", "1.4.0"), world.sources.resolve("checkout", "main")
        )
        await world.sources.outgoing("checkout", live, asked)
        await world.sources.versions("checkout", "", "3.1", 100)
        beating.cancel()
        assert worst < 0.25


async def test_a_secret_in_a_repository_goes_no_further(tmp_path):
    async with outside(
        tmp_path, repository=GIT, redact=lambda text: text.replace("hunter2", "[secret]")
    ) as world:
        world.origin.grow(Step(subject="The password is hunter2 (#150)", tags=("v1.6.0",)))
        live, asked = world.origin.commit("v1.5.0"), world.origin.commit("v1.6.0")
        assert (await world.sources.outgoing("checkout", live, asked)).added[
            0
        ].subject == "The password is [secret] (#150)"
        assert "hunter2" not in repr(await world.sources.versions("checkout", "", "", 9))


# --- another configuration ------------------------------------------------------------------------------------


def changed(world: Outside, **repository: Any):
    """The settings in force, with another repository of checkout."""
    settings = world.sources._settings
    service = settings.services["checkout"]
    return settings.model_copy(
        update={
            "services": {
                **settings.services,
                "checkout": service.model_copy(
                    update={"repository": service.repository.model_copy(update=repository)}
                ),
            }
        }
    )


async def test_what_is_the_same_in_another_configuration_keeps_what_is_known(tmp_path):
    async with outside(tmp_path, repository=GIT, builds={}) as world:
        await world.sources.versions("checkout", "", "", 9)
        before = world.sources.services["checkout"]
        world.sources.follow(
            world.sources._settings.model_copy(update={"services": dict(world.sources._settings.services)})
        )
        assert world.sources.services["checkout"] is before


async def test_another_way_of_calling_versions_holds_at_once_with_the_clone_that_there_is(tmp_path):
    async with outside(tmp_path, repository=GIT) as world:
        await world.sources.resolve("checkout", "1.4.2")
        world.origin.folder.rename(tmp_path / "moved")
        world.sources.follow(changed(world, version_to_ref="v{{ version | replace('_', '.') }}"))
        assert (
            await world.sources.resolve("checkout", "1_4_2")
            == "e8d5ee9" + (await world.sources.resolve("checkout", "1.4.2"))[7:]
        )


async def test_a_repository_that_is_taken_away_is_asked_no_more(tmp_path):
    async with outside(tmp_path, repository={"github": NAME}) as world:
        await world.sources.resolve("checkout", "1.4.2")
        asked = len(world.github.asked)
        world.sources.follow(changed(world, github=None))
        assert await world.sources.resolve("checkout", "1.4.2") == ""
        assert len(world.github.asked) == asked


async def test_another_token_is_used_from_then_on(tmp_path):
    async with outside(tmp_path, repository={"github": NAME}) as world:
        assert await world.sources.resolve("checkout", "1.4.2")
        settings = world.sources._settings
        github = settings.github.model_copy(update={"token": None})
        world.sources.follow(settings.model_copy(update={"github": github}))
        assert await world.sources.resolve("checkout", "1.4.2") == ""
