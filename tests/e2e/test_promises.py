"""One test named like each promise of the architecture, over the whole house; the engine's own tests hold the details."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.sandbox.jenkins.faults import Faults
from bot.sandbox.slack.faults import Fault
from bot.writer import DatabaseInUse
from tests.e2e.house import DANA, DEPLOYMENTS, LONG, SAM, SOFIA, UNGUARDED, House, jobs, long_jobs

ONE = {"approve": ["1 of sre"]}


def rows(house: House, sql: str) -> list[tuple[Any, ...]]:
    """What is on disk, read beside the server."""
    with sqlite3.connect(f"file:{house.path / 'pilothouse.db'}?mode=ro", uri=True) as database:
        found = list(database.execute(sql))
    database.close()
    return found


async def test_journal_before_ack(tmp_path: Path, transport: str) -> None:
    """When Slack has been thanked, the row is on disk: nothing is lost though everything behind it is down."""
    async with House(tmp_path, transport=transport) as house:
        await house.jenkins.refuse()
        said = await house.say(DANA, "/deploy checkout staging")
        assert said["ok"]
        assert rows(house, "SELECT type FROM messages WHERE type = 'Deploy'") == [("Deploy",)]
        await house.restart()
        await house.jenkins.listen()

        await house.card("Succeeded")


async def test_one_transaction_per_message(tmp_path: Path) -> None:
    """Whatever a message brought about names it as its cause, and no message is done without it."""
    async with House(tmp_path, policy=ONE) as house:
        await house.production()
        await house.approve(SAM)
        await house.card("Succeeded")
        await house.settled()

        orphans = rows(
            house,
            "SELECT type FROM messages WHERE cause != '' AND cause NOT IN "
            "(SELECT id FROM messages WHERE state IN ('done', 'parked', 'ready'))",
        )
        assert orphans == []
        [deployment] = rows(house, "SELECT revision FROM deployments")
        [post] = rows(house, "SELECT shown FROM posts WHERE key LIKE 'card/%'")
        assert post == deployment


async def test_one_writer(tmp_path: Path) -> None:
    """A second server on the same database is refused, so that nobody else can write."""
    async with House(tmp_path) as house:
        with pytest.raises(DatabaseInUse, match="open in another pilothouse process"):
            async with App(house.settings(), clock=house.clock):
                raise AssertionError("two servers write to one database")


async def test_order_per_subject(tmp_path: Path) -> None:
    """What was asked of one place first runs first, however much is asked at the same time."""
    async with House(tmp_path, config={"policies": {"staging": {"supersede": False}}}) as house:
        for number in range(1, 5):
            await house.say(DANA, f"/deploy checkout {number}.0.0 staging")

        await house.until(lambda: sum("Succeeded" in card["text"] for card in house.cards()) == 4)
        assert [run.values["VERSION"] for run in house.runs()] == [f"{n}.0.0" for n in range(1, 5)]


async def test_the_world_is_touched_by_key(tmp_path: Path) -> None:
    """Every answer is lost once: still one run, one card, one note."""
    async with House(tmp_path) as house:
        house.jenkins.set_faults(Faults(mode="drop_after", times=1, path="buildWithParameters"))
        house.slack.set_faults(Fault(mode="drop_after", methods=("chat.postMessage",), times=2))
        await house.say(DANA, "/deploy checkout staging")

        card = await house.card("Succeeded")
        await house.settled()
        assert len(house.cards()) == 1
        assert len(house.thread(card)) == 1
        key = (await house.deployment()).key
        assert len(house.jenkins.starts_with_key(key)) == 1


async def test_invariants_live_in_one_place(tmp_path: Path) -> None:
    """Never two at once in one service × environment: the lane sees to it, and an index behind it."""
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await asyncio.gather(*(house.say(DANA, f"/deploy checkout 1.{n}.0 staging") for n in range(10)))
        await house.until(lambda: len(house.cards()) == 10)
        await house.settled()

        assert rows(house, "SELECT COUNT(*) FROM deployments WHERE holds = 1") == [(1,)]
        assert len(house.jenkins.engine.starts) == 1


async def test_after_waiting_look_again(tmp_path: Path) -> None:
    """Approved, then queued behind another; when its turn comes the policy is another one: it does not start."""
    async with House(tmp_path, policy=ONE, config=UNGUARDED, jenkins_jobs=long_jobs()) as house:
        await house.production(words="/deploy checkout 1.0.0 production")
        await house.approve(SAM)
        await house.card("Running", index=0)
        await house.say(DANA, "/deploy checkout 2.0.0 production")
        await house.click(SAM, await house.card("Waiting for approval", index=1), "approve")
        await house.card("Queued", index=1)
        await house.restart(policies={"production": {"approve": ["1 of owners"], "break_glass": []}})
        house.clock.advance(LONG)

        card = await house.card("Waiting for approval", index=1)
        assert "now 1 of owners" in json.dumps(card["blocks"])
        assert len(house.runs()) == 1


async def test_cards_are_a_projection_of_state(tmp_path: Path) -> None:
    """Slack took no edit for the whole of the run; after a restart the card shows the end all the same."""
    async with House(tmp_path) as house:
        house.slack.set_faults(Fault(mode="fail", methods=("chat.update",)))
        await house.say(DANA, "/deploy checkout staging")
        await house.until(lambda: house.runs() and house.runs()[0].result)
        await house.stop()
        house.slack.set_faults()
        await house.start()

        card = await house.card("Succeeded")
        values = [one.get("value", "") for block in card["blocks"] for one in block.get("elements", ())]
        assert not any(DANA in value or "checkout" in value for value in values), "buttons carry opaque ids"


async def test_failure_has_three_names(tmp_path: Path) -> None:
    """Refused is told and done, unreachable is tried again, rejected is parked with its reason."""
    async with House(tmp_path, parked_kinds={"StartRun"}) as house:
        await house.say(DANA, "/deploy nothing staging")
        await house.whispered(DANA, "I know no service")
        assert rows(house, "SELECT state FROM messages WHERE type = 'Misunderstood'") == [("done",)]

        await house.jenkins.refuse()
        await house.say(DANA, "/deploy checkout staging")
        await house.card("cannot be reached")
        [(state, attempts)] = rows(house, "SELECT state, attempts FROM messages WHERE type = 'CheckTarget'")
        assert (state, attempts > 0) == ("ready", True)

        house.grant("hudson.model.Hudson.Read", "hudson.model.Item.Read")
        await house.jenkins.listen()
        await house.card("Failed")
        [(state, reason)] = rows(house, "SELECT state, reason FROM messages WHERE type = 'StartRun'")
        assert (state, reason) == ("parked", "permission_missing")


async def test_nothing_unverified_has_a_type(tmp_path: Path) -> None:
    """A request that Slack did not sign leaves nothing behind, whatever it asks for."""
    async with House(tmp_path) as house:
        house.slack.world.app.signing_secret = "somebody-else"
        await house.slack.connect_app(f"{house.running.url}/slack/events", verify=False)
        said = await house.say(DANA, "/deploy checkout staging")

        assert not said["ok"]
        assert said["status"] == 401
        assert rows(house, "SELECT COUNT(*) FROM messages WHERE type <> 'ReadAgain'") == [(0,)]


async def test_nothing_is_stored_in_slack(tmp_path: Path) -> None:
    """Slack loses every message, and the deployment goes on to its end from what the server knows."""
    async with House(tmp_path, jenkins_jobs=long_jobs(), refused_codes={"message_not_found"}) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Running")
        kept = house.slack.workspace.conversations
        for message in list(kept.in_channel(DEPLOYMENTS)):
            kept.remove(message)
        await house.restart()
        house.clock.advance(LONG)

        await house.card("Succeeded")


async def test_nobody_approves_his_own_deployment(tmp_path: Path) -> None:
    """Unless the glass is broken: with a reason, announced and audited."""
    async with House(tmp_path, policy=ONE, jenkins_jobs=jobs()) as house:
        card = await house.production(SAM)
        await house.click(SAM, card, "approve")
        await house.whispered(SAM, "you can't approve it")
        assert house.runs() == []
        await house.click(SOFIA, card, "approve")

        await house.card("Succeeded")
        [approved] = await house.audit("approved")
        assert approved["actor"] == SOFIA
