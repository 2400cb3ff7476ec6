"""A Slack to test against and the outbound side over it, opened and closed together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from bot.clock import SystemClock
from bot.ports import Clock
from bot.sandbox.slack import SlackStandIn
from bot.slack.chat import SlackChat
from bot.slack.client import SlackClient
from bot.slack.identity import Identity, who_am_i
from bot.slack.shaper import Shaper
from config.models import Settings

DANA, SAM, GUS, STELLA = "U0DANA0001", "U0SAM00002", "U0GUS00005", "U0STELLA06"
DEPLOYS, CHECKOUT, RANDOM = "C0DEPLOYS1", "C0CHECKOUT", "C0RANDOM04"


@dataclass(kw_only=True)
class Peer:
    """The stand-in, and what speaks to it."""

    slack: SlackStandIn
    session: aiohttp.ClientSession
    client: SlackClient
    shaper: Shaper
    chat: SlackChat
    me: Identity
    clock: Clock

    def methods(self) -> list[str]:
        """What was called, in order, without the question who we are."""
        return [call["method"] for call in self.slack.calls() if call["method"] != "auth.test"]


@asynccontextmanager
async def slack_peer(
    slack: SlackStandIn | None = None,
    *,
    clock: Clock | None = None,
    give_up_after: float = 5.0,
    interval: float = 0.0,
) -> AsyncIterator[Peer]:
    clock = clock or SystemClock()
    async with slack or SlackStandIn(clock=clock.now) as standing, aiohttp.ClientSession() as session:
        token = standing.world.app.bot_token
        client = SlackClient(session, token=token, api_url=standing.api_url, timeout=give_up_after)
        shaper = Shaper(clock, interval=interval)
        me = await who_am_i(client)
        chat = SlackChat(client, shaper, clock, me)
        try:
            yield Peer(
                slack=standing, session=session, client=client, shaper=shaper, chat=chat, me=me, clock=clock
            )
        finally:
            await chat.close()


def settings(api_url: str = "https://slack.example/api/") -> Settings:
    """Two services: checkout with a channel of its own (by id and by name), and payments."""
    job = {"driver": "jenkins", "server": "main", "job": "deploy"}
    return Settings.model_validate(
        {
            "slack": {"bot_token": "xoxb-test", "signing_secret": "secret", "api_url": api_url},
            "services": {
                "checkout": {"channels": ["#checkout"], "environments": {"staging": job, "production": job}},
                "payments": {"channels": [RANDOM], "environments": {"staging": job}},
            },
        }
    )
