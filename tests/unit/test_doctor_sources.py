"""The doctor looks at repositories and build jobs, and says what to do about each fault."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.doctor.sources import git_command
from bot.sources.command import GitCommand
from tests.serving import Outside
from tests.unit.test_cli_doctor import checks, world  # noqa: F401 - a fixture is used by its name


async def test_a_repository_that_can_be_read_and_knows_the_usual_version_is_good(world: Outside):  # noqa: F811
    found = await checks(world)
    assert found["git"]["level"] == "ok"
    assert found["checkout repository"]["level"] == "ok"
    assert "knows version 1.4.2 as v1.4.2" in found["checkout repository"]["sentence"]
    assert found["payments repository"]["level"] == "ok"
    assert "reports repository" not in found


async def test_a_version_that_the_repository_does_not_know_by_that_name_is_a_warning(world: Outside):  # noqa: F811
    found = await checks(world, "--version", "checkout=9.9.9")
    assert found["checkout repository"]["level"] == "warning"
    assert "has nothing called v9.9.9" in found["checkout repository"]["sentence"]
    assert "version_to_ref" in found["checkout repository"]["way_out"]


async def test_a_repository_that_is_not_there_is_a_fault(world: Outside):  # noqa: F811
    shutil.rmtree(Path(world.environ["SANDBOX_REPOSITORIES"]) / "checkout.git")
    found = await checks(world)
    assert found["checkout repository"]["level"] == "fault"
    assert "there is no such repository" in found["checkout repository"]["sentence"]
    assert "services.checkout.repository" in found["checkout repository"]["way_out"]


async def test_a_job_whose_builds_give_versions_is_good_and_one_that_is_gone_a_fault(world: Outside):  # noqa: F811
    found = await checks(world)
    assert found["checkout builds"]["sentence"] == "7 of the last 7 builds of build-checkout are versions."
    del world.jenkins.engine.jobs["build-checkout"]
    found = await checks(world)
    assert found["checkout builds"]["level"] == "fault"
    assert "versions.builds" in found["checkout builds"]["way_out"]


async def test_builds_that_give_no_version_are_a_warning(world: Outside):  # noqa: F811
    builds = world.jenkins.engine.jobs["build-checkout"].builds
    for build in builds.values():
        build.item.values = {}
    found = await checks(world)
    assert found["checkout builds"]["level"] == "warning"
    assert "None of the last 7 builds" in found["checkout builds"]["sentence"]


async def test_the_doctor_leaves_no_clone_behind(world: Outside):  # noqa: F811
    await checks(world)
    assert not (world.database.parent / "repositories").exists()


@pytest.mark.parametrize(
    ("says", "sentence"),
    [("git version 2.20.1", "git 2.20.1 is older than 2.31"), ("nonsense", "git ? is older")],
)
async def test_a_git_that_is_too_old_is_a_fault(tmp_path, says, sentence):
    program = tmp_path / "git"
    program.write_text(f"#!/bin/sh\necho {says}\n")
    program.chmod(0o755)
    found = await git_command(GitCommand(program=str(program)))
    assert found.level == "fault"
    assert sentence in found.sentence


async def test_no_git_at_all_is_a_fault(tmp_path):
    found = await git_command(GitCommand(program=str(tmp_path / "nothing")))
    assert found.level == "fault"
    assert "Install git 2.31" in found.way_out
