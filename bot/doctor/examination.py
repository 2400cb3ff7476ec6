"""The order of the examination: this machine, Slack, calendars, each driver with everything that may run on it, repositories."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import aiohttp

from bot.doctor import calendars, house, sources, targets, verifying
from bot.doctor.check import Check
from bot.doctor.workspace import Workspace
from bot.drivers import drivers
from bot.ports import Runs
from bot.slack.client import SlackClient
from config.models import Settings


async def examine(settings: Settings, versions: Mapping[str, str] | None = None) -> AsyncIterator[Check]:
    """Every finding, as it is found. `versions` are samples by service, to check the jobs' parameters with."""
    async for found in house.checks(settings):
        yield found
    timeout = aiohttp.ClientTimeout(total=settings.slack.request_timeout)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        async for found in Workspace(settings, session, _client(settings, session)).checks():
            yield found
        async for found in house.public_address(settings, session):
            yield found
        async for found in calendars.checks(settings, session):
            yield found
    runs: dict[str, Runs] = {
        name: drivers()[name].runs(section) for name, section in settings.drivers.items()
    }
    try:
        async for found in targets.checks(settings, runs, versions or {}):
            yield found
        for program in verifying.programs(settings):
            yield program
        async for found in sources.checks(settings, runs, versions or {}):
            yield found
    finally:
        for each in runs.values():
            await each.close()


def _client(settings: Settings, session: aiohttp.ClientSession) -> SlackClient:
    return SlackClient(
        session,
        token=settings.slack.bot_token.get_secret_value(),
        api_url=settings.slack.api_url,
        timeout=settings.slack.request_timeout,
        app=settings.slack.app_name,
    )
