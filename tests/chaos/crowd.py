"""People who ask, approve, reject, cancel and break the glass, and who try again when Slack says that it failed."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from bot.sandbox.slack.delivery.parcel import Parcel
from bot.sandbox.slack.harbour import BOT
from bot.sandbox.slack.people.faces import NotPossible
from tests.chaos.town import APPROVERS, CHANNELS, FAILS, REQUESTERS, SERVICES, Town

BACKLOG_MOST = 25
TRIES = 60
PAUSE = 0.15
RECENT = 60
ENDS = ("Succeeded", "Failed", "Aborted", "Lost", "Cancelled", "Rejected", "Expired", "Superseded", "Refused")

DIALOGS = frozenset({"reject", "break_glass"})

Card = dict[str, Any]


class Crowd:
    """`await crowd.live()` until it is cancelled; `asking = False` stops new requests and winds up the others.

    `backlog` says how much the server has yet to do, so that nobody asks for more than Slack's rates let it tell.
    """

    def __init__(self, town: Town, rng: random.Random, backlog: Callable[[], int]) -> None:
        self.asking = True
        self._backlog = backlog
        self.did: Counter[str] = Counter()
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
        waiting = [card for card in live if "approve" in buttons(card)]
        if self.asking and self._rng.random() < 0.4 and self._backlog() < BACKLOG_MOST:
            await self._ask()
        elif waiting and self._rng.random() < 0.4:
            await self._decide(self._rng.choice(waiting))
        elif live and self._rng.random() < 0.12:
            await self._cancel(self._rng.choice(live))
        elif self._rng.random() < 0.3:
            await self._again()

    def cards(self) -> list[Card]:
        return [
            one
            for channel in CHANNELS
            for one in self._slack.messages(channel)
            if (one.get("metadata") or {}).get("event_type") == "pilothouse_card"
        ]

    async def _ask(self) -> None:
        service = self._rng.choice(SERVICES)
        environment = self._rng.choice(("staging", "production"))
        version = (
            f"{self._rng.choice(('1.', '2.', FAILS))}{self._rng.randrange(100)}.{self._rng.randrange(100)}"
        )
        words = f"deploy {service} {version} {environment}"
        channel, person = self._rng.choice(CHANNELS), self._rng.choice(REQUESTERS)
        if self._rng.random() < 0.06:
            words, person = (
                f"deploy {service} {environment} break-glass: it burns",
                self._rng.choice(APPROVERS),
            )
        if self._rng.random() < 0.15:
            # Slack itself tries an event again, so a person says it once.
            self.did["mentioned the bot"] += 1
            await self._slack.say(person, channel, f"<@{BOT}> {words}")
            return
        self.did["asked"] += 1
        await self._until_taken(lambda: self._slack.say(person, channel, f"/{words}"))

    async def _decide(self, card: Card) -> None:
        chance = self._rng.random()
        if chance < 0.82:
            self.did["approved"] += 1
            person = self._rng.choice((*APPROVERS, *APPROVERS, *APPROVERS, *REQUESTERS))
            await self._click(person, card, "approve")
            if self._rng.random() < 0.15:  # a double click
                await self._click(person, card, "approve")
        elif chance < 0.92:
            await self._in_a_dialog(card, "reject")
        else:
            await self._in_a_dialog(card, "break_glass")

    async def _cancel(self, card: Card) -> None:
        self.did["cancelled"] += 1
        await self._click(self._rng.choice((*REQUESTERS, *APPROVERS)), card, "cancel")

    async def _in_a_dialog(self, card: Card, action: str) -> None:
        person = self._rng.choice(APPROVERS)
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
        return next(one for one in self._slack.messages(card["channel"]) if one["ts"] == card["ts"])

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


def find(card: Card, action: str) -> tuple[dict[str, Any], dict[str, Any]]:
    for block in card["blocks"]:
        for element in block.get("elements", ()):
            if element.get("action_id") == action:
                return block, element
    raise NotPossible("no_such_element", f"the card no longer has {action}")
