"""Configuration alive: read again on SIGHUP and by words, judged whole, told; what loosens a policy needs its guards."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from bot.lifecycle import State
from tests.e2e.house import (
    CHECKOUT,
    DANA,
    DEPLOYMENTS,
    LONG,
    OLU,
    SAM,
    SOFIA,
    House,
    direct,
    long_jobs,
)
from tests.serving import pilothouse

ALIVE = {"administrators": [OLU, SAM]}
MAIL = {
    "job": "deploy",
    "policy": "open",
    "parameters": {"SERVICE": "mail", "VERSION": "{{ version }}", "ENVIRONMENT": "staging"},
}
"""A place of the job that runs in production as well, told from it by constants."""
LOOSER = {"production": {"approve": ["1 of sre"]}}
ONE_ENOUGH = "2 approvals → 1"


def announced(house: House, channel: str = DEPLOYMENTS) -> list[str]:
    """What was said to everybody in a channel, whole."""
    return [
        json.dumps(one, ensure_ascii=False) for one in house.slack.messages(channel) if not one["ephemeral"]
    ]


async def announces(house: House, *words: str, channel: str = DEPLOYMENTS) -> str:
    """One message to everybody that has all these words in it."""

    def found() -> str | None:
        return next((one for one in announced(house, channel) if all(word in one for word in words)), None)

    try:
        answer: str = await house.until(found)
    except AssertionError:
        raise AssertionError(f"nobody said {words}; said was {announced(house, channel)}") from None
    return answer


async def reload(house: House, user: str = OLU, channel: str = DEPLOYMENTS, **config: Any) -> None:
    """Write another file and have it read."""
    house.write(**config)
    await house.say(user, "/deploy reload", channel)


async def in_force(house: House, user: str = OLU) -> str:
    return await house.whispered(user, "is in force")


async def waiting_card(house: House, words: str = "Waiting for approval") -> dict[str, Any]:
    return await house.card(f"{words}: a change of the configuration")


# --- reading it again ----------------------------------------------------------------------------------------


async def test_a_changed_configuration_is_in_force_after_reload_for_words_handlers_and_people(
    tmp_path: Path, transport: str
) -> None:
    async with House(tmp_path, transport=transport, config=ALIVE) as house:
        await house.say(DANA, "/deploy mail staging")
        await house.whispered(DANA, "I know no service “mail”")
        mail = {"default_version": "7.0.0", "environments": {"qa": MAIL}}

        await reload(house, services={"mail": mail}, following={"at_most": "300ms"})

        await in_force(house)
        await announces(
            house,
            "read again by <@U0OLU",
            "new service mail (qa: policy open, job deploy with ",
            "following.at_most: 200ms → 300ms",
        )
        await house.say(DANA, "/deploy mail 7.1.0 qa")
        await house.card("Succeeded: deployment #1 of mail 7.1.0 to qa")
        (row,) = [one for one in await house.audit("configuration_loaded") if one["actor"] == OLU]
        assert any("new service mail (qa: " in one for one in json.loads(row["detail"])["differences"])


async def test_it_is_read_again_by_mention_and_in_a_direct_message(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        house.write(following={"at_most": "300ms"})
        await house.say(OLU, f"<@{house.slack.world.app.bot_user}> reload", DEPLOYMENTS)
        await in_force(house)
        await house.say(OLU, "/pilothouse reload")
        await house.whispered(OLU, "Nothing is different")
        await house.say(OLU, "reload", direct(OLU))
        await house.until(
            lambda: any("Nothing is different" in one["text"] for one in house.slack.messages(direct(OLU)))
        )


async def test_nobody_else_may_have_it_read(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        await reload(house, DANA, following={"at_most": "300ms"})
        await house.whispered(DANA, "You may not have the configuration read again")
        assert house.running.settings.following.at_most == 0.2
        assert (await house.audit("refused"))[-1]["reason"] == "not_allowed_to_reload"


async def test_faults_are_told_with_their_lines_and_the_last_good_one_stays(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        document = json.loads(house.file.read_text())
        document["policies"]["production"]["aprove"] = ["1 of sre"]
        document["services"]["checkout"]["environments"]["staging"]["policy"] = "nowhere"
        house.file.write_text(json.dumps(document, indent=1))

        await house.say(OLU, "/deploy reload")

        said = await house.whispered(OLU, "can't be used")
        line = 1 + house.file.read_text().splitlines().index(
            next(one for one in house.file.read_text().splitlines() if "aprove" in one)
        )
        assert f"pilothouse.yaml:{line}: policies.production.aprove" in said
        assert '"nowhere" is no policy' in said
        await announces(house, "can't be used", "policies.production.aprove")
        assert (await house.audit("configuration_refused"))[-1]["reason"] == "configuration_faulty"
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Succeeded")


async def test_many_faults_are_told_in_bounds(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        document = json.loads(house.file.read_text())
        document["services"] |= {f"service-{number}": {"environments": {}} for number in range(200)}
        house.file.write_text(json.dumps(document, indent=1))
        await house.say(OLU, "/deploy reload")
        said = await house.whispered(OLU, "can't be used")
        assert "and 190 more" in said
        assert len(said) < 4000


async def test_a_file_that_is_gone_is_a_fault_like_any_other(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        text = house.file.read_text()
        house.file.unlink()
        await house.say(OLU, "/deploy reload")
        await house.whispered(OLU, "cannot be read")
        house.file.write_text(text)
        await house.say(OLU, "/deploy reload")
        await house.whispered(OLU, "Nothing is different")


async def test_what_needs_a_restart_is_named_and_stays(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        url = house.running.url
        await reload(house, server={"port": 1, "stop_within": "4s"}, slack={"app_name": "other"})
        said = await in_force(house)
        assert "Needs a restart, and stays as it is until then: server.port, slack.app_name." in said
        assert house.running.settings.server.port == 0
        assert house.running.settings.server.stop_within == 4.0
        assert house.running.url == url


async def test_new_servers_and_changed_credentials_of_drivers_are_used_and_watched(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        house.grant(token="another-token-of-jenkins")
        house.jenkins_token = "another-token-of-jenkins"
        second = {"url": house.jenkins.url, "user": house.jenkins.user().name, "token": "${JENKINS_TOKEN}"}
        places = {
            name: {"environments": {place: {"server": "ci"} for place in ("staging", "production")}}
            for name in ("checkout", "payments")
        }
        mail = {"environments": {"qa": {**MAIL, "server": "two"}}}

        await reload(
            house,
            drivers={"jenkins": {"servers": {"two": {**second, "timeout": 1}}}},
            services={**places, "mail": {"default_version": "1.0.0", **mail}},
        )

        said = await in_force(house)
        assert "drivers.jenkins.servers.ci.token changed" in said
        assert "another-token" not in said
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Succeeded: deployment #1")
        await house.say(DANA, "/deploy mail qa")
        await house.card("Succeeded: deployment #2")
        part = await house.running.health.look("jenkins/two")
        assert part.ok
        assert house.running.redactor.text("another-token-of-jenkins") == "[secret]"


async def test_a_server_that_left_is_watched_no_more(tmp_path: Path) -> None:
    both = {"url": "http://127.0.0.1:9/", "user": "u", "token": "${JENKINS_TOKEN}"}
    async with House(tmp_path, config=ALIVE) as house:
        for name in ("checkout", "payments"):
            for place in ("staging", "production"):
                house.write(services={name: {"environments": {place: {"server": "ci"}}}})
        await reload(house, drivers={"jenkins": {"servers": {"gone": both}}})
        await in_force(house)
        assert "jenkins/gone" in house.running.health.parts
        document = json.loads(house.file.read_text())
        del document["drivers"]["jenkins"]["servers"]["gone"]
        house.file.write_text(json.dumps(document))
        await house.say(OLU, "/deploy reload")
        await announces(house, "drivers.jenkins.servers.gone is gone")
        await house.until(lambda: "jenkins/gone" not in house.running.health.parts)
        alive, _ = house.running.health.alive()
        assert alive


async def test_guests_are_let_in_by_a_reload_that_asks_nobody_where_nothing_is_protected(
    tmp_path: Path,
) -> None:
    policy = {"approve": [], "break_glass": []}
    async with House(tmp_path, config=ALIVE, policy=policy) as house:
        await house.say("U0GUS00005", "/deploy checkout staging")
        await house.whispered("U0GUS00005", "Guests of the workspace")
        await reload(house, slack={"allow_guests": ["U0GUS00005"]})
        await in_force(house)
        await house.say("U0GUS00005", "/deploy checkout staging")
        await house.card("Succeeded: deployment #1")


# --- while deployments are on their way ----------------------------------------------------------------------


async def test_an_open_question_is_looked_at_again(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        await house.production()
        await house.approve(SAM)
        await reload(house, policies={"production": {"approve": ["2 of sre", "1 of owners"]}})
        card = await house.card("Waiting for approval")
        await house.replied(card, "The approvals are void")
        await announces(house, "production: 2 approvals → 3 (2 of sre and 1 of owners)")
        await house.until(lambda: "1 of owners" in json.dumps(house.cards()[0]))


async def test_a_run_under_way_goes_on_and_ends(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Running")
        house.impatient = False
        await reload(house, drivers={"jenkins": {"servers": {"ci": {"timeout": 2}}}})
        await in_force(house)
        house.clock.advance(LONG)
        house.impatient = True
        await house.card("Succeeded")


async def test_what_lost_its_place_is_refused(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        await house.production()
        document = json.loads(house.file.read_text())
        del document["services"]["checkout"]["environments"]["production"]
        house.file.write_text(json.dumps(document))
        await house.say(OLU, "/deploy reload")
        await house.card("Refused: deployment #1")
        await announces(house, "checkout: environment production is gone")


# --- guarding the guards -------------------------------------------------------------------------------------


async def test_what_loosens_a_policy_waits_for_the_people_it_guards(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, transport=transport, config=ALIVE) as house:
        await reload(house, policies=LOOSER, following={"at_most": "300ms"})

        await house.whispered(OLU, "waits for approval by 2 of sre")
        card = await waiting_card(house)
        drawn = json.dumps(card, ensure_ascii=False)
        assert f"*looser*: production: {ONE_ENOUGH} (1 of sre)" in drawn
        assert "following.at_most: 200ms → 300ms" in drawn
        assert house.buttons(card) == ["approve_change", "reject_change"]
        await house.replied(card, "that you guard")
        assert house.running.settings.following.at_most == 0.2

        await house.click(SAM, card, "approve_change")
        await house.click(SOFIA, await waiting_card(house), "approve_change")

        await waiting_card(house, "Approved")
        await announces(house, "read again by <@U0OLU", "approved by <@U0SAM", ONE_ENOUGH)
        await in_force(house)
        assert house.running.settings.following.at_most == 0.3
        await house.production()
        await house.approve(SAM)
        await house.card("Succeeded")
        actions = [row["action"] for row in await house.audit() if row["action"].startswith("configuration")]
        assert actions == [
            "configuration_loaded",
            "configuration_proposed",
            "configuration_approved",
            "configuration_approved",
            "configuration_loaded",
        ]


async def test_however_much_is_different_the_card_says_what_is_needed_and_its_thread_the_rest(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        many = {
            f"service-{number}": {"environments": {"qa": {"job": f"deploy-{number}", "policy": "open"}}}
            for number in range(60)
        }
        await reload(house, policies=LOOSER, services=many)
        card = await waiting_card(house)
        drawn = json.dumps(card, ensure_ascii=False)
        assert ONE_ENOUGH in drawn
        assert "… and 51 more" in drawn
        assert "Still needed for production: *2 of sre*" in drawn
        await house.replied(card, "new service service-20 (qa: policy open, job deploy-20)")
        await house.whispered(OLU, "… and 41 more")


async def test_only_they_may_decide_and_nobody_about_his_own(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        await reload(house, SAM, policies=LOOSER)
        card = await waiting_card(house)
        await house.click(SAM, card, "approve_change")
        await house.whispered(SAM, "You had this configuration read, so you can't approve it.")
        await house.click(DANA, card, "approve_change")
        await house.whispered(DANA, "You may not decide about this change: that is for 2 of sre.")
        await house.click(SOFIA, card, "approve_change")
        await house.click(SOFIA, await waiting_card(house), "approve_change")
        await house.whispered(SOFIA, "You have approved this already; 1 of sre still missing.")
        assert (await house.audit("refused"))[0]["reason"] == "own_change"


async def test_each_guarded_place_is_asked_by_its_own_policy(tmp_path: Path) -> None:
    own = {"policies": {"till": {"approve": ["1 of owners"], "four_eyes": False}}}
    place = {"payments": {"environments": {"production": {"policy": "till"}}}}
    async with House(tmp_path, config={**ALIVE, **own, "services": place}) as house:
        await reload(house, SAM, policies={**LOOSER, "till": {"approve": []}})
        card = await waiting_card(house)
        drawn = json.dumps(card, ensure_ascii=False)
        assert "Still needed for production of checkout: *2 of sre*" in drawn
        assert "Still needed for production of payments: *1 of owners*" in drawn
        await house.click(OLU, card, "approve_change")
        await house.until(lambda: f"Approved by <@{OLU}>" in json.dumps(house.cards()[-1]))
        await house.click(OLU, house.cards()[-1], "approve_change")
        await house.whispered(OLU, "You have approved this already; 2 of sre still missing.")


async def test_an_approval_by_somebody_who_has_left_since_counts_no_more(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        await reload(house, policies=LOOSER)
        await house.click(SAM, await waiting_card(house), "approve_change")
        await house.until(lambda: f"Approved by <@{SAM}>" in json.dumps(house.cards()[-1]))
        group = next(one for one in house.slack.world.groups if one.id == "S0SRE00001")
        group.users.remove(SAM)
        house.clock.advance(300)
        await house.click(SOFIA, await waiting_card(house), "approve_change")
        await house.whispered(SOFIA, "Some of those who approved may no longer do so")
        assert house.running.settings.policies["production"].approve[0].count == 2
        await house.until(lambda: f"Approved by <@{SOFIA}>" in json.dumps(house.cards()[-1]))


async def test_one_no_is_enough(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        await reload(house, policies=LOOSER)
        await house.click(SOFIA, await waiting_card(house), "reject_change")
        card = await waiting_card(house, "Rejected")
        assert house.buttons(card) == []
        await house.whispered(OLU, "rejected by")
        assert house.running.settings.policies["production"].approve[0].count == 2


async def test_a_click_on_a_card_that_is_decided_decides_nothing(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        await reload(house, policies=LOOSER)
        card = await waiting_card(house)
        await house.click(SOFIA, card, "reject_change")
        await house.click(SAM, card, "approve_change")
        await house.whispered(SAM, "Nothing to decide any more: this change is rejected.")


async def test_a_change_that_nobody_approves_in_time_expires(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        await reload(house, policies=LOOSER)
        await waiting_card(house)
        house.clock.advance(86_500)
        assert house.buttons(await waiting_card(house, "Expired")) == []
        await house.whispered(OLU, "was not approved in time")


async def test_what_was_approved_is_what_stands_in_the_file_or_nothing_comes_of_it(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        await reload(house, policies=LOOSER)
        card = await waiting_card(house)
        await house.click(SAM, card, "approve_change")
        house.write(policies={"production": {"four_eyes": False}})
        await house.click(SOFIA, await waiting_card(house), "approve_change")
        await waiting_card(house, "Withdrawn")
        await house.whispered(SOFIA, "Nothing came into force: the file is another one by now.")
        assert house.running.settings.policies["production"].four_eyes
        assert house.running.settings.policies["production"].approve[0].count == 2


async def test_a_later_file_takes_the_place_of_the_one_that_waits(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        await reload(house, policies=LOOSER)
        await waiting_card(house)
        await reload(house, policies={"production": {"approve": ["2 of sre"], "expires": "20m"}})
        await house.card("Withdrawn: a change of the configuration")
        await announces(house, "production: expires 30m → 20m")
        assert house.running.settings.policies["production"].expires == 1200.0


async def test_of_two_reloads_at_once_one_wins_and_the_other_is_told(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        house.write(following={"at_most": "300ms"})
        await asyncio.gather(house.say(OLU, "/deploy reload"), house.say(SAM, "/deploy reload"))

        def told() -> bool:
            said = [*house.whispers(OLU), *house.whispers(SAM)]
            lost = [one for one in said if "Nothing is different" in one or "a moment ago" in one]
            return len(lost) == 1 and any("is in force" in one for one in said)

        await house.until(told)
        await house.settled()
        assert sum("following.at_most" in one for one in announced(house)) == 1


async def test_of_two_reloads_that_loosen_one_asks_and_the_other_is_told(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        house.write(policies=LOOSER)
        await asyncio.gather(house.say(OLU, "/deploy reload"), house.say(SAM, "/deploy reload"))

        def told() -> bool:
            said = [*house.whispers(OLU), *house.whispers(SAM)]
            return any("so all of it waits" in one for one in said) and any("already" in one for one in said)

        await house.until(told)
        await house.settled()
        assert len([one for one in house.cards() if "a change of the configuration" in one["text"]]) == 1


async def test_without_the_guard_it_is_announced_and_audited_only(tmp_path: Path) -> None:
    async with House(tmp_path, config={**ALIVE, "configuration": {"guard": False}}) as house:
        await reload(house, policies=LOOSER)
        await in_force(house)
        await announces(house, ONE_ENOUGH)
        await house.production()
        await house.approve(SAM)
        await house.card("Succeeded")


async def test_taking_the_guard_away_is_guarded_itself(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        await reload(house, configuration={"guard": False})
        card = await waiting_card(house)
        assert "configuration.guard: on → off" in json.dumps(card, ensure_ascii=False)


async def test_without_a_channel_to_ask_in_the_one_who_spoke_in_a_channel_gets_the_card_there(
    tmp_path: Path,
) -> None:
    slack = {"announce_channel": None}
    async with House(tmp_path, config={**ALIVE, "slack": slack}, policy={"break_glass": []}) as house:
        await reload(house, policies=LOOSER, channel=direct(OLU))
        await house.until(lambda: any("nowhere to ask" in one for one in house.whispers(OLU, direct(OLU))))
        await house.say(OLU, "/deploy reload", CHECKOUT)
        await house.card("Waiting for approval: a change of the configuration", channel=CHECKOUT)


# --- at a start ----------------------------------------------------------------------------------------------


async def test_a_file_that_loosens_a_policy_at_a_start_is_held_until_it_is_approved(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        await house.settled()
        await house.restart(policies=LOOSER, services={"checkout": {"default_version": "9.9.9"}})

        card = await waiting_card(house)
        drawn = json.dumps(card, ensure_ascii=False)
        assert "found at the start" in drawn
        assert "keeps the policy it had before the start" in drawn
        await house.production()
        await house.approve(SAM, card="Waiting for approval: deployment #1 of checkout 9.9.9")
        await house.until(lambda: "Still needed: *1 of sre*" in json.dumps(house.cards()[-1]))
        assert (await house.audit("configuration_held"))[0]["actor"] == "pilothouse"

        for user in (SAM, SOFIA):
            await house.click(
                user, await house.card("a change of the configuration", index=0), "approve_change"
            )

        await house.card("Approved: a change of the configuration", index=0)
        await house.until(lambda: house.running.settings.policies["production"].approve[0].count == 1)
        # What it asks for is another question now: who has approved it is asked once more.
        await house.until(lambda: "Still needed: *1 of sre*" in json.dumps(house.cards()[-1]))


async def test_it_stays_held_over_further_starts_and_is_asked_once(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        await house.settled()
        await house.restart(policies=LOOSER)
        await waiting_card(house)
        await house.restart()
        await house.settled()
        assert house.running.settings.policies["production"].approve[0].count == 2
        assert len([one for one in house.cards() if "a change of the configuration" in one["text"]]) == 1
        await house.click(SOFIA, await waiting_card(house), "reject_change")
        await waiting_card(house, "Rejected")
        await house.restart()
        await announces(house, "people said no to it")
        assert house.running.settings.policies["production"].approve[0].count == 2
        await house.say(OLU, "/deploy reload")
        await house.whispered(OLU, "waits for approval by 2 of sre")


async def test_a_file_that_loosens_nothing_at_a_start_is_told_and_in_force(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        await house.settled()
        await house.restart(policies={"production": {"expires": "20m"}})
        await announces(house, "another one than before the start", "production: expires 30m → 20m")
        assert house.running.settings.policies["production"].expires == 1200.0
        await house.restart()
        await house.settled()
        assert sum("than before the start" in one for one in announced(house)) == 1


async def test_without_the_guard_a_start_takes_the_file_and_tells(tmp_path: Path) -> None:
    async with House(tmp_path, config={**ALIVE, "configuration": {"guard": False}}) as house:
        await house.settled()
        await house.restart(policies=LOOSER)
        await announces(house, "than before the start", ONE_ENOUGH)
        assert house.running.settings.policies["production"].approve[0].count == 1


async def test_a_protected_place_that_left_does_not_come_back_open(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        whole = json.loads(house.file.read_text())
        document = json.loads(house.file.read_text())
        del document["services"]["payments"]["environments"]["production"]
        house.file.write_text(json.dumps(document))
        await house.say(OLU, "/deploy reload")
        await announces(house, "payments: environment production is gone")
        whole["services"]["payments"]["environments"]["production"]["policy"] = "open"
        house.file.write_text(json.dumps(whole))
        await house.say(OLU, "/deploy reload")
        card = await waiting_card(house)
        assert "payments: environment production is back (policy open, job deploy" in json.dumps(
            card, ensure_ascii=False
        )


async def test_a_message_in_hand_finishes_with_the_configuration_it_began_with(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        with house.running.configuration.leased() as before:
            await reload(house, drivers={"jenkins": {"servers": {"ci": {"timeout": 2}}}})
            await in_force(house)
            after = house.running.configuration.snapshot
            assert before.settings.drivers["jenkins"].servers["ci"].timeout == 1
            assert after.settings.drivers["jenkins"].servers["ci"].timeout == 2
            await before.runs["jenkins"].ping("ci")
        assert before.runs["jenkins"] is not after.runs["jenkins"]
        await after.runs["jenkins"].ping("ci")


async def test_what_waits_in_a_queue_is_asked_again(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Running: deployment #1")
        await house.say(DANA, "/deploy checkout 2.0.0 staging")
        await house.card("Queued: deployment #2")
        await reload(
            house,
            policies={"staging": {"approve": ["1 of sre"]}},
            services={
                "checkout": {"environments": {"staging": {"policy": "staging"}}},
                "payments": {"environments": {"staging": {"policy": "staging"}}},
            },
        )
        await announces(house, "staging needs approval now: 1 of sre")
        house.clock.advance(LONG)
        await house.card("Waiting for approval: deployment #2")
        assert (await house.deployment(1)).state is State.SUCCEEDED


# --- what would have been decided otherwise ------------------------------------------------------------------


async def test_a_replay_beside_the_running_server_says_what_would_have_been_decided_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        for name, value in house.environ.items():
            monkeypatch.setenv(name, value)
        house.file.rename(tmp_path / "now.yaml")
        await house.production()
        await house.approve(SAM, SOFIA)
        await house.card("Succeeded")
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Succeeded: deployment #2")
        house.write(policies={"production": {"approve": ["2 of sre", "1 of owners"]}})

        files = ("--config", house.file, "--against", tmp_path / "now.yaml")
        done = await pilothouse("policy", "replay", "--since", "1d", *files, "--format", "json")

        assert done.code == 0, done.err
        said = json.loads(done.out)
        assert (said["judged"], said["unsure"]) == (2, 0)
        [one] = said["differences"]
        assert (one["number"], one["old"]["decision"], one["new"]["decision"]) == (
            1,
            "goes",
            "waits for approval",
        )
        assert "1 of owners" in one["new"]["sentence"]
