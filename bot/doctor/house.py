"""What can be seen from here: the database, the address, and policies that ask nobody."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp

from bot.doctor.check import Check, fault, ok, warning
from bot.health import journal_writable
from bot.writer import DatabaseInUse, DatabaseUnusable, Writer
from config.models import Settings

PRODUCTION = frozenset({"prod", "production", "live"})

OPEN = "Nobody is asked before {service} goes to {environment}: the policy {policy} names no approvers."
OPEN_WAY_OUT = "Give it a policy with `approve`, or leave it so if that is what you want."

WRITABLE = "{path} can be written."
IN_USE = "{path} is being written by a running server."
UNWRITABLE_WAY_OUT = "Let the server's user write there, or set store.path."
NOT_MADE = "{path} will be made at the first start."
NO_FOLDER = "{path} can't be made: its directory can't be written."

# Slack tells nobody which slash commands an app has, unless he holds a token that can change the app.
COMMANDS = "{commands}: the app has to have them; `pilothouse manifest` prints it so."

NO_ADDRESS = "server.public_url is not set."
NO_ADDRESS_WAY_OUT = (
    "Set it, so that the manifest tells Slack where this server is, or use transport: socket."
)
PLAIN_HTTP = "{url} is not https://; Slack sends to nothing else."
ANSWERS = "{url} reaches this server."
SILENT = "{url} was not reached from here ({problem})."
OTHER = "{url} answers, but not as Pilothouse (HTTP {status} at /healthz)."
SILENT_WAY_OUT = "Start the server, and let the proxy hand /slack/events on to it. From Slack's side it may look otherwise."


async def checks(settings: Settings) -> AsyncIterator[Check]:
    yield await _database(Path(settings.store.path))
    yield ok("slash commands", COMMANDS.format(commands=" ".join(settings.slack.slash_commands())))
    for found in open_production(settings):
        yield found


def open_production(settings: Settings) -> Iterator[Check]:
    """A warning for each place that looks like production and asks nobody."""
    for name, service in settings.services.items():
        for environment, place in service.environments.items():
            if not PRODUCTION & {word.lower() for word in (environment, *place.aliases)}:
                continue
            policy_name, policy = settings.policy_for(name, environment)
            if not policy.approve:
                sentence = OPEN.format(service=name, environment=environment, policy=policy_name)
                yield warning("policies", sentence, OPEN_WAY_OUT)


async def _database(path: Path) -> Check:
    absent = _can_be_made(path)
    if absent is not None:
        return absent
    try:
        async with Writer(path) as writer:
            await journal_writable(writer)
    except DatabaseInUse:
        return ok("database", IN_USE.format(path=path))
    except (DatabaseUnusable, sqlite3.Error) as problem:
        return fault("database", f"{problem}", UNWRITABLE_WAY_OUT)
    return ok("database", WRITABLE.format(path=path))


def _can_be_made(path: Path) -> Check | None:
    """What to say of a database that is not there yet; None when it is."""
    if path.exists():
        return None
    folder = next(one for one in path.absolute().parents if one.exists())
    if os.access(folder, os.W_OK | os.X_OK):
        return ok("database", NOT_MADE.format(path=path))
    return fault("database", NO_FOLDER.format(path=path), UNWRITABLE_WAY_OUT)


async def public_address(settings: Settings, session: aiohttp.ClientSession) -> AsyncIterator[Check]:
    """Over HTTP, Slack has to find this server."""
    if settings.slack.transport != "http":
        return
    url = settings.server.public_url
    if url is None:
        yield warning("public_url", NO_ADDRESS, NO_ADDRESS_WAY_OUT)
        return
    if not url.startswith("https://"):
        yield warning("public_url", PLAIN_HTTP.format(url=url), NO_ADDRESS_WAY_OUT)
    try:
        async with session.get(f"{url.rstrip('/')}/healthz", allow_redirects=False) as answer:
            ours = answer.status == 200 and "loop_behind_seconds" in await answer.text(errors="replace")
            status = answer.status
    except (aiohttp.ClientError, TimeoutError) as problem:
        yield warning("public_url", SILENT.format(url=url, problem=type(problem).__name__), SILENT_WAY_OUT)
        return
    if ours:
        yield ok("public_url", ANSWERS.format(url=url))
    else:
        yield warning("public_url", OTHER.format(url=url, status=status), SILENT_WAY_OUT)
