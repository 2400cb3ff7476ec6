"""What the guide of the sandbox suggests can be done as it stands there, and is ticked. The sandbox as `make run` has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.sandbox.guide import DEPLOY_MODEL, DEPLOYMENTS, FIRST_MINUTE, guide
from bot.sandbox.run import Sandbox
from bot.sandbox.slack.harbour import DANA, OLU, SAM, SOFIA

pytestmark = pytest.mark.slow

RUN = 90.0
APPROVERS = {
    "/deploy checkout production": ("checkout 1.4.2 → production", SAM, SOFIA),
    "/promote orders": ("orders 3.0.0 → production", SAM),
    "/deploy checkout 1.4.3 production": ("checkout 1.4.3 → production", SAM, OLU),
}
AWAITED = {"/deploy orders staging in 30s": ("orders 3.0.0 → staging", "Succeeded")}
"""What the sentence of the next step says to wait for."""


class Visitor:
    """Does what the guide says, the way a person does who reads it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.slack = sandbox.slack

    async def does(self, step: dict[str, Any]) -> None:
        if "say" in step:
            said = await self.slack.say(step["user"], step["say"]["channel"], step["say"]["text"])
            assert not said.get("error"), said

    async def approves(self, title: str, *users: str) -> None:
        for user in users:
            card = await self._until(lambda: self._asking(title), f"{title} asks {user}")
            block = next(one for one in card["blocks"] if one["type"] == "actions")
            await self.slack.click(
                user, "approve", channel=DEPLOYMENTS, message_ts=card["ts"], block_id=block["block_id"]
            )
            await self.sees(title, f"<@{user}>")

    async def sees(self, title: str, words: str) -> None:
        await self._until(lambda: words in str(self._card(title)), f"{title}: {words}")

    async def ticked(self, text: str) -> None:
        def done() -> bool:
            return any(one["text"] == text and one["done"] for one in self.slack.guide)

        await self._until(done, text)

    async def _until(self, condition: Callable[[], Any], what: str) -> Any:
        try:
            return await self.slack.until(condition, RUN)
        except TimeoutError as late:
            raise AssertionError(f"not within {RUN:g} s: {what}; {self._card('→')}") from late

    def _asking(self, title: str) -> dict[str, Any] | None:
        card = self._card(title)
        return card if "action_id': 'approve'" in str(card.get("blocks")) else None

    def _card(self, title: str) -> dict[str, Any]:
        cards = [one for one in self.slack.messages(DEPLOYMENTS) if title in str(one["blocks"])]
        return cards[-1] if cards else {}


async def test_every_step_of_the_guide_can_be_done_and_is_ticked() -> None:
    async with Sandbox(speed=10.0) as sandbox:
        visitor = Visitor(sandbox)
        steps = guide(sandbox.slack)
        assert list(dict.fromkeys(one["chapter"] for one in steps)) == [FIRST_MINUTE, DEPLOY_MODEL]
        assert not any(one["done"] for one in steps)
        for step in steps:
            await visitor.does(step)
            words = step.get("say", {}).get("text", "")
            if words in APPROVERS:
                title, *users = APPROVERS[words]
                await visitor.approves(title, *users)
            if words in AWAITED:
                await visitor.sees(*AWAITED[words])
            await visitor.ticked(step["text"])

        assert all(one["done"] for one in sandbox.slack.guide)
        assert sandbox.slack.refused == []


async def test_what_runs_in_staging_is_promoted_and_production_takes_what_is_deployed_there_directly() -> (
    None
):
    async with Sandbox(speed=10.0) as sandbox:
        visitor = Visitor(sandbox)
        await sandbox.slack.say(DANA, DEPLOYMENTS, "/deploy checkout 1.4.3 staging")
        await visitor.sees("checkout 1.4.3 → staging", "Succeeded")
        await sandbox.slack.say(DANA, DEPLOYMENTS, "/promote checkout")
        await visitor.approves("checkout 1.4.3 → production", SAM, SOFIA)
        await visitor.sees("checkout 1.4.3 → production", "Succeeded")
        await sandbox.slack.say(DANA, DEPLOYMENTS, "/deploy checkout 1.5.0 production")

        await visitor.sees("checkout 1.5.0 → production", "Waiting for approval")
