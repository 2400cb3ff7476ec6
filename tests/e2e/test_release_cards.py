"""The card of a release as those see it who approve it: all that the card of a single deployment says, and where they see it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bot.lifecycle import State
from bot.standing.releases import Release
from tests.e2e.coded import ONE, CodedHouse
from tests.e2e.dialogs import filled_in
from tests.e2e.house import CHECKOUT, DANA, DEPLOYMENTS, OLU, RANDOM, SAM, SOFIA, House, direct, jobs
from tests.e2e.shop import seen
from tests.e2e.test_releases import PRODUCTION, STAGING, STILL_BOTH

PARTS = "release checkout=1.4.2 payments=2.0.1 to production"


def approved_one(card: dict[str, Any]) -> bool:
    return "*checkout, payments*: Still needed: *1 of sre*" in seen(card)


async def waiting(house: House, words: str = PRODUCTION, channel: str = DEPLOYMENTS) -> dict[str, Any]:
    """The card of a release that waits for approval of all its parts."""
    await house.say(DANA, words)
    return await house.until(
        lambda: next((one for one in house.cards(channel) if STILL_BOTH in seen(one)), None)
    )


async def test_the_card_says_what_runs_now_and_what_comes_by_which_job(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "/deploy checkout 1.3.9 staging")
        await house.card("Succeeded")
        await house.say(DANA, STAGING)

        card = await house.card("Succeeded: release of")
        assert "*checkout* `1.3.9` → `1.4.2`: succeeded (#" in seen(card)
        assert "*payments* `2.0.1`: succeeded (#" in seen(card), "nothing ran there before"
        assert seen(card).count("|deploy #") == 2
        assert "*Time*\ntook " in seen(card)


async def test_the_card_says_when_it_is_planned_for_and_what_it_goes_in_spite_of(tmp_path: Path) -> None:
    async with House(tmp_path, policy={"override": ["1 of owners"]}) as house:
        await house.say(SAM, "/deploy freeze production for 2h because of the fair")
        await house.whispered(SAM, "frozen")
        card = await waiting_overridden(house)

        assert seen(card).count("In spite of a freeze: the fix is in it") == 1
        assert "*Time*\nplanned for <!date^" in seen(card)
        assert "*checkout, payments*: Still needed: *2 of sre and 1 of owners*" in seen(card)


async def waiting_overridden(house: House) -> dict[str, Any]:
    await house.say(DANA, f"{PRODUCTION} in 1h override because the fix is in it")
    return await house.until(
        lambda: next((one for one in house.cards() if "*checkout, payments*: Still" in seen(one)), None)
    )


async def test_the_card_names_who_has_approved_and_for_which_part_nobody_has(tmp_path: Path) -> None:
    calm = {"policies": {"calm": {"approve": ["1 of owners"]}}}
    places = {"services": {"payments": {"environments": {"production": {"policy": "calm"}}}}}
    async with House(tmp_path, config={**calm, **places}) as house:
        await house.say(DANA, PRODUCTION)
        await house.until(
            lambda: house.cards() and "*payments*: Still needed: *1 of owners*" in seen(house.cards()[0])
        )
        await house.until(lambda: "*checkout*: Still needed: *2 of sre*" in seen(house.cards()[0]))
        await house.click(SAM, house.cards()[0], "release_approve")

        card = await house.until(
            lambda: next((one for one in house.cards() if f"Approved by <@{SAM}> at" in seen(one)), None)
        )
        assert f"*checkout*: Approved by <@{SAM}> at" in seen(card)
        assert "*checkout*: Still needed: *1 of sre*, not by who asked." in seen(card)
        assert "*payments*: Still needed: *1 of owners*, not by who asked." in seen(card)
        assert "Expires " in seen(card)


async def test_it_is_approved_with_a_word_that_stands_on_its_card_and_with_each_part(
    tmp_path: Path, transport: str
) -> None:
    async with House(tmp_path, transport=transport) as house:
        card = await waiting(house)
        await house.click(SAM, card, "release_approve_comment")
        said = await filled_in(house, SAM, comment="watch the <!channel> queue")
        assert said["ok"], said
        card = await house.until(lambda: next(filter(approved_one, house.cards()), None))
        assert seen(card).count(f"<@{SAM}>: “watch the &lt;!channel&gt; queue”") == 1
        await house.click(SOFIA, card, "release_approve")

        await house.card("Succeeded")
        rows = [json.loads(row["detail"]) for row in await house.audit("approved")]
        assert sorted(row["comment"] for row in rows) == ["", "", *["watch the <!channel> queue"] * 2]


async def test_who_may_not_approve_hears_so_from_the_form_and_an_old_form_decides_nothing(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        card = await waiting(house)
        await house.click(OLU, card, "release_approve_comment")
        await filled_in(house, OLU, comment="let it go")
        await house.whispered(OLU, "You may not approve any part")
        await house.click(SAM, card, "release_approve_comment")
        await house.until(lambda: house.slack.views(SAM))
        changed = {"checkout": {"environments": {"production": {"parameters": {"VERSION": "666"}}}}}
        await house.restart(services=changed)
        await house.until(lambda: "*checkout*: *Earlier approvals are void" in seen(house.cards()[0]))
        await filled_in(house, SAM, comment="fine")

        await house.whispered(SAM, "What is asked has changed since that card was drawn")
        assert await house.audit("approved") == []


async def test_the_form_for_a_code_takes_a_word_as_well(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        secret = await house.enrol(SAM)
        await house.say(DANA, PRODUCTION)
        card = await house.until(
            lambda: next((one for one in house.cards() if "*checkout, payments*: Still" in seen(one)), None)
        )
        assert "release_approve_comment" not in house.buttons(card)
        await house.click(SAM, card, "release_approve_code")
        await filled_in(house, SAM, code=house.code(secret), comment="looks good")

        card = await house.card("Succeeded")
        assert f"<@{SAM}>: “looks good”" in seen(card)


async def test_a_version_that_failed_there_before_is_known_to_who_approves_it(tmp_path: Path) -> None:
    def result(values: Any) -> str:
        return "FAILURE" if values["SERVICE"] == "payments" else "SUCCESS"

    async with House(tmp_path, policy={"approve": ["1 of sre"]}, jenkins_jobs=jobs(result=result)) as house:
        await house.say(DANA, "/deploy payments 2.0.1 production")
        await house.approve(SAM)
        await house.card("Failed")
        await house.say(DANA, PRODUCTION)

        card = await house.card("Waiting for approval: release of")
        assert "*payments*: ⚠️ " in seen(card)
        assert "*checkout*: ⚠️ " not in seen(card)


# --- where ---------------------------------------------------------------------------------------------------


async def test_asked_for_in_a_direct_message_its_card_is_where_such_things_are_announced(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, PRODUCTION, channel=direct(DANA))
        told = await house.until(
            lambda: next(
                (
                    one["text"]
                    for one in house.slack.messages(direct(DANA), DANA)
                    if "being checked" in one["text"]
                ),
                None,
            )
        )
        assert f"the card of this release is in <#{DEPLOYMENTS}>" in told
        card = await house.until(
            lambda: next((one for one in house.cards() if STILL_BOTH in seen(one)), None)
        )
        await house.click(SAM, card, "release_approve")
        card = await house.until(lambda: next(filter(approved_one, house.cards()), None))
        await house.click(SOFIA, card, "release_approve")

        await house.card("Succeeded")
        assert house.cards(direct(DANA)) == []


async def test_its_card_is_in_the_channel_that_all_its_services_share_or_that_is_configured_for_it(
    tmp_path: Path,
) -> None:
    shared = {"checkout": {"channel": "#checkout"}, "payments": {"channel": "#checkout"}}
    autumn = {"environment": "staging", "services": {"checkout": "1.4.2"}, "channel": DEPLOYMENTS}
    async with House(tmp_path, config={"services": shared, "releases": {"autumn": autumn}}) as house:
        await house.say(DANA, STAGING, channel=direct(DANA))
        await house.card("Succeeded: release of", channel=CHECKOUT)
        await house.say(DANA, STAGING.replace("1.4.2", "1.4.3"), channel=DEPLOYMENTS)
        await house.card("Succeeded: release of checkout 1.4.3", channel=CHECKOUT)
        await house.whispered(DANA, "the card of this release is in #checkout")
        assert house.cards() == []
        await house.say(DANA, "/deploy release autumn", channel=direct(DANA))

        await house.card("Succeeded: release of autumn")


async def test_without_a_channel_where_others_would_see_its_card_it_is_refused(tmp_path: Path) -> None:
    config = {
        "slack": {"announce_channel": None},
        "services": {one: {"channels": []} for one in ("checkout", "payments")},
    }
    async with House(tmp_path, config=config, policy={"break_glass": []}) as house:
        await house.say(DANA, PRODUCTION, channel=direct(DANA))
        await house.until(
            lambda: any(
                "no channel is configured where they would see it" in one["text"]
                and "Say the same in a channel." in one["text"]
                for one in house.slack.messages(direct(DANA), DANA)
            )
        )
        assert await house.running.store.standing(Release) == []
        await house.say(DANA, PRODUCTION)

        await house.card("Waiting for approval")


async def test_where_the_bot_is_not_invited_who_asked_gets_the_card_and_nothing_waits_unseen(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, refused_codes={"not_in_channel"}) as house:
        await house.say(DANA, PRODUCTION, channel=RANDOM)

        told = await house.whispered(DANA, "I can't show this release in", channel=RANDOM)
        assert "/invite" in told
        card = await house.card("Stopped", channel=direct(DANA))
        assert "release_approve" not in house.buttons(card)
        assert {(await house.deployment(n)).reason for n in (1, 2)} <= {
            "channel_unreachable",
            "release_stopped",
        }


async def test_who_asks_has_an_answer_at_once_and_the_card_comes_with_all_its_parts(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, PRODUCTION)
        await house.whispered(DANA, "Every part is being checked; then the card of this release is here.")
        card = await house.until(lambda: house.cards() and house.cards()[0])

        assert "(#1)" in seen(card)
        assert "(#2)" in seen(card)


async def test_its_parts_are_cancelled_by_words_where_its_card_is(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, PRODUCTION, channel=direct(DANA))
        await house.card("Waiting for approval")
        await house.until(lambda: STILL_BOTH in seen(house.cards()[0]))
        await house.say(SAM, "/deploy cancel")

        await house.card("Stopped")
        assert {(await house.deployment(n)).state for n in (1, 2)} <= {State.CANCELLED, State.REFUSED}
