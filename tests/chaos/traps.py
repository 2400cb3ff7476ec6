"""Stand-ins that can have the server killed at the worst moments: around a call, an answer, a delivery.

A trap is set for one kind of moment and springs once:

* `before`: the request has arrived, the server is killed, and the request takes its effect after that, perhaps
  when the next server has already looked for it
* `after`: it has taken its effect, the server is killed, and never hears the answer
* `answered`: the answer is on its way, and the server is killed before it can have written down what it means
* `during`: somewhere between the first byte of the request and the answer
* `late`: nobody is killed, but the effect comes after the server has given up waiting

A moment has several names, from the general one (`delivery`, `chat.postMessage`) to what it is about (`said lock`,
`announced lock`, `release card`, `free to watch`). What happens between two calls has its traps in `tests/chaos/moments.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import unquote_plus

from aiohttp import web

from bot.sandbox.jenkins.server import JenkinsStandIn
from bot.sandbox.slack.delivery.courier import Courier
from bot.sandbox.slack.delivery.parcel import Ack, Parcel
from bot.sandbox.slack.server import SlackStandIn

T = TypeVar("T")

JENKINS_MOMENTS = ("start", "stop", "look", "status")
SLACK_MOMENTS = (
    "chat.postMessage",
    "chat.update",
    "chat.postEphemeral",
    "views.open",
    "conversations.history",
)
ABOUT: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("announced lock", re.compile(r"announce//stands/[0-9a-f]{20}/given-")),
    ("announced freeze", re.compile(r"announce//stands/f[0-9a-f]{20}/")),
    ("release card", re.compile(r"card/r[0-9a-f]{20}")),
    ("free to watch", re.compile(r"is free: nothing holds or locks it")),
)
"""What a call to Slack says, by what stands in it."""
SAID = ("lock", "unlock", "freeze", "unfreeze", "promote", "rollback", "release", "watch")
MODEL_MOMENTS = (*(2 * [name for name, _ in ABOUT]), *(f"said {word}" for word in SAID))
INBOUND = "delivery"
WHENS = ("before", "after", "answered")
INBOUND_WHENS = ("during", "answered")


@dataclass
class Trap:
    """`kill` ends the server. `effect_within` is how long after a kill a request may still take its effect.

    `late` is how long after it was sent, in seconds from and to, when the server lives on and gives up waiting.
    """

    rng: random.Random
    effect_within: float
    late: tuple[float, float] = (0.0, 0.0)
    kill: Callable[[], Awaitable[object]] | None = None
    sprung: asyncio.Event = field(default_factory=asyncio.Event)
    moments: Counter[str] = field(default_factory=Counter)
    _lifted: asyncio.Event = field(default_factory=asyncio.Event)
    _where: str = ""
    _when: str = ""
    _killing: set[asyncio.Task[object]] = field(default_factory=set)

    def set(self, where: str, when: str) -> None:
        self._where, self._when = where, when
        self.sprung.clear()
        self._lifted.clear()

    def lift(self) -> None:
        """Nothing springs any more, and what is late happens now: somebody else is about to kill."""
        self._where = ""
        self._lifted.set()

    async def around(self, names: Iterable[str], act: Callable[[], Awaitable[T]]) -> T:
        """Do what a stand-in does at such a moment, and spring if one of its names is the one that was waited for."""
        where = self._where
        if not where or where not in names or self.kill is None:
            return await act()
        self._where = ""
        self.moments[f"{where} {self._when}"] += 1
        if self._when == "late":
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.rng.uniform(*self.late)):
                    await self._lifted.wait()
            return await act()
        if self._when == "before":
            await self.kill()
            self.sprung.set()
            await asyncio.sleep(self.rng.choice((0.0, self.rng.uniform(0, self.effect_within))))
            return await act()
        if self._when == "during":
            self._soon(self.kill, within=0.02)
        done = await act()
        if self._when == "after":
            await self.kill()
            self.sprung.set()
        elif self._when == "answered":
            self._soon(self.kill, within=0.004)
        return done

    def _soon(self, kill: Callable[[], Awaitable[object]], within: float) -> None:
        async def pull() -> None:
            await asyncio.sleep(self.rng.choice((0.0, self.rng.uniform(0, within))))
            await kill()
            self.sprung.set()

        task: asyncio.Task[object] = asyncio.create_task(pull(), name="a trap springs")
        self._killing.add(task)
        task.add_done_callback(self._killing.discard)


class TrappedJenkins(JenkinsStandIn):
    trap: Trap

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        await request.read()  # all of it is here, whatever becomes of who sent it
        return await self.trap.around(
            [_moment(request)], lambda: super(TrappedJenkins, self)._handle(request)
        )


def _moment(request: web.BaseRequest) -> str:
    path = request.path
    if path.endswith("/buildWithParameters"):
        return "start"
    if path.endswith(("/stop", "/cancelItem")):
        return "stop"
    return "look" if path.endswith("/queue/api/json") else "status"


class TrappedCourier(Courier):
    trap: Trap

    async def hand_over(self, parcel: Parcel) -> Ack:
        # The kill comes while the server has it in hand, or has just answered.
        return await self.trap.around(_inbound(parcel), lambda: super(TrappedCourier, self).hand_over(parcel))


def _inbound(parcel: Parcel) -> list[str]:
    words = f"{parcel.payload.get('command', '')} {parcel.payload.get('text', '')}".split()
    first = words[1:2] if words[:1] == ["/deploy"] else [words[0].removeprefix("/")] if words else []
    return [INBOUND, *(f"said {word}" for word in first)]


class TrappedSlack(SlackStandIn):
    trap: Trap

    def set_trap(self, trap: Trap) -> None:
        self.trap = trap
        courier = TrappedCourier(self.workspace, retry_delays=(0.2, 0.6, 2.0))
        courier.trap = trap
        self.courier = courier

    async def _call(self, request: web.Request) -> web.StreamResponse:
        said = unquote_plus((await request.read()).decode(errors="replace"))
        names = [request.match_info["method"], *(name for name, about in ABOUT if about.search(said))]
        return await self.trap.around(names, lambda: super(TrappedSlack, self)._call(request))
