"""A second factor is not got round by letting somebody else approve: lending that right takes the owner's code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bot.standing.delegations import Delegation
from tests.e2e.coded import ONE, CodedHouse, announced, said_in, text_of, wrong
from tests.e2e.house import DANA, DEPLOYMENTS, OLU, SAM, SOFIA, direct

SAID = "/deploy delegate checkout production to @olu for 2h because I am away"


async def standing(house: CodedHouse) -> list[Delegation]:
    return await house.running.store.standing(Delegation)


async def test_a_stolen_session_without_a_code_lends_nothing_where_approving_takes_one(
    tmp_path: Path, transport: str
) -> None:
    async with CodedHouse(tmp_path, policy=ONE, transport=transport) as house:
        await house.enrol(SAM)
        olus = await house.enrol(OLU)
        await house.say(SAM, SAID)
        await house.whispered(SAM, "takes a code of your authenticator app")
        assert await standing(house) == []
        await house.production()
        await house.approve_with(OLU, house.code(olus))

        await house.whispered(OLU, "You may not approve this deployment")
        assert house.runs() == []


async def test_lending_with_the_owners_code_is_announced_told_to_both_and_counts(
    tmp_path: Path, transport: str
) -> None:
    async with CodedHouse(tmp_path, policy=ONE, transport=transport) as house:
        sofias, olus = await house.enrol(SOFIA), await house.enrol(OLU)
        await house.say(SOFIA, "/deploy delegate to @olu for 1d because I am away")
        assert (await house.give(SOFIA, house.code(sofias)))["ok"]
        await house.whispered(SOFIA, "approves in your place")
        await house.until(
            lambda: f"<@{OLU}> approves in the place of <@{SOFIA}>, *everything*" in announced(house)
        )
        await house.until(lambda: "(with a code): I am away" in said_in(house, direct(OLU), OLU))
        await house.until(lambda: f"<@{OLU}> approves in your place" in said_in(house, direct(SOFIA), SOFIA))
        [row] = await house.audit("delegated")
        assert json.loads(row["detail"])["coded"] is True
        await house.production()
        await house.approve_with(OLU, house.code(olus))

        card = await house.card("Succeeded")
        assert f"<@{OLU}> for <@{SOFIA}>" in text_of(card)


async def test_somebody_locked_out_for_guessing_lends_nothing(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        sams = await house.enrol(SAM)
        await house.say(SAM, SAID)
        for _ in range(5):
            await house.give(SAM, wrong(house.code(sams)))
        await house.whispered(SAM, "That was the 5th wrong code in a row")
        await house.give(SAM, house.code(sams))
        await house.whispered(SAM, "Too many wrong codes")

        assert await standing(house) == []
        assert len(await house.audit("refused")) == 7


async def test_who_has_no_authenticator_enrols_first_or_names_a_scope_without_such_places(
    tmp_path: Path,
) -> None:
    config = {
        "policies": {"staging": {"approve": ["1 of sre"]}},
        "services": {"checkout": {"environments": {"staging": {"policy": "staging"}}}},
    }
    async with CodedHouse(tmp_path, policy=ONE, config=config) as house:
        await house.say(SAM, "/deploy delegate to @olu for 2h because I am away")
        said = await house.whispered(SAM, "Your approval takes a code in checkout in production")
        assert "`/deploy totp enrol`" in said
        assert await standing(house) == []
        await house.say(SAM, "/deploy delegate checkout staging to @olu for 2h because I am away")
        await house.whispered(SAM, "approves in your place, *checkout in staging*")

        [one] = await standing(house)
        assert not one.coded


async def test_what_was_lent_without_a_code_does_not_count_once_the_place_asks_for_codes(
    tmp_path: Path,
) -> None:
    async with CodedHouse(tmp_path, policy={"approve": ["1 of sre"]}) as house:
        await house.say(SAM, SAID)
        await house.whispered(SAM, "approves in your place")
        olus = await house.enrol(OLU)
        sams = await house.enrol(SAM)
        await house.restart(policies={"production": {"step_up": "totp"}})
        card = await house.production()
        assert not any(f"<@{OLU}>" in one for one in house.thread(card))
        await house.approve_with(OLU, house.code(olus))
        said = await house.whispered(OLU, "sam let you approve in his place without a code of his")
        assert "`/deploy delegate end`" in said
        assert house.runs() == []

        await house.say(SAM, "/deploy delegate end")
        await house.whispered(SAM, "no longer approves in your place")
        await house.say(SAM, SAID)
        await house.give(SAM, house.code(sams))
        await house.until(lambda: "(with a code)" in announced(house))
        house.clock.advance(30)
        await house.approve_with(OLU, house.code(olus))
        await house.card("Succeeded")


async def test_a_delegation_that_takes_no_code_is_announced_as_well(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy={"approve": ["1 of sre"]}) as house:
        await house.say(SAM, SAID)
        await house.until(lambda: f"<@{OLU}> approves in the place of <@{SAM}>" in announced(house))
        await house.until(lambda: "If that was not you" in said_in(house, direct(SAM)))


async def test_a_code_does_what_was_said_once_and_for_nobody_else(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        sams, sofias = await house.enrol(SAM), await house.enrol(SOFIA)
        await house.say(SAM, SAID)
        await house.whispered(SAM, "takes a code of your authenticator app")
        from bot.events.authenticating import GiveCode
        from bot.people import Person, Place
        from bot.sealing import CODE, seal
        from bot.standing.held import HeldCommand

        [held] = await house.running.store.standing(HeldCommand)
        key = house.running.settings.step_up.key  # type: ignore[union-attr]  # this house has one

        def given(user: str, secret: str) -> dict[str, Any]:
            code = seal(key, CODE, user, house.code(secret))
            return {"by": Person(id=user, name="x"), "place": Place(channel=DEPLOYMENTS), "code": code}

        await house.running.inbox.accept(GiveCode(held=held.id, **given(SOFIA, sofias)), key="stranger")
        await house.whispered(SOFIA, "What you said is no longer waited for")
        for turn in range(2):
            await house.running.inbox.accept(GiveCode(held=held.id, **given(SAM, sams)), key=f"turn {turn}")
            house.clock.advance(30)
        await house.whispered(SAM, "What you said is no longer waited for")
        await house.whispered(SAM, "approves in your place")

        assert len(await house.audit("delegated")) == 1


async def test_a_code_that_comes_late_does_nothing(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        sams = await house.enrol(SAM)
        await house.say(SAM, SAID)
        await house.whispered(SAM, "takes a code of your authenticator app")
        house.clock.advance(10 * 60 + 1)
        await house.give(SAM, house.code(sams))

        await house.whispered(SAM, "What you said is no longer waited for")
        assert await standing(house) == []


async def test_who_is_asked_nowhere_where_codes_are_wanted_needs_none(tmp_path: Path) -> None:
    policies = {"staging": {"approve": ["1 of everyone"]}}
    async with CodedHouse(tmp_path, policy=ONE, config={"policies": policies}) as house:
        places = {"checkout": {"environments": {"staging": {"policy": "staging"}}}}
        await house.restart(services=places)
        await house.say(DANA, "/deploy delegate to @olu for 1d because I am away")

        await house.whispered(DANA, "approves in your place")
