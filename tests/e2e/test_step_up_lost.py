"""A reset is no way round a second factor: it takes the administrator's own code, and everybody sees it and what follows."""

from __future__ import annotations

import json
from pathlib import Path

from bot.standing.authenticators import Authenticator
from bot.totp import STEP
from tests.e2e.coded import ONE, CodedHouse, announced, said_in, secret_of, wrong
from tests.e2e.dialogs import filled_in
from tests.e2e.house import OLU, SAM, direct

RESET = "/deploy totp reset @sam because his phone is gone"


async def test_a_stolen_session_of_an_administrator_resets_nothing_without_his_code(
    tmp_path: Path, transport: str
) -> None:
    async with CodedHouse(tmp_path, policy=ONE, transport=transport) as house:
        sams, olus = await house.enrol(SAM), await house.enrol(OLU)
        await house.say(OLU, RESET)
        await house.whispered(OLU, "Resetting the authenticator of sam takes a code of your own")
        await house.give(OLU, wrong(house.code(olus)))
        await house.whispered(OLU, "That code is not right")
        assert await house.audit("authenticator_reset") == []
        await house.production()
        await house.approve_with(SAM, house.code(sams))
        await house.card("Succeeded")
        await house.give(OLU, house.code(olus))

        await house.whispered(OLU, "Forgotten")
        [row] = await house.audit("authenticator_reset")
        assert json.loads(row["detail"])["coded"] is True


async def test_a_reset_is_announced_and_so_is_what_takes_its_place(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        await house.enrol(SAM)
        await house.until(lambda: f"<@{SAM}> has enrolled an authenticator: from now on" in announced(house))
        await house.say(OLU, RESET)
        await house.until(
            lambda: f"<@{OLU}> has reset the authenticator of <@{SAM}>: his phone is gone" in announced(house)
        )
        await house.enrol(SAM)

        await house.until(
            lambda: (
                f"enrolled an authenticator, in place of the one that <@{OLU}> has reset at"
                in announced(house)
            )
        )


async def test_another_app_by_a_code_of_the_one_before_is_announced_as_such(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        old = await house.enrol(SAM)
        await house.say(SAM, "/deploy totp enrol")
        await house.renew(SAM, house.code(old))
        await house.until(lambda: len(house.shown(SAM)) == 2 and secret_of(house.shown(SAM)[-1]))
        new = secret_of(house.shown(SAM)[-1])
        house.clock.advance(STEP)
        await house.click(SAM, house.shown(SAM)[-1], "authenticator_confirm")
        await filled_in(house, SAM, code=house.code(new))

        await house.until(lambda: "in place of the one before, by a code of it" in announced(house))


async def test_neither_a_reset_nor_a_new_enrolment_ends_a_lock_out(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        secret = await house.enrol(SAM)
        await house.production()
        for _ in range(5):
            await house.approve_with(SAM, wrong(house.code(secret)))
        await house.whispered(SAM, "That was the 5th wrong code in a row")
        await house.say(OLU, RESET)
        await house.whispered(OLU, "Forgotten")
        await house.say(SAM, "/deploy totp enrol")
        await house.whispered(SAM, "Too many wrong codes")
        assert await house.running.store.standing(Authenticator) == []
        house.clock.advance(15 * 60)
        again = await house.enrol(SAM)
        for _ in range(5):
            await house.approve_with(SAM, wrong(house.code(again)))

        # Longer than the first, whichever authenticator it is.
        await house.whispered(SAM, "are not looked at for 1 hour now")


async def test_a_secret_that_is_shown_is_not_confirmed_while_somebody_is_locked_out(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        secret = await house.offered(SAM)
        for _ in range(5):
            await house.click(SAM, house.shown(SAM)[-1], "authenticator_confirm")
            await filled_in(house, SAM, code=wrong(house.code(secret)))
        await house.until(lambda: "That was the 5th wrong code" in said_in(house, direct(SAM)))
        await house.click(SAM, house.shown(SAM)[-1], "authenticator_confirm")
        await filled_in(house, SAM, code=house.code(secret))

        await house.until(lambda: "Too many wrong codes" in said_in(house, direct(SAM)))


async def test_with_another_key_administrators_reset_without_a_code_that_nobody_could_give(
    tmp_path: Path,
) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        await house.enrol(SAM)
        await house.enrol(OLU)
        await house.stop()
        house.key = "another-key-" * 4
        await house.start()
        await house.say(OLU, RESET)

        await house.whispered(OLU, "Forgotten")
        await house.enrol(SAM)
