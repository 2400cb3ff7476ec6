"""The git command in a process of its own, bounded in time and output: what hangs or talks too much is killed.

Nothing is asked on a terminal, only one protocol is spoken, and of our own environment git gets what it needs to reach
its peers: no token of ours.
"""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from config.loader import passed_on

MOST_OUTPUT = 8 * 1024 * 1024
MOST_ERRORS = 8 * 1024
KILLED_WITHIN = 5.0

PASSED_ON = (
    "PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "XDG_CONFIG_HOME", "SSH_AUTH_SOCK", "GIT_SSH", "GIT_SSH_COMMAND",
    "GIT_SSL_CAINFO", "GIT_CONFIG_GLOBAL", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY",
    "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
)  # fmt: skip
"""How git finds itself, keys, proxies and authorities. GIT_DIR and its like would lead it to another repository."""

ALWAYS = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "false",
    "SSH_ASKPASS_REQUIRE": "never",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_ADVICE": "0",
    # No protocol, unless a command names one: what only reads a clone reaches no host.
    "GIT_ALLOW_PROTOCOL": "none",
}
OPTIONS = (
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "gc.autoDetach=false",
    "-c",
    "i18n.logOutputEncoding=UTF-8",
)


@dataclass(frozen=True, kw_only=True)
class Output:
    """How the command ended. `cut` says that there was more than the bound; then `code` means nothing."""

    code: int
    out: bytes
    err: str
    cut: bool = False


class GitCommand:
    """Runs git, so many at a time; what waits for a host never holds up what reads from this machine's disk.

    `run` raises `OSError` where there is no git and `TimeoutError` where it took too long.
    """

    def __init__(self, *, near: int = 8, far: int = 4, program: str = "git") -> None:
        self._near = asyncio.Semaphore(near)
        self._far = asyncio.Semaphore(far)
        self._program = program

    async def run(
        self,
        *arguments: str,
        seconds: float,
        far: bool = False,
        more: Mapping[str, str] | None = None,
        given: bytes = b"",
        most: int = MOST_OUTPUT,
    ) -> Output:
        """One command. `far` when it speaks with a host; `given` is its input, `more` goes into its environment."""
        environment = {**passed_on(PASSED_ON), **ALWAYS, **(more or {})}
        async with self._far if far else self._near:
            process = await asyncio.create_subprocess_exec(
                self._program,
                *OPTIONS,
                *arguments,
                stdin=PIPE if given else DEVNULL,
                stdout=PIPE,
                stderr=PIPE,
                env=environment,
                cwd="/",
                start_new_session=True,
            )
            try:
                async with asyncio.timeout(seconds):
                    return await _finished(process, given, most)
            finally:
                await _ended(process)


async def _finished(process: Process, given: bytes, most: int) -> Output:
    assert process.stdout is not None
    assert process.stderr is not None
    errors = asyncio.create_task(_read(process.stderr, MOST_ERRORS, on=True))
    try:
        if process.stdin is not None:
            with suppress(ConnectionError):
                process.stdin.write(given)
                await process.stdin.drain()
            process.stdin.close()
        out, cut = await _read(process.stdout, most)
        if cut:
            return Output(code=-1, out=out, err="", cut=True)
        err, _ = await errors
        return Output(code=await process.wait(), out=out, err=err.decode(errors="replace"))
    finally:
        errors.cancel()


async def _read(stream: asyncio.StreamReader, most: int, *, on: bool = False) -> tuple[bytes, bool]:
    """At most so many bytes, and whether there were more; with `on`, what comes after them is read and dropped."""
    kept = bytearray()
    cut = False
    while piece := await stream.read(65_536):
        room = most - len(kept)
        cut = cut or len(piece) > room
        kept += piece[:room]
        if cut and not on:
            break
    return bytes(kept), cut


async def _ended(process: Process) -> None:
    """Nothing of it is left, nor of what it started; its pipes are read to their end, so that they close."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    with suppress(TimeoutError):
        async with asyncio.timeout(KILLED_WITHIN):
            for stream in (process.stdout, process.stderr):
                while stream is not None and await stream.read(65_536):
                    pass
            await process.wait()
