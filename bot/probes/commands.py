"""A program run to its end without a shell, with an environment of its own, bounded in time and output.

It gets nothing of the server's environment, which holds the server's secrets, and is killed with everything that it has
started when its time is over or the server stops.
"""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process

from bot.probing import CommandAnswer, CommandAsked

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PARALLEL = 2
TAIL_BYTES = 16 * 1024
TAIL_LINES = 15
LINE_MOST = 300
PIECE = 64 * 1024

NOT_STARTED = "it could not be started: {why}"
SLOW = "it was killed after {seconds:g} s"
KILLED = "it was ended by the signal {signal}"


class Commands:
    """`run` waits for its turn: a few run at the same time."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(PARALLEL)

    async def run(self, asked: CommandAsked) -> CommandAnswer:
        async with self._free:
            return await _run(asked)


async def _run(asked: CommandAsked) -> CommandAnswer:
    environment = {"PATH": PATH, "LANG": "C.UTF-8", **asked.env}
    try:
        process = await asyncio.create_subprocess_exec(
            *asked.run,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            env=environment,
            cwd="/",
            start_new_session=True,
        )
    except (OSError, ValueError) as problem:
        return CommandAnswer(problem=NOT_STARTED.format(why=getattr(problem, "strerror", None) or problem))
    printed = bytearray()
    try:
        async with asyncio.timeout(asked.seconds):
            await _read(process, printed)
            code = await process.wait()
    except TimeoutError:
        return CommandAnswer(problem=SLOW.format(seconds=asked.seconds), tail=_tail(printed))
    finally:
        await _kill(process)
    if code < 0:
        return CommandAnswer(code=code, problem=KILLED.format(signal=-code), tail=_tail(printed))
    return CommandAnswer(code=code, tail=_tail(printed))


async def _read(process: Process, printed: bytearray) -> None:
    """Everything it prints, of which only the end is kept: one that is not read from would stand still."""
    assert process.stdout is not None, "it was asked for"
    while piece := await process.stdout.read(PIECE):
        printed += piece
        del printed[:-TAIL_BYTES]


async def _kill(process: Process) -> None:
    """It and what it has started, which may outlive it and hold its output open."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
    await process.wait()


def _tail(printed: bytearray) -> tuple[str, ...]:
    text = printed.decode(errors="replace")
    lines = (
        "".join(c for c in line if c.isprintable() or c == "\t")[:LINE_MOST] for line in text.split("\n")
    )
    return tuple(line.rstrip() for line in lines if line.strip())[-TAIL_LINES:]
