"""Property: whatever people do about locks at the same moment, a scope never has two owners, and everybody is answered."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path

import pytest

from bot.audit import ENGINE
from bot.standing import Lock
from tests.e2e.house import DANA, OLU, SAM, SOFIA, House

PEOPLE = (DANA, SAM, SOFIA, OLU)
SCOPES = ("checkout staging", "checkout", "staging")
WORDS = (
    "lock {scope} because we test",
    "lock {scope} for 30m because we test",
    "lock {scope} only 1.4.x because we test",
    "lock {scope} take over because it is my turn",
    "unlock {scope} because it is over",
    "unlock {scope}",
    "unlock mine",
)
ROUNDS, AT_ONCE = 6, 8


@pytest.mark.parametrize("seed", range(4))
async def test_a_scope_never_has_two_owners_and_nobody_goes_unanswered(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    async with House(tmp_path, refused_codes=["ratelimited"]) as house:
        for number in range(ROUNDS):
            said = [
                (rng.choice(PEOPLE), rng.choice(WORDS).format(scope=rng.choice(SCOPES)))
                for _ in range(AT_ONCE)
            ]
            await asyncio.gather(*(house.say(user, f"/deploy {words}") for user, words in said))
            await house.settled()
            if number % 2:
                await house.restart()
            house.clock.advance(rng.choice((1.0, 20 * 60.0, -60.0, 40 * 60.0)))
            await house.settled()
        await _never_two(house)
        await _answered(house, ROUNDS * AT_ONCE)


async def _never_two(house: House) -> None:
    """By the audit log, which is written in the transaction of what it tells, and by what stands now."""
    owners: dict[str, str] = {}
    for row in await house.audit():
        detail = json.loads(row["detail"])
        scope = detail.get("scope", "")
        if row["action"] == "lock_given":
            assert scope not in owners, f"{row['seq']}: {scope} has two owners"
            owners[scope] = row["actor"]
        elif row["action"] in {"unlocked", "lock_expired", "lock_taken_over"}:
            assert owners.pop(scope) == detail["owner"]
        elif row["action"] == "lock_changed":
            assert owners[scope] == row["actor"]
    now = house.clock.now()
    standing = [one for one in await house.running.store.standing(Lock) if one.stands(now)]
    assert len({one.scope for one in standing}) == len(standing)
    assert {one.scope: one.owner for one in standing}.items() <= owners.items()
    assert all(one.owner != ENGINE for one in standing)


async def _answered(house: House, count: int) -> None:
    """Each command was refused with a reason, or changed something."""
    rows = await house.audit()
    asked = [row for row in rows if row["action"] == "asked"]
    assert len(asked) == count
    heard = sum(len(house.whispers(user)) for user in PEOPLE)
    announced = [one for one in house.slack.messages("C0DEPLOYS1") if not one["ephemeral"]]
    assert heard + len(announced) >= count
