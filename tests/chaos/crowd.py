"""People who use the whole deploy model: they ask, approve, cancel, lock, freeze, promote, go back, release, watch.

They try again when Slack says that it failed, as people do.
"""

from __future__ import annotations

import asyncio
import functools
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from bot.dialogs import DIALOGS
from bot.sandbox.slack.delivery.parcel import Parcel
from bot.sandbox.slack.harbour import BOT
from bot.sandbox.slack.people.faces import NotPossible
from bot.standing import Freeze, Lock
from tests.chaos import words
from tests.chaos.town import ANNOUNCE, APPROVERS, CHANNELS, REQUESTERS, SERVICES, Town

BACKLOG_MOST = 16
TRIES = 60
PAUSE = 0.15
RECENT = 60
ENDS = (
    *("Succeeded", "Failed", "Aborted", "Lost", "Cancelled", "Rejected", "Expired", "Superseded", "Refused"),
    "Stopped",
)
APPROVES, CANCELS = ("approve", "release_approve"), ("cancel", "release_cancel")
RUN_NOW = ("run_now", "release_run_now")
REJECTS = {"approve": "reject", "release_approve": "release_reject"}
WITHOUT_WORDS = (
    "run_now",
    "release_run_now",
    "watch",
    "release_again",
    "redeploy",
    "release_lock",
    "watch_lock",
    "freeze_lift",
)
WITH_WORDS = ("take_over", "release_because", "release_back")
LATELY = 40
"""Of so many newest messages of a channel the buttons are clicked."""
SAYS_AGAIN_AFTER = 3.0

Card = dict[str, Any]


class Crowd:
    """`await crowd.live()` until it is cancelled; `asking = False` stops new requests and winds up the others.

    `backlog` says how much the server has yet to do, so that nobody asks for more than Slack's rates let it tell.
    """

    def __init__(self, town: Town, rng: random.Random, backlog: Callable[[], int]) -> None:
        self.asking = True
        self._backlog = backlog
        self.did: Counter[str] = Counter()
        self.bait: words.Saying | None = None
        """What the next who has something to say says, whatever else waits."""
        self._lifted: dict[str, float] = {}
        self._slack = town.slack
        self._rng = rng

    async def live(self, people: int = 4) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(people):
                group.create_task(self._one(), name=f"person {number}")

    async def _one(self) -> None:
        while True:
            await asyncio.sleep(self._rng.uniform(0.02, 0.3))
            try:
                await self._something()
            except NotPossible:
                self.did["was too late"] += 1

    async def _something(self) -> None:
        live = [card for card in self.cards() if not card["text"].startswith(ENDS)]
        waiting = [card for card in live if _first(card, APPROVES)]
        if self.bait is not None and self.asking:
            bait, self.bait = self.bait, None
            await self._say(*words.spoken(bait, self._rng))
            return
        backlog = self._backlog() if self.asking else BACKLOG_MOST
        if backlog < BACKLOG_MOST and self._rng.random() < 0.45:
            await (self._ask() if self._rng.random() < 0.35 else self._say_something())
        elif backlog < 2 * BACKLOG_MOST and self.asking and self._rng.random() < 0.03:
            await self._say_something(quietly=True)
        elif backlog < BACKLOG_MOST and self._rng.random() < 0.15:
            await self._click_something()
        elif waiting and self._rng.random() < 0.4:
            await self._decide(self._rng.choice(waiting))
        elif live and self._rng.random() < 0.12:
            await self._end(self._rng.choice(live))
        elif self._rng.random() < 0.3:
            await self._again()

    def cards(self) -> list[Card]:
        return [
            one
            for channel in CHANNELS
            for one in self._slack.messages(channel)
            if (one.get("metadata") or {}).get("event_type") == "pilothouse_card"
        ]

    async def lift(self, standing: Iterable[Lock | Freeze]) -> None:
        """What would hold others up for long is lifted, so that the storm can end."""
        now = time.monotonic()
        for one in standing:
            if now - self._lifted.get(one.id, -SAYS_AGAIN_AFTER) < SAYS_AGAIN_AFTER:
                continue
            self._lifted[one.id] = now
            scope = " ".join(filter(None, (one.service, one.environment))) or "everything"
            said = f"/deploy unlock {scope} because the storm is over"
            if isinstance(one, Freeze):
                said = f"/deploy unfreeze {scope}"
            self.did["lifted at the end"] += 1
            await self._until_taken(functools.partial(self._slack.say, APPROVERS[0], CHANNELS[0], said))

    async def _ask(self) -> None:
        asks = words.deploys(self._rng)
        channel, person = self._rng.choice(CHANNELS), self._rng.choice(REQUESTERS)
        if self._rng.random() < 0.06:
            service, environment = self._rng.choice(SERVICES), self._rng.choice(words.ENVIRONMENTS)
            asks = f"deploy {service} {environment} break-glass: it burns"
            person = self._rng.choice(APPROVERS)
        if self._rng.random() < 0.15:
            # Slack itself tries an event again, so a person says it once.
            self.did["mentioned the bot"] += 1
            await self._slack.say(person, channel, f"<@{BOT}> {asks}")
            return
        self.did["asked"] += 1
        await self._until_taken(lambda: self._slack.say(person, channel, f"/{asks}"))

    async def _say_something(self, *, quietly: bool = False) -> None:
        await self._say(*words.something(self._rng, quietly=quietly))

    async def _say(self, what: str, said: str) -> None:
        self.did[what] += 1
        channel, person = self._rng.choice(CHANNELS), self._rng.choice((*REQUESTERS, *APPROVERS))
        await self._until_taken(lambda: self._slack.say(person, channel, said))

    async def _click_something(self) -> None:
        """On any button of the bot's newest messages that is not about approving."""
        channel = self._rng.choice((*CHANNELS, ANNOUNCE))
        person = self._rng.choice((*REQUESTERS, *APPROVERS))
        found = [
            (message, action)
            for message in self._slack.messages(channel, viewer=person)[-LATELY:]
            for action in buttons(message)
            if action in WITHOUT_WORDS or action in WITH_WORDS
        ]
        if not found:
            return
        message, action = self._rng.choice(found)
        self.did[f"clicked {action}"] += 1
        if action in WITH_WORDS:
            await self._in_a_dialog(message, action, person)
        else:
            await self._click(person, message, action)

    async def _decide(self, card: Card) -> None:
        chance = self._rng.random()
        approve = _first(card, APPROVES)
        if chance < 0.82:
            self.did["approved"] += 1
            person = self._rng.choice((*APPROVERS, *APPROVERS, *APPROVERS, *REQUESTERS))
            await self._click(person, card, approve)
            if self._rng.random() < 0.15:  # a double click
                await self._click(person, card, approve)
        elif chance < 0.92:
            await self._in_a_dialog(card, REJECTS[approve], self._rng.choice(APPROVERS))
        else:
            await self._in_a_dialog(card, "break_glass", self._rng.choice(APPROVERS))

    async def _end(self, card: Card) -> None:
        """Cancel it; what was planned and missed may be told to run all the same."""
        person = self._rng.choice((*REQUESTERS, *APPROVERS))
        action = _first(card, RUN_NOW) or _first(card, CANCELS)
        self.did["cancelled" if action in CANCELS else f"clicked {action}"] += 1
        await self._click(person, card, action)

    async def _in_a_dialog(self, card: Card, action: str, person: str) -> None:
        await self._click(person, card, action)
        views = self._slack.views(person)
        if not views:
            return
        self.did[f"said why to {action}"] += 1
        block = next(block for block in views[-1]["blocks"] if block["type"] == "input")
        answer = {"type": "plain_text_input", "value": "because of the storm"}
        values = {block["block_id"]: {block["element"]["action_id"]: answer}}
        await self._until_taken(lambda: self._slack.submit_view(person, views[-1]["id"], values))

    async def _again(self) -> None:
        """Slack delivers something a second time."""
        count = len(self._slack.deliveries())
        again = self._rng.randint(max(1, count - RECENT), max(1, count))
        # A dialog's button journals nothing, and its trigger is used up.
        if count and not opens_a_dialog(self._slack.courier._sent[again - 1]):
            self.did["was delivered again"] += 1
            await self._slack.redeliver(again)

    async def _click(self, person: str, card: Card, action: str) -> None:
        def click() -> Awaitable[dict[str, Any]]:
            block, button = find(self._newest(card), action)
            return self._slack.click(
                person,
                action,
                channel=card["channel"],
                message_ts=card["ts"],
                block_id=block["block_id"],
                value=button.get("value", ""),
            )

        await self._until_taken(click)

    def _newest(self, card: Card) -> Card:
        return next((one for one in self._slack.messages(card["channel"]) if one["ts"] == card["ts"]), card)

    async def _until_taken(self, act: Callable[[], Awaitable[dict[str, Any]]]) -> None:
        """Do it again, as a new act with a new trigger, as long as Slack says that it failed."""
        for _ in range(TRIES):
            answer = await act()
            if answer["ok"] or answer.get("errors"):
                return
            self.did["tried again"] += 1
            await asyncio.sleep(self._rng.uniform(0.5, 1.5) * PAUSE)


def opens_a_dialog(parcel: Parcel) -> bool:
    actions = parcel.payload.get("actions") or [{}]
    return actions[0].get("action_id") in DIALOGS


def buttons(card: Card) -> list[str]:
    return [element.get("action_id", "") for block in card["blocks"] for element in block.get("elements", ())]


def _first(card: Card, actions: tuple[str, ...]) -> str:
    """The first of these that the card offers; "" when it offers none."""
    return next((one for one in buttons(card) if one in actions), "")


def find(card: Card, action: str) -> tuple[dict[str, Any], dict[str, Any]]:
    for block in card["blocks"]:
        for element in block.get("elements", ()):
            if element.get("action_id") == action:
                return block, element
    raise NotPossible("no_such_element", f"the card no longer has {action}")
