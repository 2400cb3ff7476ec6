"""Looking from outside: one request that nobody can lead astray, one program that can't outlive its time."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.probes import OutsideProbes
from bot.probes.urls import GuardedResolver, NotAsked
from bot.probing import CommandAsked, UrlAsked
from tests.waiting import until


@pytest.fixture
async def probes() -> AsyncIterator[OutsideProbes]:
    found = OutsideProbes()
    yield found
    await found.close()


class Peer:
    """Answers what it was told to; `asked` are the requests that came."""

    def __init__(self) -> None:
        self.asked: list[web.BaseRequest] = []
        self.answers: dict[str, dict[str, Any]] = {}
        self.url = ""

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(request)
        if request.path == "/hang":
            await asyncio.sleep(60)
        if request.path == "/drop" and request.transport is not None:
            request.transport.abort()
        if request.path == "/endless":
            endless = web.StreamResponse()
            await endless.prepare(request)
            while True:
                await endless.write(b"x" * 65536)
        return web.Response(**self.answers.get(request.path, {"text": "fine"}))


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    found = Peer()
    runner = web.ServerRunner(web.Server(found), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield found
    await runner.cleanup()


async def test_an_answer_is_its_status_and_the_beginning_of_its_body(probes, peer):
    peer.answers["/x"] = {"status": 418, "text": "żółć " * 20_000}
    found = await probes.look(UrlAsked(address=f"{peer.url}/x", private=True, headers={"X-Told": "yes"}))

    assert (found.status, found.problem) == (418, "")
    assert found.body.startswith("żółć ")
    assert len(found.body.encode()) <= 64 * 1024 + 4
    assert peer.asked[0].headers["X-Told"] == "yes"
    assert peer.asked[0].headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("path", "problem"), [("/hang", "no answer within 0.2 s"), ("/drop", "the connection broke")]
)
async def test_a_peer_that_hangs_or_drops_is_an_answer_in_words(probes, peer, path, problem):
    found = await probes.look(UrlAsked(address=f"{peer.url}{path}", private=True, seconds=0.2))
    assert found.problem == problem


async def test_an_endless_answer_is_read_to_its_bound(probes, peer):
    found = await probes.look(UrlAsked(address=f"{peer.url}/endless", private=True))
    assert (found.status, len(found.body)) == (200, 64 * 1024)


async def test_nobody_listening_and_an_unknown_name_are_answers_in_words(probes):
    assert (await probes.look(UrlAsked(address="http://127.0.0.1:1/", private=True))).problem == (
        "nobody listens there"
    )
    found = await probes.look(UrlAsked(address="http://no-such-host.invalid/"))
    assert found.problem == "nobody knows the name no-such-host.invalid"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "[::ffff:127.0.0.1]"])
async def test_a_private_address_is_not_asked_unless_that_is_meant(probes, peer, host):
    port = peer.url.rpartition(":")[2]
    found = await probes.look(UrlAsked(address=f"http://{host}:{port}/"))
    assert "private address" in found.problem
    assert peer.asked == []


@pytest.mark.parametrize("host", ["169.254.169.254", "[fe80::1]", "0.0.0.0", "224.0.0.1"])
async def test_where_machines_give_out_secrets_is_never_asked(probes, host):
    found = await probes.look(UrlAsked(address=f"http://{host}/", private=True))
    assert "private address" in found.problem


async def test_a_name_is_looked_at_when_it_is_resolved():
    with pytest.raises(NotAsked):
        await GuardedResolver(private=False).resolve("localhost")
    assert await GuardedResolver(private=True).resolve("localhost")


async def test_redirects_are_not_followed_unless_so_many_are_allowed(probes, peer):
    peer.answers["/a"] = {"status": 302, "headers": {"Location": "/b"}}
    peer.answers["/b"] = {"status": 302, "headers": {"Location": "/c"}}

    statuses = [
        (await probes.look(UrlAsked(address=f"{peer.url}/a", private=True, redirects=hops))).status
        for hops in (0, 1, 2)
    ]
    assert statuses == [302, 302, 200]


@pytest.mark.parametrize(
    "location",
    ["http://localhost:{port}/", "http://127.0.0.1:1/", "https://127.0.0.1:{port}/", "file:///etc/passwd"],
)
async def test_a_redirect_elsewhere_takes_no_header_along(probes, peer, location):
    port = peer.url.rpartition(":")[2]
    peer.answers["/a"] = {"status": 302, "headers": {"Location": location.format(port=port)}}
    found = await probes.look(UrlAsked(address=f"{peer.url}/a", private=True, redirects=5))
    assert "which is not followed" in found.problem
    assert len(peer.asked) == 1


async def test_what_stands_quoted_in_an_address_arrives_as_it_was(probes, peer):
    await probes.look(UrlAsked(address=f"{peer.url}/v/a%2Fb%3Fc/żółć?x=%26", private=True))
    assert peer.asked[0].raw_path == "/v/a%2Fb%3Fc/%C5%BC%C3%B3%C5%82%C4%87?x=%26"


def python(*code: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-c", "\n".join(code))


async def test_a_program_ends_with_its_code_and_the_end_of_what_it_printed(probes):
    script = python("import sys", "print('\\n'.join(map(str, range(100_000))), flush=True)", "print('oh\\x1b[0m', file=sys.stderr, flush=True)", "sys.exit(3)")  # fmt: skip
    found = await probes.run(CommandAsked(run=script))
    assert (found.code, found.problem) == (3, "")
    assert len(found.tail) == 15
    assert found.tail[-2:] == ("99999", "oh[0m")


async def test_a_program_has_nothing_of_the_servers_environment_nor_its_arguments_through_a_shell(
    probes, monkeypatch
):
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    script = python("import os, sys", "print(sorted(os.environ)); print(sys.argv[1])")
    found = await probes.run(CommandAsked(run=(*script, "$(id); true"), env={"OWN": "1"}))
    names, argument = found.tail
    assert set(eval(names)) - {"LC_CTYPE"} == {"LANG", "OWN", "PATH"}
    assert argument == "$(id); true"


def is_gone(pid: int) -> bool:
    """Whether no such process runs any more; one that nobody has buried yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


async def test_a_program_that_takes_too_long_is_killed_with_its_children(probes, tmp_path: Path):
    mark = tmp_path / "child"
    script = python(
        "import subprocess, sys, time",
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])",
        f"open({str(mark)!r}, 'w').write(str(child.pid))",
        "time.sleep(600)",
    )
    found = await probes.run(CommandAsked(run=script, seconds=3))
    assert found.problem == "it was killed after 3 s"
    child = int(mark.read_text())
    await until(lambda: is_gone(child))


async def test_a_program_that_is_not_there_or_dies_is_an_answer_in_words(probes):
    assert "could not be started" in (await probes.run(CommandAsked(run=("/no/such/program",)))).problem
    script = python("import os", "os.kill(os.getpid(), 9)")
    assert (await probes.run(CommandAsked(run=script))).problem == "it was ended by the signal 9"


async def test_a_program_is_gone_when_who_waited_for_it_is(probes, tmp_path: Path):
    mark = tmp_path / "program"
    script = python(
        "import os, time",
        f"open({str(mark)!r}, 'w').write(f'{{os.getpid()}}.')",
        "time.sleep(600)",
    )
    waiting = asyncio.create_task(probes.run(CommandAsked(run=script)))
    await until(lambda: mark.exists() and mark.read_text().endswith("."))
    program = int(mark.read_text()[:-1])
    assert not is_gone(program)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await until(lambda: is_gone(program))
