"""`python -m bot.sandbox.jenkins`: the stand-in as a process of its own. Prints one JSON line when it listens."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys

from bot.sandbox.jenkins.server import JenkinsStandIn


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox.jenkins", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--context-path", default="", help="such as /jenkins")
    parser.add_argument("--quiet-period", type=float, default=5.0, help="seconds a start waits in the queue")
    parser.add_argument("--executors", type=int, default=2)
    parser.add_argument("--speed", type=float, default=1.0, help="divides the quiet period and all durations")
    return parser.parse_args()


async def _serve(options: argparse.Namespace) -> None:
    server = JenkinsStandIn(
        context_path=options.context_path,
        quiet_period=options.quiet_period,
        executors=options.executors,
        speed=options.speed,
    )
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    await server.start(options.host, options.port)
    bot = server.user()
    told = {"url": server.url, "user": bot.name, "token": bot.token, "jobs": sorted(server.engine.jobs)}
    sys.stdout.write(f"{json.dumps(told)}\n")
    sys.stdout.flush()
    await over.wait()
    await server.stop()


if __name__ == "__main__":
    asyncio.run(_serve(_arguments()))
