"""The main job, through the front door: Slack on one side, Jenkins on the other."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.house import CHECKOUT, DANA, DEPLOYMENTS, SAM, House, direct


async def test_slash_deploy_staging_runs_the_job_once_and_the_card_ends_in_success(
    tmp_path: Path, transport: str
) -> None:
    async with House(tmp_path, transport=transport) as house:
        said = await house.say(DANA, "/deploy checkout staging")

        assert said["ok"], said
        card = await house.card("Succeeded")
        assert len(house.cards()) == 1
        assert "1.2.3" in card["text"]
        await house.settled()
        [run] = house.runs()
        assert run.values["VERSION"] == "1.2.3"
        assert run.values["ENVIRONMENT"] == "staging"
        one = await house.deployment()
        assert len(house.jenkins.starts_with_key(one.key)) == 1


async def test_a_mention_does_what_the_slash_command_does(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, transport=transport) as house:
        await house.say(DANA, "@pilothouse deploy checkout 2.0.0 to staging")

        card = await house.card("Succeeded")
        assert "2.0.0" in card["text"]
        assert card.get("thread_ts", card["ts"]) == card["ts"], "the card stands in the channel itself"


async def test_a_mention_in_a_thread_gets_its_card_in_the_channel_and_a_word_in_the_thread(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        parent = await house.say(SAM, "shall we?")
        await house.say(DANA, "@pilothouse deploy checkout staging", thread=parent["ts"])

        card = await house.card("Succeeded")
        assert card in house.slack.messages(DEPLOYMENTS)

        def told() -> list[str]:
            thread = house.slack.messages(DEPLOYMENTS, DANA, parent["ts"])
            return [one["text"] for one in thread if one["ephemeral"]]

        await house.until(told)
        assert ["in the channel" in one for one in told()] == [True]


async def test_a_refusal_of_a_mention_in_a_thread_is_whispered_in_that_thread(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        parent = await house.say(SAM, "shall we?")
        await house.say(DANA, "@pilothouse deploy chekcout staging", thread=parent["ts"])

        def told() -> list[str]:
            thread = house.slack.messages(DEPLOYMENTS, DANA, parent["ts"])
            return [one["text"] for one in thread if one["ephemeral"]]

        await house.until(told)
        assert "checkout staging" in told()[0]
        assert house.slack.messages(DEPLOYMENTS, SAM, parent["ts"])[1:] == [
            one for one in house.slack.messages(DEPLOYMENTS, SAM, parent["ts"])[1:] if one["user"] == DANA
        ]


async def test_in_a_direct_message_no_mention_is_needed(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, transport=transport) as house:
        await house.say(DANA, "deploy checkout staging", channel=direct(DANA))

        await house.card("Succeeded", channel=direct(DANA))


async def test_production_asked_for_in_a_direct_message_is_shown_where_approvers_can_see_it(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "deploy checkout production", channel=direct(DANA))

        await house.card("Waiting for approval", channel=CHECKOUT)
        await house.until(
            lambda: any(f"<#{CHECKOUT}" in one["text"] for one in house.slack.messages(direct(DANA), DANA))
        )


async def test_in_a_services_own_channel_the_service_needs_no_name(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, transport=transport) as house:
        await house.say(DANA, "/deploy staging", channel=CHECKOUT)

        card = await house.card("Succeeded", channel=CHECKOUT)
        assert "checkout" in card["text"]


async def test_a_service_with_a_channel_of_its_own_shows_its_cards_there_and_says_so(tmp_path: Path) -> None:
    config = {"services": {"checkout": {"channel": "#checkout"}}}
    async with House(tmp_path, config=config) as house:
        await house.say(DANA, "/deploy checkout staging")

        await house.card("Succeeded", channel=CHECKOUT)
        await house.whispered(DANA, f"<#{CHECKOUT}")
        assert house.cards() == []


async def test_whoever_asks_in_the_services_own_channel_is_not_told_where_he_is(tmp_path: Path) -> None:
    config = {"services": {"checkout": {"channel": "#checkout"}}}
    async with House(tmp_path, config=config) as house:
        await house.say(DANA, "/deploy staging", channel=CHECKOUT)

        await house.card("Succeeded", channel=CHECKOUT)
        await house.settled()
        assert house.whispers(DANA, CHECKOUT) == []


async def test_the_card_says_from_which_version_to_which(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "/deploy checkout 1.0.0 staging")
        await house.card("Succeeded", index=0)
        await house.say(DANA, "/deploy checkout 1.1.0 staging")

        card = await house.card("Succeeded", index=1)
        fields = [field["text"] for block in card["blocks"] for field in block.get("fields", ())]
        assert "*Version*\n`1.0.0` → `1.1.0`" in fields


async def test_the_end_of_the_log_of_a_good_run_is_in_the_cards_thread(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "/deploy checkout staging")

        card = await house.card("Succeeded")
        reply = await house.replied(card, "Deploying checkout 1.2.3 to staging")
        assert DANA not in reply["text"], "a good end mentions nobody"


async def test_the_same_is_deployed_again_by_the_button_of_an_ended_card(tmp_path: Path) -> None:
    async with House(tmp_path, policy={"approve": ["1 of sre"]}) as house:
        await house.production()
        await house.click(DANA, await house.card("Waiting for approval"), "cancel")
        await house.click(SAM, await house.card("Cancelled"), "redeploy")

        again = await house.card("Waiting for approval", index=1)
        assert "asked by sam" in again["text"], "it is asked in the name of who clicked"
        [_, requested] = await house.audit("requested")
        assert requested["actor"] == SAM


async def test_every_step_is_in_the_audit_log(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Succeeded")
        await house.settled()

        one = await house.deployment()
        steps = [row["action"] for row in await house.audit() if row["about"] == one.id]
        assert steps == ["requested", "queued", "started", "run_accepted", "ended"]
