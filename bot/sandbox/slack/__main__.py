"""`python -m bot.sandbox.slack`: the stand-in as a process of its own, which outlives the app it judges."""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import signal
import sys

from bot.sandbox.slack.harbour import harbour
from bot.sandbox.slack.rates import Rates
from bot.sandbox.slack.server import SlackStandIn
from bot.sandbox.slack.world import Command


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bot.sandbox.slack", description="A strict stand-in for Slack."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one (default)")
    parser.add_argument("--transport", choices=("http", "socket"), default="http")
    parser.add_argument(
        "--events-url", help="the app's request URL; without it, POST /sandbox/connect tells it later"
    )
    parser.add_argument(
        "--rate-scale", type=float, default=1.0, help="times Slack's speed; inf takes limits away"
    )
    parser.add_argument("--ack-seconds", type=float, default=3.0)
    parser.add_argument("--retry-delays", default="0,60,300", help="seconds before each retry of an event")
    parser.add_argument("--command", action="append", metavar="/NAME", help="a slash command, again for more")
    parser.add_argument("--jenkins-url", help="shown to the page")
    return parser.parse_args(argv)


async def serve(options: argparse.Namespace) -> None:
    """Prints one line of JSON with the addresses and secrets, then serves until SIGTERM or SIGINT."""
    declared = [Command(command=name, description=name) for name in options.command or ()]
    stand_in = SlackStandIn(
        harbour(declared or None),
        rates=Rates(scale=options.rate_scale if options.rate_scale > 0 else math.inf),
        ack_seconds=options.ack_seconds,
        retry_delays=[float(delay) for delay in options.retry_delays.split(",") if delay],
        jenkins_url=options.jenkins_url,
    )
    await stand_in.start(options.host, options.port)
    try:
        if options.transport == "socket":
            await stand_in.connect_app(None)
        elif options.events_url:
            await stand_in.connect_app(options.events_url, verify=False)
        _introduce(stand_in)
        await _told_to_stop()
    finally:
        await stand_in.stop()


def _introduce(stand_in: SlackStandIn) -> None:
    app = stand_in.world.app
    facts = {
        "url": stand_in.url,
        "api_url": stand_in.api_url,
        "bot_token": app.bot_token,
        "app_token": app.app_token,
        "signing_secret": app.signing_secret,
    }
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


async def _told_to_stop() -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()


if __name__ == "__main__":
    asyncio.run(serve(arguments()))
