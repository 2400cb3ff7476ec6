"""The mirror clone: what it holds, how it heals, and what git is never let do. Real repositories, real processes."""

from __future__ import annotations

import asyncio
import os
import re
import stat
import time
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.errors import Unreachable
from bot.reasons import Reason
from bot.sandbox.repositories import Step
from bot.sources.clone import LOCK_LEFT, Clone, folder_of, protocol_of
from bot.sources.command import GitCommand
from bot.sources.git import GitHistory, header_of
from bot.sources.history import NotThere
from config.sources import Repository
from tests.clock import ShiftableClock
from tests.histories import by_git, origin_in
from tests.waiting import until

TOKEN = "glpat-very-secret-token"


def script(path: Path, *lines: str) -> str:
    """A program that stands in git's place."""
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def gone(pid: int) -> bool:
    """Whether a process has ended: what nobody waits for is a zombie."""
    try:
        return " Z " in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True


def files_in(clone: Clone) -> set[str]:
    import subprocess

    listed = subprocess.run(
        [
            "git",
            f"--git-dir={clone.folder}",
            "cat-file",
            "--batch-all-objects",
            "--batch-check=%(objecttype)",
        ],
        capture_output=True,
        check=True,
        text=True,
    )
    return set(listed.stdout.split())


async def test_the_clone_holds_commits_and_no_files(tmp_path):
    async with by_git(tmp_path) as told:
        await told.history.resolve("1.4.2")
        assert files_in(told.clone) == {"commit"}


async def test_a_host_that_knows_no_filters_sends_everything_and_that_works_too(tmp_path):
    origin = origin_in(tmp_path)
    origin.git("config", "uploadpack.allowFilter", "false")
    async with by_git(tmp_path, origin) as told:
        assert await told.history.resolve("1.4.2") == origin.commit("v1.4.2")
        assert files_in(told.clone) == {"commit", "tree", "blob"}
        assert (await told.history.compare(origin.commit("v1.4.2"), origin.commit("main"))).added_count == 5


async def test_many_who_ask_at_once_share_one_fetch(tmp_path):
    origin = origin_in(tmp_path)
    count = tmp_path / "count"
    counting = script(
        tmp_path / "git", 'case "$*" in *fetch*) echo x >> ' + f"{count};; esac", 'exec git "$@"'
    )
    clone = Clone(str(origin.folder), tmp_path / "clones", GitCommand(program=counting), ShiftableClock())
    history = GitHistory(Repository(git=str(origin.folder), version_to_ref="v{{ version }}"), clone, wait=10)
    found = await asyncio.gather(*(history.resolve("1.4.2") for _ in range(20)))
    assert set(found) == {origin.commit("v1.4.2")}
    assert count.read_text().count("x") == 1
    await clone.names.close()


async def test_nothing_is_fetched_while_what_is_known_is_fresh(tmp_path):
    async with by_git(tmp_path) as told:
        before = await told.history.resolve("main")
        told.origin.grow(Step(subject="New"))
        told.clock.advance(59)
        assert await told.history.resolve("main") == before


async def test_a_deleted_branch_is_known_no_more(tmp_path):
    async with by_git(tmp_path) as told:
        assert await told.history.resolve("hotfix-rounding")
        told.origin.git("branch", "-D", "hotfix-rounding")
        told.clock.advance(61)
        assert await told.history.resolve("hotfix-rounding") == ""


async def test_what_was_pushed_away_can_still_be_compared_with(tmp_path):
    async with by_git(tmp_path) as told:
        lost = told.origin.commit("hotfix-rounding")
        told.origin.git("branch", "-D", "hotfix-rounding")
        await told.history.resolve("main")
        found = await told.history.compare(lost, told.origin.commit("v1.4.3"))
        assert found.removed_count == 2


async def test_a_host_that_gives_no_commit_by_its_id_leaves_it_missing(tmp_path):
    async with by_git(tmp_path) as told:
        lost = told.origin.commit("hotfix-rounding")
        told.origin.git("branch", "-D", "hotfix-rounding")
        told.origin.git("gc", "--prune=now", "--quiet")
        told.origin.git("reflog", "expire", "--expire=now", "--all")
        told.origin.git("prune", "--expire=now")
        with pytest.raises(NotThere):
            await told.history.compare(lost, told.origin.commit("v1.4.3"))


@pytest.mark.parametrize("harm", ["deleted", "emptied", "cut"])
async def test_a_clone_that_was_harmed_is_made_anew(tmp_path, harm):
    async with by_git(tmp_path) as told:
        await told.history.resolve("1.4.2")
        folder = told.clone.folder
        for pack in folder.glob("objects/pack/*.pack"):
            if harm == "cut":
                pack.chmod(0o600)
                pack.write_bytes(pack.read_bytes()[:40])
            elif harm == "emptied":
                pack.unlink()
        if harm == "deleted":
            import shutil

            shutil.rmtree(folder)
        told.origin.grow(Step(subject="New", tags=("v1.6.0",)))
        told.clock.advance(61)
        assert await told.history.resolve("1.6.0") == told.origin.commit("v1.6.0")


async def test_the_lock_of_a_git_that_was_killed_does_not_stop_fetching_for_ever(tmp_path):
    async with by_git(tmp_path) as told:
        await told.history.resolve("1.4.2")
        lock = told.clone.folder / "packed-refs.lock"
        refs = told.clone.folder / "refs" / "tags" / "v1.6.0.lock"
        refs.parent.mkdir(parents=True, exist_ok=True)
        old = time.time() - LOCK_LEFT - 1
        for one in (lock, refs):
            one.write_text("")
            os.utime(one, (old, old))
        told.origin.grow(Step(subject="New", tags=("v1.6.0",)))
        told.origin.git("branch", "-D", "hotfix-rounding")
        told.clock.advance(61)
        assert await told.history.resolve("1.6.0") == told.origin.commit("v1.6.0")
        assert not lock.exists()


async def test_what_takes_too_long_is_killed_with_everything_it_started(tmp_path):
    pids = tmp_path / "pids"
    slow = script(tmp_path / "git", f"sleep 600 & echo $! $$ > {pids}", "wait")
    with pytest.raises(TimeoutError):
        await GitCommand(program=slow).run("fetch", seconds=0.3)
    for pid in pids.read_text().split():
        await until(lambda pid=pid: gone(int(pid)))


async def test_a_command_that_nobody_waits_for_any_more_is_killed(tmp_path):
    pids = tmp_path / "pids"
    slow = script(tmp_path / "git", f"echo $$ > {pids}", "exec sleep 600")
    running = asyncio.create_task(GitCommand(program=slow).run("fetch", seconds=60))
    await until(lambda: pids.exists() and pids.read_text().strip())
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert gone(int(pids.read_text()))


async def test_output_without_end_is_cut(tmp_path):
    endless = script(tmp_path / "git", "yes >&2 & exec yes")
    ended = await GitCommand(program=endless).run("log", seconds=20, most=100_000)
    assert ended.cut
    assert len(ended.out) == 100_000


async def test_git_gets_none_of_our_secrets_and_is_led_to_no_other_repository(tmp_path, monkeypatch):
    said = tmp_path / "environment"
    telling = script(tmp_path / "git", f"env > {said}")
    for name in (
        "SLACK_BOT_TOKEN",
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_EXTERNAL_DIFF",
        "DISPLAY",
    ):
        monkeypatch.setenv(name, "given")
    await GitCommand(program=telling).run("fetch", seconds=10)
    environment = dict(line.partition("=")[::2] for line in said.read_text().splitlines())
    assert "given" not in environment.values()
    assert environment["GIT_TERMINAL_PROMPT"] == "0"
    assert environment["GIT_ALLOW_PROTOCOL"] == "none"


async def test_where_there_is_no_git_that_is_said(tmp_path):
    missing = GitCommand(program=str(tmp_path / "no-git"))
    clone = Clone("/nowhere", tmp_path / "clones", missing, ShiftableClock())
    with pytest.raises(Unreachable, match="git command is not installed"):
        await GitHistory(Repository(git="/nowhere"), clone, wait=5).resolve("1.4.2")


async def test_a_repository_that_is_not_there_is_said_so(tmp_path):
    async with by_git(tmp_path, git=str(tmp_path / "nothing")) as told:
        with pytest.raises(Unreachable, match="there is no such repository") as problem:
            await told.history.resolve("1.4.2")
        assert problem.value.reason is Reason.PEER_BROKEN


@pytest.mark.parametrize(
    "url",
    [
        "ext::sh -c touch% {marker}",
        "--upload-pack=touch {marker}",
        "file::/etc",
        "ssh://-oProxyCommand=touch%20{marker}/x",
        "-oProxyCommand=touch {marker}:x",
    ],
)
async def test_an_address_never_becomes_a_command_whoever_let_it_through(tmp_path, url):
    marker = tmp_path / "marker"
    async with by_git(tmp_path, git=url.format(marker=marker)) as told:
        with pytest.raises(Unreachable):
            await told.history.resolve("1.4.2")
        assert not marker.exists()


# --- over HTTP ------------------------------------------------------------------------------------------------


class Host:
    """An HTTP server in a git host's place, which says one thing to everybody."""

    def __init__(self, answer) -> None:
        self.answer = answer
        self.asked: list[web.BaseRequest] = []

    async def __aenter__(self):
        async def handle(request):
            self.asked.append(request)
            return await self.answer(request)

        self.runner = web.ServerRunner(web.Server(handle), shutdown_timeout=0.1)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_):
        await self.runner.cleanup()


async def refuse(_request):
    return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="git"'})


async def hang(_request):
    await asyncio.sleep(600)


async def lead_away(request):
    if request.path.startswith("/elsewhere"):
        return web.Response(status=404)
    return web.Response(status=302, headers={"Location": f"/elsewhere{request.path_qs}"})


async def test_a_token_travels_as_a_header_and_is_in_no_command_line_and_no_sentence(tmp_path):
    async with Host(refuse) as host:
        settings = {"git": f"{host.url}/shop.git", "user": "ana", "token": SecretStr(TOKEN)}
        async with by_git(tmp_path, **settings) as told:
            with pytest.raises(Unreachable) as problem:
                await told.history.resolve("1.4.2")
        assert problem.value.reason is Reason.CREDENTIALS_WRONG
        assert TOKEN not in problem.value.sentence
        header = header_of(Repository(**settings)).partition(": ")[2]
        assert {one.headers.get("Authorization") for one in host.asked} == {header}
        for file in (tmp_path / "clones").rglob("*"):
            assert not file.is_file() or TOKEN.encode() not in file.read_bytes()


async def test_a_token_follows_no_redirect(tmp_path):
    async with Host(lead_away) as host:
        settings = {"git": f"{host.url}/shop.git", "token": SecretStr(TOKEN)}
        async with by_git(tmp_path, **settings) as told:
            with pytest.raises(Unreachable):
                await told.history.resolve("1.4.2")
        assert not [one for one in host.asked if one.path.startswith("/elsewhere")]


async def test_nobody_is_asked_for_a_password(tmp_path):
    async with Host(refuse) as host, by_git(tmp_path, git=f"{host.url}/shop.git") as told:
        with pytest.raises(Unreachable) as problem:
            await told.history.resolve("1.4.2")
        assert problem.value.reason is Reason.CREDENTIALS_WRONG


async def test_who_asks_does_not_wait_for_a_host_that_hangs(tmp_path):
    async with Host(hang) as host:
        url = f"{host.url}/shop.git"
        clone = Clone(url, tmp_path / "clones", GitCommand(), ShiftableClock(), fetch_within=60)
        history = GitHistory(Repository(git=url), clone, wait=0.3)
        async with asyncio.timeout(30):
            with pytest.raises(Unreachable, match="is still being asked"):
                await history.resolve("1.4.2")
        await clone.names.close()


async def test_a_fetch_that_hangs_ends_and_is_said_to_be_slow(tmp_path):
    async with Host(hang) as host:
        url = f"{host.url}/shop.git"
        clone = Clone(url, tmp_path / "clones", GitCommand(), ShiftableClock(), fetch_within=0.3)
        with pytest.raises(Unreachable, match=re.escape(f"{url} did not answer within 0.3 s.")):
            await GitHistory(Repository(git=url), clone, wait=20).resolve("1.4.2")


async def test_a_slow_host_does_not_hold_up_what_is_read_from_other_clones(tmp_path):
    origin = origin_in(tmp_path)
    git, clock = GitCommand(far=2), ShiftableClock()
    near = Clone(str(origin.folder), tmp_path / "clones", git, clock)
    history = GitHistory(Repository(git=near.url, version_to_ref="v{{ version }}"), near, wait=10)
    known = await history.resolve("1.4.2")
    async with Host(hang) as host:
        hanging = [Clone(f"{host.url}/{n}.git", tmp_path / "clones", git, clock) for n in range(4)]
        for one in hanging:
            one.names.refresh()
        await until(lambda: len(host.asked) == 2)
        assert await history.resolve("1.4.2") == known
        for one in hanging:
            await one.names.close()
    await near.names.close()


# --- pure -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "protocol"),
    [
        ("https://example.com/a.git", "https"),
        ("http://example.com/a.git", "http"),
        ("ssh://git@example.com/a.git", "ssh"),
        ("git@example.com:shop/a.git", "ssh"),
        ("/srv/git/a.git", "file"),
        ("/srv/git/a:b.git", "file"),
        ("file:///srv/git/a.git", "file"),
    ],
)
def test_git_may_speak_the_one_protocol_of_the_address(url, protocol):
    assert protocol_of(url) == protocol


def test_the_folder_of_a_clone_says_whose_it_is():
    assert folder_of("git@example.com:shop/check out.git").startswith("check-out-")
    assert folder_of("https://a/x.git") != folder_of("https://b/x.git")
    assert folder_of("https://a/..").startswith("repository-")
