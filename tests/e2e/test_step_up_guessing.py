"""Guessing codes is noticed by others and takes longer each time; the lock-out belongs to the person."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from bot.standing.authenticators import CodeRecord
from bot.totp import STEP
from tests.e2e.coded import ONE, CodedHouse, announced, said_in, wrong
from tests.e2e.house import DANA, DEPLOYMENTS, SAM, direct

LOCKED = "too many wrong codes of his authenticator in a row"


async def guesses(house: CodedHouse, secret: str, lasts: str, card: int = 0) -> None:
    """Until he is locked out for so long."""
    before = len(await house.audit("code_locked"))
    for _ in range(5):
        await house.approve_with(SAM, wrong(house.code(secret)), card=card)

    async def locked() -> bool:
        return len(await house.audit("code_locked")) > before

    await house.until(locked)
    await house.whispered(SAM, f"yours are not looked at for {lasts} now")
    await house.settled()


async def test_a_lock_out_is_announced_once_and_told_to_whose_codes_they_are(
    tmp_path: Path, transport: str
) -> None:
    async with CodedHouse(tmp_path, policy=ONE, transport=transport) as house:
        secret = await house.enrol(SAM)
        await house.production()
        await guesses(house, secret, "15 minutes")
        await house.until(lambda: f"<@{SAM}>: {LOCKED}" in announced(house))
        await house.until(lambda: "were given in your name" in said_in(house, direct(SAM)))
        await house.approve_with(SAM, house.code(secret))
        await house.whispered(SAM, "Too many wrong codes: yours are not looked at for another 15 minutes")
        await house.settled()

        assert announced(house).count(LOCKED) == 1


async def test_each_lock_out_is_longer_until_a_right_code_comes(tmp_path: Path) -> None:
    policy = {**ONE, "expires": "10d"}
    async with CodedHouse(tmp_path, policy=policy) as house:
        secret = await house.enrol(SAM)
        await house.say(DANA, "/deploy checkout 1.0.0 production")
        await house.card("Waiting for approval", index=0)
        for lasts, seconds in (
            ("15 minutes", 900),
            ("1 hour", 3600),
            ("4 hours", 14_400),
            ("16 hours", 57_600),
        ):
            await guesses(house, secret, lasts)
            house.clock.advance(seconds - 60)
            await house.approve_with(SAM, house.code(secret))
            await house.settled()
            assert await house.audit("approved") == []
            house.clock.advance(60 + STEP)
        for _ in range(2):
            await guesses(house, secret, "24 hours")
            house.clock.advance(86_400 + STEP)
        await house.approve_with(SAM, house.code(secret))
        await house.card("Succeeded", index=0)

        house.clock.advance(STEP)
        await house.say(DANA, "/deploy checkout 2.0.0 production")
        await house.card("Waiting for approval", index=1)
        await guesses(house, secret, "15 minutes", card=1)
        found = [json.loads(row["detail"])["lockouts"] for row in await house.audit("code_locked")]
        assert found == [1, 2, 3, 4, 5, 6, 1]


async def test_many_guesses_at_once_are_counted_one_by_one(tmp_path: Path) -> None:
    """Also when the right one is among them: after five wrong ones it is not looked at."""
    async with CodedHouse(tmp_path, policy=ONE) as house:
        secret = await house.enrol(SAM)
        await house.production()
        found = await house.deployment()
        from bot.events import Approve
        from bot.people import Person, Place
        from bot.sealing import CODE, seal

        key = house.running.settings.step_up.key  # type: ignore[union-attr]  # this house has one
        clicks = [
            Approve(
                by=Person(id=SAM, name="sam"),
                place=Place(channel=DEPLOYMENTS),
                deployment=found.id,
                request=found.approval.request,  # type: ignore[union-attr]  # it is asked
                code=seal(key, CODE, SAM, code),
            )
            for code in [wrong(house.code(secret))] * 9 + [house.code(secret)]
        ]
        await asyncio.gather(
            *(house.running.inbox.accept(click, key=f"at once {n}") for n, click in enumerate(clicks))
        )
        await house.settled()

        assert await house.audit("approved") == []
        [record] = await house.running.store.standing(CodeRecord)
        assert (record.failures, record.lockouts) == (0, 1)
