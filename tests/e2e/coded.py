"""A house whose people have authenticators."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from bot.totp import STEP, code_at
from tests.e2e.dialogs import filled_in
from tests.e2e.house import DEPLOYMENTS, OLU, SAM, SOFIA, House, direct

KEY = "k3y-of-the-house-0123456789-abcdefgh"
ONE: dict[str, Any] = {"approve": ["1 of sre"], "step_up": "totp"}
TWO: dict[str, Any] = {"approve": ["2 of sre"], "step_up": "totp"}
CONFIRMING: dict[str, Any] = {
    "approve": [],
    "break_glass": [],
    "step_up": "totp",
    "step_up_deploy": True,
}


class CodedHouse(House):
    """A house with a key for authenticators, and administrators."""

    def __init__(self, tmp_path: Path, **more: Any) -> None:
        config = {"step_up": {"key": "${STEP_UP_KEY}"}, "administrators": [OLU, SOFIA]}
        super().__init__(tmp_path, config={**config, **more.pop("config", {})}, **more)

    key = KEY

    @property
    def environ(self) -> dict[str, str]:
        return {**super().environ, "STEP_UP_KEY": self.key}

    def shown(self, user: str) -> list[dict[str, Any]]:
        """The messages about his authenticator, in his direct message."""
        return [one for one in self.cards(direct(user)) if "authenticator" in text_of(one)]

    async def offered(self, user: str, words: str = "/deploy totp enrol") -> str:
        """The secret that is shown to somebody who asks for one."""
        before = len(self.shown(user))
        await self.say(user, words)
        await self.until(lambda: len(self.shown(user)) > before and secret_of(self.shown(user)[-1]))
        return secret_of(self.shown(user)[-1])

    async def enrol(self, user: str) -> str:
        secret = await self.offered(user)
        await self.click(user, self.shown(user)[-1], "authenticator_confirm")
        said = await filled_in(self, user, code=self.code(secret))
        assert said["ok"], said
        await self.until(lambda: "Enrolled" in text_of(self.shown(user)[-1]))
        self.clock.advance(STEP)
        return secret

    def code(self, secret: str, steps: int = 0) -> str:
        return code_at(secret, self.clock.now() + steps * STEP)

    async def approve_with(self, user: str, code: str, card: int = 0, comment: str = "") -> dict[str, Any]:
        await self.click(user, self.cards()[card], "approve_code")
        return await filled_in(self, user, code=code, **({"comment": comment} if comment else {}))

    async def give(self, user: str, code: str, channel: str = DEPLOYMENTS) -> dict[str, Any]:
        """Give the code that what he said takes."""
        asks = await self.until(lambda: with_button(self, user, "give_code", channel))
        await self.click(user, asks, "give_code")
        return await filled_in(self, user, code=code)

    async def renew(self, user: str, code: str, channel: str = DEPLOYMENTS) -> dict[str, Any]:
        """Give the code of the present app, for another one."""
        asks = await self.until(lambda: with_button(self, user, "authenticator_renew", channel))
        await self.click(user, asks, "authenticator_renew")
        return await filled_in(self, user, code=code)

    async def everything_kept(self) -> str:
        """The whole database, as text."""
        found: list[str] = []

        def read(db: Any) -> None:
            for table in db.table_names():
                found.extend(str(tuple(row.values())) for row in db[table].rows)

        await self.running.reader.run(read)
        return "\n".join(found)


def text_of(card: dict[str, Any]) -> str:
    return json.dumps(card["blocks"], ensure_ascii=False)


def secret_of(card: dict[str, Any]) -> str:
    found = re.search(r"secret=([A-Z2-7]+)", text_of(card))
    return found[1] if found else ""


def wrong(code: str) -> str:
    return f"{(int(code) + 500_000) % 1_000_000:06d}"


def said_in(house: House, channel: str, user: str = SAM) -> str:
    """Everything that was said there, as this person sees it."""
    return "\n".join(one["text"] for one in house.slack.messages(channel, user))


def announced(house: House) -> str:
    """Everything that was said to everybody in the channel for announcements."""
    return "\n".join(one["text"] for one in house.slack.messages(DEPLOYMENTS) if not one["ephemeral"])


def with_button(house: House, user: str, action: str, channel: str = "") -> dict[str, Any] | None:
    """A message that this person sees with such a button."""
    found = [
        one
        for one in house.slack.messages(channel or direct(user), user)
        if one.get("blocks") and action in house.buttons(one) and (not channel or one["ephemeral"])
    ]
    return found[-1] if found else None
