"""The strict stand-in for Slack: one server for Slack's own side, the control interface and the page.

It imports nothing of the app and nothing of Slack's SDK, so that it can judge both.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, Self

from aiohttp import web

from bot.sandbox.slack import portrait, responses
from bot.sandbox.slack.api import dispatch
from bot.sandbox.slack.control import Control, guarded
from bot.sandbox.slack.delivery.courier import RETRY_DELAYS, Courier
from bot.sandbox.slack.delivery.over_http import NotVerified, RequestUrl
from bot.sandbox.slack.delivery.over_socket import Links
from bot.sandbox.slack.faults import Fault
from bot.sandbox.slack.harbour import harbour
from bot.sandbox.slack.people import clicking, forms, speaking
from bot.sandbox.slack.people.faces import outcome
from bot.sandbox.slack.rates import Rates
from bot.sandbox.slack.workspace import Workspace
from bot.sandbox.slack.world import World

Json = dict[str, Any]

ACK_SECONDS = 3.0
MOST_BYTES = 2 * 1024 * 1024


class SlackStandIn:
    """Start it, connect the app, act as people, look at what came of it.

    The acts (`say`, `click`, …) and looks (`messages`, `calls`, …) are those of `docs/sandbox.md`, with the same
    arguments and answers; an act that Slack's own client would not allow raises `NotPossible`.
    """

    def __init__(
        self,
        world: World | None = None,
        *,
        clock: Callable[[], float] = time.time,
        rates: Rates | None = None,
        ack_seconds: float = ACK_SECONDS,
        retry_delays: Sequence[float] = RETRY_DELAYS,
        jenkins_url: str | None = None,
        guide: Sequence[Json] = (),
    ) -> None:
        self.world = world if world is not None else harbour()
        self.workspace = Workspace(self.world, clock=clock, rates=rates)
        self.courier = Courier(self.workspace, retry_delays=retry_delays)
        self.links = Links(self.workspace, ack_seconds=ack_seconds)
        self.stopping = asyncio.Event()
        self.jenkins_url = jenkins_url
        self.shop_url: str | None = None
        self.guide = list(guide)
        self._ack_seconds = ack_seconds
        self._runner: web.AppRunner | None = None

    # The server

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listens; `url` is known from then on. Port 0 takes a free one."""
        app = web.Application(middlewares=[guarded], client_max_size=MOST_BYTES)
        app.router.add_route("*", "/api/{method}", self._call)
        app.router.add_post("/response/{team}/{number}/{secret}", self._respond)
        app.router.add_get("/link/", self.links.serve)
        Control(self).add_to(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        bound_host, bound_port = self._runner.addresses[0][:2]
        self.workspace.url = f"http://{bound_host}:{bound_port}"

    async def stop(self) -> None:
        """Lets go of everything that hangs, and stops listening. May be called twice."""
        self.stopping.set()
        self.workspace.faults.set([])
        self.workspace.stream.tell("stopping")
        await self.courier.stop()
        await self.links.close()
        await self._leave()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        return self.workspace.url

    @property
    def api_url(self) -> str:
        """The base address of the Web API, with a slash at its end."""
        return f"{self.url}/api/"

    async def connect_app(self, events_url: str | None, *, verify: bool = True) -> None:
        """Where the app is: a request URL for events, commands and interactivity, or `None` for Socket Mode.

        Raises:
            NotVerified: with `verify`, the URL did not return the challenge.
        """
        await self._leave()
        if events_url is None:
            self.courier.transport = self.links
            return
        transport = RequestUrl(
            events_url,
            self.world.app.signing_secret,
            clock=self.workspace.clock,
            ack_seconds=self._ack_seconds,
        )
        if verify and (wrong := await transport.verify()):
            await transport.close()
            raise NotVerified(f"{events_url}: {wrong}")
        self.courier.transport = transport

    async def disconnect_sockets(self, reason: str = "refresh_requested") -> None:
        """Asks all Socket Mode connections to be replaced; with `warning` they stay for now."""
        await self.links.disconnect(reason)

    # What people do

    async def say(self, user: str, channel: str, text: str, thread_ts: str = "") -> Json:
        return await speaking.say(
            self.workspace, self.courier, user=user, channel=channel, text=text, thread_ts=thread_ts
        )

    async def click(self, user: str, action_id: str, **where_and_what: Any) -> Json:
        """`channel` and `message_ts`, or `view_id`; `block_id`; and what was chosen."""
        return await clicking.click(
            self.workspace, self.courier, user=user, action_id=action_id, **where_and_what
        )

    async def options(self, user: str, action_id: str, block_id: str, value: str = "", **where: str) -> Json:
        return await clicking.options(
            self.workspace,
            self.courier,
            user=user,
            action_id=action_id,
            block_id=block_id,
            value=value,
            **where,
        )

    async def submit_view(
        self, user: str, view_id: str, values: dict[str, dict[str, Json]] | None = None
    ) -> Json:
        return await forms.submit(self.workspace, self.courier, user=user, view_id=view_id, values=values)

    async def close_view(self, user: str, view_id: str) -> Json:
        return await forms.close(self.workspace, self.courier, user=user, view_id=view_id)

    async def open_home(self, user: str, *, peek: bool = False) -> Json:
        return await forms.home(self.workspace, self.courier, user=user, peek=peek)

    async def change_member(self, user: str, channel: str, *, member: bool = True) -> Json:
        """Puts somebody (the bot too) into a channel or takes him out."""
        members = self.world.channel(channel).members
        person = self.world.person(user).id
        if member and person not in members:
            members.append(person)
        elif not member and person in members:
            members.remove(person)
        self.workspace.stream.tell("channels")
        return {"ok": True, "members": list(members)}

    # What there is to see

    def state(self) -> Json:
        """The workspace as a whole: `GET /sandbox/state`."""
        workspace = portrait.workspace(self.world, self.courier.transport)
        jenkins = {"url": self.jenkins_url} if self.jenkins_url else None
        return workspace | {
            "faults": self.faults(),
            "jenkins": jenkins,
            "shop": {"url": self.shop_url} if self.shop_url else None,
            "guide": self.guide,
            "now": self.workspace.clock(),
        }

    def messages(self, channel: str, viewer: str = "", thread_ts: str = "") -> list[Json]:
        """Top-level messages of a channel in order, or one thread with its parent first.

        Ephemeral messages are there for their reader only. Raises `KeyError` for an unknown channel or viewer.
        """
        kept = self.workspace.conversations
        place = self.world.channel(channel).id
        reader = self.world.person(viewer).id if viewer else ""
        return [
            kept.as_page(message)
            for message in kept.in_channel(place)
            if self.workspace.sees(reader, message)
            and (
                thread_ts in {message.ts, message.thread_ts}
                if thread_ts
                else not message.is_reply or message.broadcast
            )
        ]

    def views(self, viewer: str) -> list[Json]:
        """The open modals of a person, the one on top last."""
        stack = self.workspace.surfaces.stacks.get(self.world.person(viewer).id, [])
        return [self.workspace.surfaces.as_slack(view) for view in stack]

    def calls(self, since: int = 0) -> list[Json]:
        """What the app called after call number `since`."""
        return [call.as_json() for call in self.workspace.records.calls[since:]]

    @property
    def refused(self) -> list[Json]:
        """Everything the app did that Slack would not take."""
        return [call.as_json() for call in self.workspace.records.refused]

    def deliveries(self, since: int = 0) -> list[Json]:
        """What was handed to the app after delivery number `since`."""
        return [record.as_json() for record in self.workspace.records.deliveries[since:]]

    # Faults, repetition, waiting

    def set_faults(self, *faults: Fault) -> None:
        """Replaces the faults in force; none makes Slack well again."""
        self.workspace.faults.set(faults)
        self.workspace.stream.tell("faults")

    def faults(self) -> Json:
        return {"slack": self.workspace.faults.as_json()}

    async def redeliver(self, n: int) -> Json:
        """Delivery `n` once more with the headers of a retry."""
        started = time.perf_counter()
        ack = await self.courier.again(n)
        return outcome(ack, (time.perf_counter() - started) * 1000)

    async def idle(self) -> None:
        """Until no delivery is under way and no retry is due."""
        await self.courier.idle()

    async def until(self, condition: Callable[[], Any], within: float = 5.0) -> Any:
        """The first true answer of `condition`, asked again whenever anything happened here.

        Raises:
            TimeoutError: it stayed false for `within` seconds.
        """
        return await self.workspace.stream.until(condition, within)

    async def _call(self, request: web.Request) -> web.StreamResponse:
        return await dispatch.serve(self.workspace, request)

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        return await responses.serve(self.workspace, request)

    async def _leave(self) -> None:
        transport, self.courier.transport = self.courier.transport, None
        if isinstance(transport, RequestUrl):
            await transport.close()
