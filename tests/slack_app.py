"""The inbound side over a Slack stand-in, by HTTP or Socket Mode, with an inbox that can be looked at and broken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.events import Event
from bot.sandbox.slack import SlackStandIn
from bot.slack.channels import ChannelNames
from bot.slack.client import SlackClient
from bot.slack.http import slack_events
from bot.slack.inbound import bolt_app
from bot.slack.listeners import Listeners
from bot.slack.socket import SocketMode
from config.models import Settings
from tests.slack_peer import Peer, settings, slack_peer


@dataclass
class MemoryInbox:
    """Keeps the promise of `Inbox` in memory: each key once. `broken` makes it fail, `gate` makes it slow."""

    kept: dict[str, Event] = field(default_factory=dict)
    asked: int = 0
    broken: bool = False
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def accept(self, event: Event, *, key: str) -> bool:
        self.asked += 1
        await self.gate.wait()
        if self.broken:
            raise OSError("the disk is full")
        if key in self.kept:
            return False
        self.kept[key] = event
        return True

    @property
    def events(self) -> list[Event]:
        return list(self.kept.values())


@dataclass(kw_only=True)
class App:
    """`url` is where Slack's requests go, empty in Socket Mode."""

    peer: Peer
    inbox: MemoryInbox
    url: str = ""
    socket: SocketMode | None = None

    @property
    def slack(self) -> SlackStandIn:
        return self.peer.slack


@asynccontextmanager
async def http_app(
    slack: SlackStandIn | None = None, *, config: Settings | None = None, verify: bool = True, **more: Any
) -> AsyncIterator[App]:
    async with slack_peer(slack) as peer, _listening(peer, config, **more) as (listeners, inbox):
        bolt = bolt_app(listeners, peer.me, peer.client)
        server = web.Application()
        secrets = [peer.slack.world.app.signing_secret]
        server.router.add_post("/slack/events", slack_events(bolt, secrets, peer.clock))
        runner = web.AppRunner(server, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
            await peer.slack.connect_app(url, verify=verify)
            yield App(peer=peer, inbox=inbox, url=url)
        finally:
            await runner.cleanup()


@asynccontextmanager
async def socket_app(slack: SlackStandIn | None = None, **timing: float) -> AsyncIterator[App]:
    async with slack_peer(slack) as peer, _listening(peer, None) as (listeners, inbox):
        bolt = bolt_app(listeners, peer.me, peer.client)
        client = SlackClient(
            peer.session, token=peer.slack.world.app.app_token, api_url=peer.slack.api_url, timeout=5.0
        )
        await peer.slack.connect_app(None)
        async with SocketMode(bolt, client, peer.clock, **timing) as socket:
            await peer.slack.until(lambda: peer.slack.links.connected)
            yield App(peer=peer, inbox=inbox, socket=socket)


@asynccontextmanager
async def _listening(
    peer: Peer, config: Settings | None, **more: Any
) -> AsyncIterator[tuple[Listeners, MemoryInbox]]:
    inbox = MemoryInbox()
    names = ChannelNames(peer.client, peer.shaper, peer.clock)
    listeners = Listeners(
        inbox,
        lambda: config or settings(),
        peer.me,
        peer.client,
        names.name,
        views=peer.chat.views,
        clock=peer.clock,
        **more,
    )
    try:
        yield listeners, inbox
    finally:
        await listeners.close()
        await names.close()
