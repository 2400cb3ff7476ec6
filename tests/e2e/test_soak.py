"""I'm watching: somebody looks after what was deployed for a while, says how it went, and is reminded when nobody does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.e2e.house import DANA, GUS, OLU, SAM, SOFIA, House, jobs
from tests.e2e.test_rollback import block, dialog

SOAK = {"soak": "30m", "soak_remind": "5m", "approve": ["1 of sre"], "deploy": [DANA, "sre"]}


def house(tmp_path: Path, transport: str = "http", **policy: Any) -> House:
    return House(tmp_path, transport=transport, policy={**SOAK, **policy})


def lines(card: dict[str, Any]) -> str:
    return json.dumps(card["blocks"], ensure_ascii=False)


async def deployed(house: House, version: str = "1.0.0", index: int = -1) -> dict[str, Any]:
    """A deployment to production, approved and done; its card, once it asks for somebody to watch it."""
    await house.say(DANA, f"/deploy checkout {version} production")
    await house.click(SAM, await house.card("Waiting for approval", index=index), "approve")
    return await shows(house, "Nobody watches it yet", index=index)


async def shows(house: House, words: str, index: int = -1) -> dict[str, Any]:
    def found() -> dict[str, Any] | None:
        cards = house.cards()
        here = cards[index] if -len(cards) <= index < len(cards) else None
        return here if here is not None and words in lines(here) else None

    card: dict[str, Any] = await house.until(found, what=f"{words} on the card")
    return card


async def test_who_is_watching_is_on_the_card(tmp_path: Path, transport: str) -> None:
    async with house(tmp_path, transport) as home:
        card = await deployed(home)
        assert home.buttons(card)[:3] == ["soak_watch", "soak_good", "soak_wrong"]
        await home.click(DANA, card, "soak_watch")
        await shows(home, f"Watched by <@{DANA}>, until ")
        await home.click(SOFIA, home.cards()[-1], "soak_watch")

        await shows(home, f"Watched by <@{DANA}>, <@{SOFIA}>, until ")
        await home.click(DANA, home.cards()[-1], "soak_watch")
        await home.whispered(DANA, "You are watching it already")
        assert [row["actor"] for row in await home.audit("soak_watched")] == [DANA, SOFIA]


async def test_when_nobody_watches_who_asked_is_reminded_once(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        card = await deployed(home)
        home.clock.advance(300)
        reminder = await home.replied(card, "nobody says that he watches")
        assert f"<@{DANA}>" in reminder["text"]
        assert "soak_watch" in lines(reminder)

        home.clock.advance(600)
        await home.settled()
        assert sum("nobody says" in text for text in home.thread(card)) == 1
        assert len(await home.audit("soak_reminded")) == 1


async def test_nobody_is_reminded_when_somebody_watches(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        card = await deployed(home)
        await home.click(DANA, card, "soak_watch")
        await shows(home, "Watched by")
        home.clock.advance(1800)

        await shows(home, "Its time to be watched is over")
        assert not any("nobody says" in text for text in home.thread(card))
        [row] = await home.audit("soak_ended")
        detail = json.loads(row["detail"])
        assert (row["actor"], detail["verdict"], detail["watched_by"]) == ("pilothouse", "over", [DANA])


async def test_looks_good_ends_it(tmp_path: Path, transport: str) -> None:
    async with house(tmp_path, transport) as home:
        card = await deployed(home)
        await home.click(SOFIA, card, "soak_good")

        card = await shows(home, f"*It looks good*, says <@{SOFIA}>")
        assert not {"soak_watch", "soak_good", "soak_wrong"} & set(home.buttons(card))
        [row] = await home.audit("soak_ended")
        assert (row["actor"], json.loads(row["detail"])["verdict"]) == (SOFIA, "good")


async def test_something_is_wrong_tells_who_asked_and_who_watches(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        card = await deployed(home)
        await home.click(SOFIA, card, "soak_watch")
        await shows(home, "Watched by")
        await home.click(SAM, home.cards()[-1], "soak_wrong")
        await home.answer_modal(SAM, "baskets are empty")

        card = await shows(home, f"*Something is wrong*, says <@{SAM}>: baskets are empty")
        note = await home.replied(card, "says that something is wrong")
        assert f"<@{DANA}>" in note["text"]
        assert f"<@{SOFIA}>" in note["text"]
        assert (await home.deployment()).state == "succeeded", "what happened happened"
        [row] = await home.audit("soak_ended")
        assert json.loads(row["detail"])["verdict"] == "wrong"


async def test_something_is_wrong_opens_the_way_back(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await deployed(home, "1.0.0", index=0)
        card = await deployed(home, "2.0.0", index=1)
        await home.click(SAM, card, "soak_wrong")
        await home.answer_modal(SAM, "baskets are empty")

        note = await home.replied(home.cards()[1], "says that something is wrong")
        assert "rollback" in lines(note)
        await home.click(SAM, {**note, "channel": card["channel"]}, "rollback")
        await home.until(lambda: home.slack.views(SAM))


async def found_wrong(home: House, version: str, index: int) -> None:
    card = await deployed(home, version, index=index)
    await home.click(SAM, card, "soak_wrong")
    await home.answer_modal(SAM, "baskets are empty")
    await shows(home, "*Something is wrong*", index=index)


async def test_a_rollback_goes_to_what_somebody_found_wrong_only_when_it_is_named(tmp_path: Path) -> None:
    async with house(tmp_path, rollback_approve=[]) as home:
        await deployed(home, "1.0.0", index=0)
        await found_wrong(home, "2.0.0", index=1)
        card = await deployed(home, "3.0.0", index=2)
        await home.click(DANA, card, "rollback")
        view = await dialog(home, DANA, "What would happen")
        element = block(view, "to")["element"]
        assert element["initial_option"]["text"]["text"] == "1.0.0"
        assert "found wrong by who watched it" in element["options"][0]["description"]["text"]
        await home.say(DANA, "/deploy plan rollback checkout production to 2.0.0")
        await home.whispered(
            DANA, "2.0.0 ran in production before (#2) and was found wrong by who watched it"
        )
        await home.say(DANA, "/rollback checkout production")
        await home.until(lambda: len(home.runs()) == 4)
        assert home.runs()[-1].values["VERSION"] == "1.0.0"


async def test_with_nothing_but_what_was_found_wrong_a_rollback_says_how_to_mean_it(tmp_path: Path) -> None:
    async with house(tmp_path, rollback_approve=[]) as home:
        await found_wrong(home, "2.0.0", index=0)
        await deployed(home, "3.0.0", index=1)
        await home.say(DANA, "/rollback checkout production")
        told = await home.whispered(DANA, "2.0.0 (#1) ran there, and was found wrong by who watched it")
        assert "`/deploy rollback checkout production to 2.0.0` says that it is meant" in told
        await home.say(DANA, "/rollback checkout production to 2.0.0")

        await home.until(lambda: [run.values["VERSION"] for run in home.runs()][2:] == ["2.0.0"])


async def test_what_is_wrong_in_staging_does_not_go_on_until_it_is_deployed_there_again(
    tmp_path: Path,
) -> None:
    watched = {"policies": {"watched": {"deploy": ["everyone"], "soak": "30m"}}}
    staging = {"services": {"checkout": {"environments": {"staging": {"policy": "watched"}}}}}
    after = {"approve": [], "break_glass": [], "after": ["staging"]}
    async with House(tmp_path, config={**watched, **staging}, policy=after) as home:
        await home.say(DANA, "/deploy checkout 1.4.2 staging")
        await shows(home, "Nobody watches it yet")
        await home.click(DANA, home.cards()[-1], "soak_wrong")
        await home.answer_modal(DANA, "baskets are empty")
        await shows(home, "*Something is wrong*")
        await home.say(DANA, "/promote checkout")

        told = await home.whispered(DANA, "Something is wrong with checkout 1.4.2 in staging")
        assert "/deploy checkout 1.4.2 staging" in told
        await home.say(DANA, "/deploy checkout 1.4.2 staging")
        await shows(home, "Nobody watches it yet", index=1)
        await home.say(DANA, "/promote checkout")
        await home.card("Succeeded", index=2)


async def test_it_holds_nothing_up_and_ends_when_something_newer_is_there(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await deployed(home, "1.0.0", index=0)
        await deployed(home, "2.0.0", index=1)

        await shows(home, "Something newer took its place", index=0)
        verdicts = [json.loads(row["detail"])["verdict"] for row in await home.audit("soak_ended")]
        assert verdicts == ["replaced"]


async def test_only_who_asked_who_may_deploy_and_who_may_approve_say_anything(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        card = await deployed(home)
        for action in ("soak_watch", "soak_good"):
            await home.click(OLU, card, action)
        await home.whispered(OLU, "You may not say that for this deployment")
        await home.click(GUS, card, "soak_good")
        await home.settled()
        soak = (await home.deployment()).soak
        assert soak is not None
        assert (soak.watchers, soak.verdict) == ((), None)


async def test_of_two_verdicts_one_counts_and_the_other_is_told(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        card = await deployed(home)
        await home.click(SAM, card, "soak_wrong")
        await home.click(SOFIA, card, "soak_good")
        await shows(home, "It looks good")
        await home.answer_modal(SAM, "it is not")

        await home.whispered(SAM, "Nobody has to watch it any more.")
        assert len(await home.audit("soak_ended")) == 1


async def test_killed_meanwhile_the_reminder_comes_and_the_soak_ends(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        card = await deployed(home)
        await home.kill()
        home.clock.advance(300)
        await home.replied(card, "nobody says that he watches")
        await home.kill()
        home.clock.advance(1500)

        await shows(home, "Its time to be watched is over")
        assert sum("nobody says" in text for text in home.thread(card)) == 1
        assert len(await home.audit("soak_ended")) == 1


async def test_without_a_soak_nobody_is_asked(tmp_path: Path) -> None:
    async with house(tmp_path, soak="0s", soak_remind=None) as home:
        await home.say(DANA, "/deploy checkout production")
        await home.click(SAM, await home.card("Waiting for approval"), "approve")
        card = await home.card("Succeeded")
        await home.settled()
        assert "soak_watch" not in home.buttons(card)
        assert await home.audit("soak_began") == []


async def test_what_did_not_succeed_needs_nobody(tmp_path: Path) -> None:
    async with House(tmp_path, policy=SOAK, jenkins_jobs=jobs(result="FAILURE")) as home:
        await home.say(DANA, "/deploy checkout production")
        await home.click(SAM, await home.card("Waiting for approval"), "approve")
        await home.card("Failed")
        await home.settled()
        assert await home.audit("soak_began") == []
