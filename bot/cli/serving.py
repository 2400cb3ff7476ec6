"""`pilothouse run` and `pilothouse sandbox`: what serves until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from pathlib import Path

import click

from bot.cli.opening import config_option, settings
from bot.logs import set_up
from bot.redaction import Redactor, secrets_of
from bot.serving import serve
from bot.signals import stopped_by_signal

PORT = click.IntRange(0, 65_535)


@click.command(
    epilog="Example: pilothouse run --config /etc/pilothouse.yaml",
    short_help="Serve until SIGTERM or SIGINT.",
)
@config_option
@click.option("--verbose", is_flag=True, help="Log what is only of interest when something is looked for.")
def run(config: Path | None, verbose: bool) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is in hand and end.

    Logs go to standard output; the line "Serving on" says where it listens. What is not finished goes on at the
    next start. SIGHUP has the configuration read again.
    """
    read = settings(config)
    redactor = Redactor(secrets_of(read))
    undo = set_up(
        redactor,
        form=read.server.log_format,
        level=logging.DEBUG if verbose else logging.INFO,
    )
    try:
        asyncio.run(serve(read, partial(settings, config), redactor))
    finally:
        undo()


@click.command(
    epilog="Example: pilothouse sandbox --port 8000", short_help="Try it without Slack and without Jenkins."
)
@click.option(
    "--port", type=PORT, default=8000, show_default=True, help="The workspace's page; 0: a free one."
)
@click.option("--jenkins-port", type=PORT, default=0, help="The stand-in for Jenkins.  [default: a free one]")
@click.option("--server-port", type=PORT, default=0, help="The server's own.  [default: a free one]")
@click.option(
    "--transport",
    type=click.Choice(["http", "socket"]),
    default="http",
    show_default=True,
    help="How Slack talks.",
)
@click.option(
    "--database", type=click.Path(path_type=Path), help="Keep everything there.  [default: forgotten]"
)
@click.option(
    "--speed", type=click.FloatRange(0.1, 100), default=1.0, show_default=True, help="How fast jobs run."
)
def sandbox(
    *, port: int, jenkins_port: int, server_port: int, transport: str, database: Path | None, speed: float
) -> None:
    """Try it without Slack and without Jenkins: the real server between stand-ins, on this machine only."""
    from bot.sandbox.run import Sandbox, serve_sandbox  # noqa: PLC0415 - the server itself does without the stand-ins

    async def serve_until_stopped() -> None:
        whole = Sandbox(
            port=port,
            jenkins_port=jenkins_port,
            server_port=server_port,
            transport=transport,
            database=database,
            speed=speed,
        )
        async with stopped_by_signal() as stop:
            await serve_sandbox(whole, stop, click.echo)

    undo = set_up(Redactor(), form="text", level=logging.WARNING)
    try:
        asyncio.run(serve_until_stopped())
    finally:
        undo()
