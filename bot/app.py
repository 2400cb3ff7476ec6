"""The composition root: the only module that knows all the others, and opens what has to be closed."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.web import get, post
from pydantic import BaseModel, SecretStr

import handlers
from bot import audit
from bot.bus import Bus
from bot.calendars.reading import Readings
from bot.clock import SystemClock
from bot.configuration import Again, Configuration
from bot.control import Control
from bot.drivers import drivers
from bot.errors import Unreachable
from bot.events.configuration import ReadAgain
from bot.health import Check, Health
from bot.hooks import Parse, hook_route
from bot.inbox import JournalInbox
from bot.journal import Journal
from bot.messages import Message, message
from bot.metrics import Metrics
from bot.pages import Group, Typed
from bot.part_news import PartNews
from bot.ports import Clock, Context, Runs
from bot.probes import OutsideProbes
from bot.reader import Reader
from bot.reasons import Reason
from bot.redacted import RedactedProbes, RedactedRuns
from bot.redaction import Redactor, secrets_of
from bot.runs import BuildSeen
from bot.schedules import PRUNING, Schedules
from bot.slack.channels import ChannelNames
from bot.slack.chat import SlackChat
from bot.slack.client import SlackClient
from bot.slack.http import slack_events, ssl_check
from bot.slack.identity import Identity, who_am_i
from bot.slack.inbound import bolt_app
from bot.slack.listeners import Listeners
from bot.slack.people import SlackPeople
from bot.slack.shaper import Shaper
from bot.slack.socket import LOST, SocketMode
from bot.sources import ServiceSources
from bot.starting import left_over, to_start_with
from bot.store import Store
from bot.unit import Unit
from bot.version import version
from bot.web import Web
from bot.writer import Writer
from config.models import Settings, servers_of
from handlers.choices import Choosing

log = logging.getLogger(__name__)

ARRIVES_WITHIN = 2.0
"""Seconds after which a post that Slack was sent is there, whatever became of who sent it."""


class App:
    """`async with App(settings) as app:` serves until it is left; `app.url` is where it listens.

    `again` reads the configuration once more, for a reload; without it there is only the one. `redactor` is shared with
    whoever else has to know the secrets of configurations to come.

    Raises on entering: `DatabaseInUse`, `Rejected` (Slack's tokens), `Unreachable` (Slack is away).
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        again: Again | None = None,
        redactor: Redactor | None = None,
    ) -> None:
        self.clock: Clock = clock or SystemClock()
        self.socket: SocketMode | None = None
        self.redactor = redactor or Redactor()
        self.redactor.learn(secrets_of(settings))
        self._first = settings
        self._again = again or (lambda: settings)
        self.booted_at = self.clock.now()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await self._open(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def settings(self) -> Settings:
        """Those in force."""
        return self.configuration.settings

    async def _open(self, stack: AsyncExitStack) -> None:
        path = self._first.store.path
        self.metrics = Metrics()
        self.writer = await stack.enter_async_context(Writer(path))
        self.reader = await stack.enter_async_context(Reader(path))
        self.journal = Journal(self.writer, self.reader)
        self.store = Store(self.reader)
        self.inbox = JournalInbox(self.journal, self.store, self.clock)
        await self._open_configuration(self._first)
        stack.push_async_callback(self.configuration.close)
        self.sources = ServiceSources(self.settings, self._builds_of, self.clock, redact=self.redactor.text)
        stack.push_async_callback(self.sources.close)
        await self._open_slack(stack)
        self.calendars = await stack.enter_async_context(
            Readings(lambda: self.settings.calendars, self.clock, self.journal, kept=path)
        )
        outside = OutsideProbes()
        stack.push_async_callback(outside.close)
        self.probes = RedactedProbes(outside, self.redactor)
        self.bus = Bus(self.journal, handlers.router, self._context, self.clock, self.metrics)
        self.metrics.watch(self.journal, self.reader, self.clock)
        self.metrics.count("pilothouse_commits", "Commits of the one writer", lambda: self.writer.commits)
        self.metrics.gauge("pilothouse_held_messages", "Messages in memory", lambda: self.bus.held)
        self.health = await stack.enter_async_context(self._watched())
        self.metrics.gauge(
            "pilothouse_part_up", "1 while that part is available", self.health.up, label="part"
        )
        await self._record("server_started", version=version())
        await self._record("configuration_loaded", digest=self.configuration.digest)
        self.configuration.follow(self._follow)
        await self.journal.publish(*await left_over(self.store, self._first, self.clock))
        await self.bus.start()
        stack.push_async_callback(self.bus.stop, 0.0)
        schedules = await stack.enter_async_context(Schedules(self.journal, self.clock, [PRUNING]))
        self.health.rely_on(schedules.ticking)
        self.health.rely_on(self.calendars.reading)
        await self._listen(stack)
        self.sources.warm()

    async def _open_configuration(self, read: Settings) -> None:
        settings, held = await to_start_with(self.store, read)
        self.configuration = Configuration(
            settings,
            file=read,
            again=self._reread,
            make=self._runs_of,
            redact=self.redactor.text,
            held=held,
        )

    def _watched(self) -> Health:
        health = Health(self.clock, told=PartNews(self.journal, self.clock, lambda: self.settings))
        health.add_journal(self.writer)
        health.add("slack", self.chat.ping)
        if self.settings.slack.transport == "socket":
            health.add("slack/socket", self._connected, fresh_for=1.0)
        for name, check in self._driver_parts(self.settings).items():
            health.add(name, check)
        return health

    def _driver_parts(self, settings: Settings) -> dict[str, Check]:
        """Every server of every driver, by its part's name."""
        return {
            f"{driver}/{server}": partial(self._ping, driver, server)
            for driver in settings.drivers
            for server in servers_of(settings.drivers[driver]) or ()
        }

    async def _ping(self, driver: str, server: str) -> None:
        with self.configuration.leased() as snapshot:
            await snapshot.runs[driver].ping(server)

    async def _builds_of(self, driver: str, server: str, job: str, limit: int) -> list[BuildSeen]:
        """What a job has built, by the driver that is configured now."""
        with self.configuration.leased() as snapshot:
            runs = snapshot.runs.get(driver)
            return await runs.builds(server, job, limit) if runs is not None else []

    def _follow(self, settings: Settings) -> None:
        """Everything that does not ask for the settings when it needs them is told of new ones here."""
        self._admit(settings)
        self._shaper.pace(settings.slack.update_interval)
        self.sources.follow(settings)
        parts = self._driver_parts(settings)
        known = {name for name in self.health.parts if name.partition("/")[0] in drivers()}
        for name in known - parts.keys():
            self.health.forget(name)
        for name in parts.keys() - known:
            self.health.watch(name, parts[name])

    async def _connected(self) -> None:
        """Without its socket Slack still takes what we say, but nobody is heard."""
        if self.socket is not None and not self.socket.connected:
            raise Unreachable(Reason.PEER_DOWN, LOST)

    async def _open_slack(self, stack: AsyncExitStack) -> None:
        slack = self.settings.slack
        session = await stack.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=32))
        )
        self.slack = self._client(session, slack.bot_token)
        self.me: Identity = await who_am_i(self.slack)
        self._shaper = shaper = Shaper(self.clock, interval=slack.update_interval)
        self.chat = SlackChat(self.slack, shaper, self.clock, self.me, arrives_within=ARRIVES_WITHIN)
        stack.push_async_callback(self.chat.close)
        self.people = SlackPeople(self.slack, shaper, self.clock, workspaces=[])
        self._admit(self.settings)
        stack.push_async_callback(self.people.close)
        names = ChannelNames(self.slack, shaper, self.clock)
        stack.push_async_callback(names.close)
        self._listeners = Listeners(
            self.inbox,
            lambda: self.settings,
            self.me,
            self.slack,
            names.name,
            views=self.chat.views,
            clock=self.clock,
            choices=self._choose,
        )
        stack.push_async_callback(self._listeners.close)
        self._bolt = bolt_app(self._listeners, self.me, self.slack)
        self._session = session

    async def _choose(self, typed: Typed) -> Sequence[Group]:
        """The options of a field, by the configuration as it is while somebody types."""
        return await Choosing(settings=self.settings, store=self.store, sources=self.sources)(typed)

    def _admit(self, settings: Settings) -> None:
        self.people.admit(
            workspaces=settings.slack.workspaces or [self.me.team],
            allow_guests=settings.slack.allow_guests,
            allow_strangers=settings.slack.allow_strangers,
            groups_fresh_for=settings.slack.groups_fresh_for,
        )

    async def _listen(self, stack: AsyncExitStack) -> None:
        slack = self.settings.slack
        routes = []
        if slack.transport == "http":
            assert slack.signing_secret is not None, "the loader asks for it"
            secrets = [slack.signing_secret.get_secret_value()]
            routes.append(post("/slack/events", slack_events(self._bolt, secrets, self.clock)))
            routes.append(get("/slack/events", ssl_check))
        routes.append(hook_route(self._parser, self.inbox.accept))
        control = stack.enter_context(Control(self.settings.store.path, self._retry))
        self.web = await stack.enter_async_context(
            Web(self.health, self.metrics, [*routes, *control.routes()])
        )
        server = self.settings.server
        self.url = await self.web.listen(server.host, server.port)
        control.open(self.url)
        if slack.transport == "socket":
            assert slack.app_token is not None, "the loader asks for it"
            client = self._client(self._session, slack.app_token)
            self.socket = await stack.enter_async_context(SocketMode(self._bolt, client, self.clock))
        # Left first: callers hear 503, and `/healthz` answers, while what is in hand is finished.
        stack.push_async_callback(self._stop)

    def _client(self, session: aiohttp.ClientSession, token: SecretStr) -> SlackClient:
        slack = self.settings.slack
        return SlackClient(
            session,
            token=token.get_secret_value(),
            api_url=slack.api_url,
            timeout=slack.request_timeout,
            app=slack.app_name,
            observe=self.metrics.slack_call,
            redact=self.redactor.known,
        )

    @contextmanager
    def _context(self, handled: Message, unit: Unit) -> Iterator[Context]:
        with self.configuration.leased() as snapshot:
            yield Context(
                message=handled.id,
                at=handled.at,
                fresh=not handled.loaded and handled.attempts == 0,
                loaded=handled.loaded,
                booted_at=self.booted_at,
                settings=snapshot.settings,
                configuration=self.configuration,
                clock=self.clock,
                store=self.store,
                changes=unit,
                runs=snapshot.runs,
                probes=self.probes,
                chat=self.chat,
                people=self.people,
                calendars=self.calendars,
                sources=self.sources,
                prune=self.journal.prune,
            )

    def _reread(self) -> Settings:
        """The file once more; its secrets are known to the logs before anything can be said about it."""
        found = self._again()
        self.redactor.learn(secrets_of(found))
        return found

    def _runs_of(self, driver: str, section: BaseModel) -> Runs:
        made = drivers()[driver].runs(section, observe=self.metrics.driver_calls(driver))
        return RedactedRuns(made, self.redactor)

    def _parser(self, driver: str) -> Parse | None:
        """A configured driver's reader of webhooks, bound to its own section as it is now."""
        section = self.settings.drivers.get(driver)
        parse = drivers()[driver].parse_webhook if section is not None else None
        return None if parse is None else partial(parse, section)

    async def read_again(self) -> None:
        """Have the configuration read again, as on SIGHUP."""
        name = f"signal/{time.time_ns()}"
        await self.journal.publish(message(ReadAgain(), id=name, at=self.clock.now()))

    async def _record(self, action: str, **detail: object) -> None:
        entry = audit.Entry(at=self.clock.now(), actor=audit.ENGINE, action=action, detail=detail)
        await self.writer.submit(lambda connection: audit.append(connection, entry))

    async def _retry(self, id: str, by: str) -> bool:  # noqa: A002 - the column's name
        """Put a parked message back, for `pilothouse journal retry`."""
        return await self.journal.retry(id, self.clock.now(), by)

    async def _stop(self) -> None:
        """Refuse new work, finish what is in hand, and say what held it up."""
        self.inbox.close()
        self.web.refuse()
        held_up = await self.bus.stop(self.settings.server.stop_within)
        await self._record("server_stopped", held_up=held_up)
