"""Verification after the run: addresses, jobs, commands and baking, until the deployment counts as good."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.jenkins.faults import Faults
from bot.sandbox.jenkins.jobs import Job
from bot.sandbox.shop import Shop
from tests.e2e.house import DANA, OLU, PARAMETERS, SAM, SOFIA, House, jobs


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    found = Shop()
    await found.start()
    yield found
    await found.stop()


def url(shop: Shop, **changes: Any) -> dict[str, Any]:
    usual = {"address": f"{shop.url}/healthz?v={{{{ version }}}}", "private": True, "every": "100ms"}
    return {"url": {**usual, "text": '"status": ?"ok"', "timeout": "500ms", **changes}, "name": "health"}


def verified(*checks: dict[str, Any], environment: str = "staging") -> dict[str, Any]:
    return {"services": {"checkout": {"environments": {environment: {"verify": list(checks)}}}}}


def smoke_jobs(**changes: Any) -> list[Job]:
    smoke = Job(name="smoke", parameters=PARAMETERS, **{"seconds": 0.2, **changes})
    return [*jobs(), smoke]


SMOKE = {"job": {"job": "smoke", "parameters": {"VERSION": "{{ version }}"}}}


def lines(card: dict[str, Any]) -> str:
    return json.dumps(card["blocks"], ensure_ascii=False)


async def shows(house: House, *words: str) -> dict[str, Any]:
    """The newest card, once all of these words stand on it."""

    def found() -> dict[str, Any] | None:
        cards = house.cards()[-1:]
        return next((card for card in cards if all(one in lines(card) for one in words)), None)

    card: dict[str, Any] = await house.until(found, what=f"{words} on the card")
    return card


async def test_a_deployment_has_succeeded_only_once_its_address_answers_well(
    tmp_path: Path, shop: Shop, transport: str
) -> None:
    shop.mode = "sick"
    async with House(tmp_path, transport=transport, config=verified(url(shop))) as house:
        await house.say(DANA, "/deploy checkout 1.0.0 staging")
        card = await house.card("Verifying")
        await shows(house, "answered 500")
        assert "skip_verification" in house.buttons(card)
        assert await house.running.store.last_good("lane/checkout/staging") is None

        shop.mode = "well"
        card = await house.card("Succeeded")
        assert "*health*: answered 200" in lines(card)
        assert await house.running.store.last_good("lane/checkout/staging") is not None
        assert shop.asked[-1] == "/healthz?v=1.0.0"
        assert [row["detail"] for row in await house.audit("verification_began")]


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("sick", "answered 500"),
        ("wrong", "answered 200, without the expected text"),
        ("hangs", "no answer within 0.5 s"),
    ],
)
async def test_an_address_that_is_not_good_in_time_fails_the_deployment_with_its_last_answer(
    tmp_path: Path, shop: Shop, mode: str, words: str
) -> None:
    shop.mode = mode
    async with House(tmp_path, config=verified(url(shop, within="60s"))) as house:
        await house.say(DANA, "/deploy checkout staging")
        await shows(house, words)

        card = await house.card("Failed")
        said = f"health was not good within 1m; the last answer: {words}."
        assert said in card["text"]
        assert "`verification_timed_out`" in lines(card)
        assert DANA in (await house.replied(card, said))["text"], "who asked is told"
        [ended] = await house.audit("ended")
        assert ended["reason"] == "verification_timed_out"


async def test_while_it_is_verified_the_next_one_waits(tmp_path: Path, shop: Shop) -> None:
    shop.mode = "sick"
    async with House(tmp_path, config=verified(url(shop))) as house:
        await house.say(DANA, "/deploy checkout 1.0.0 staging")
        await house.card("Verifying", index=0)
        await house.say(SAM, "/deploy checkout 2.0.0 staging")
        await house.card("#1 (1.0.0) is on its way there now", index=1)

        shop.mode = "well"
        await house.card("Succeeded", index=0)
        await house.card("Succeeded", index=1)
        assert [run.values["VERSION"] for run in house.runs()] == ["1.0.0", "2.0.0"]


async def test_what_people_chose_can_not_become_another_path(tmp_path: Path, shop: Shop) -> None:
    config = verified(url(shop))
    async with House(tmp_path, config=config) as house:
        await house.say(DANA, "/deploy checkout feature/a+b staging")

        await house.card("Succeeded")
        assert shop.asked[-1] == "/healthz?v=feature%2Fa%2Bb"


async def test_a_secret_header_reaches_the_address_and_nobody_else(tmp_path: Path, shop: Shop) -> None:
    headers = {"secret_headers": {"Authorization": "${HOOK_SECRET}"}, "headers": {"X-Plain": "yes"}}
    async with House(tmp_path, config=verified(url(shop, **headers))) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Succeeded")
        await house.settled()

        assert shop.headers["Authorization"] == "webhook-secret-of-ci"
        assert shop.headers["X-Plain"] == "yes"
        await house.stop()
        assert b"webhook-secret-of-ci" not in (tmp_path / "pilothouse.db").read_bytes()


async def test_a_bake_is_good_when_nothing_fails_for_that_long(tmp_path: Path, shop: Shop) -> None:
    async with House(tmp_path, config=verified(url(shop), {"bake": "20s"})) as house:
        await house.say(DANA, "/deploy checkout staging")
        await shows(house, "has to stay good until")
        began = (await house.deployment()).run_ended_at

        card = await house.card("Succeeded")
        assert "*bake*: stayed good" in lines(card)
        assert (await house.deployment()).ended_at - began >= 20
        assert (await house.deployment()).took < 20, "the run's own time does not grow by it"


async def test_a_bake_forgives_one_bad_answer_and_fails_after_several_in_a_row(
    tmp_path: Path, shop: Shop
) -> None:
    async with House(tmp_path, config=verified(url(shop, bad_looks=4), {"bake": "1h"})) as house:
        await house.say(DANA, "/deploy checkout staging")
        await shows(house, "has to stay good until")
        shop.mode = "sick"
        await shows(house, "answered 500")
        shop.mode = "well"
        await shows(house, "*health*: answered 200")
        shop.mode = "sick"

        card = await house.card("Failed: ")
        assert "health: answered 500" in card["text"]
        assert (await house.deployment()).reason == "verification_failed"


async def test_time_in_which_nobody_looked_does_not_count_as_baked(tmp_path: Path, shop: Shop) -> None:
    async with House(tmp_path, config=verified(url(shop), {"bake": "5m"})) as house:
        await house.say(DANA, "/deploy checkout staging")
        await shows(house, "has to stay good until")
        await house.settled()
        verification = (await house.deployment()).verification
        assert verification is not None
        await house.stop()
        house.clock.advance(600)
        await house.start()

        async def prolonged() -> bool:
            now = (await house.deployment()).verification
            return now is not None and now.bake_until >= verification.bake_until + 595

        await house.until(prolonged)
        assert "Verifying" in house.cards()[-1]["text"]


async def test_of_many_addresses_each_tells_of_the_same_time_and_it_counts_once(
    tmp_path: Path, shop: Shop
) -> None:
    addresses = [{**url(shop), "name": name} for name in ("front", "till", "search")]
    async with House(tmp_path, config=verified(*addresses, {"bake": "1h"})) as house:
        await house.say(DANA, "/deploy checkout staging")
        await shows(house, "has to stay good until")
        before = (await house.deployment()).verification
        assert before is not None
        await house.stop()
        house.clock.advance(1200)
        await house.start()

        async def all_have_told() -> bool:
            now = (await house.deployment()).verification
            done = await house.running.journal.listed("done", 1000)
            told = [one for one in done if one["type"] == "LooksMissed"]
            assert now is not None
            assert now.bake_until < before.bake_until + 2 * 1200
            return len(told) >= 3 and now.bake_until >= before.bake_until + 1195

        await house.until(all_have_told)


async def test_time_in_which_nobody_looked_does_not_count_against_what_has_to_be_good(
    tmp_path: Path, shop: Shop
) -> None:
    config = verified(url(shop, within="5m"), environment="production")
    policy = {"approve": [], "break_glass": [], "auto_rollback": "run"}
    async with House(tmp_path, config=config, policy=policy) as house:
        await house.say(DANA, "/deploy checkout 1.0.0 production")
        await house.card("Succeeded", index=0)
        shop.mode = "sick"
        await house.say(DANA, "/deploy checkout 1.1.0 production")
        await shows(house, "answered 500")
        await house.stop()
        house.clock.advance(1200)
        await house.start()
        began = house.clock.now()

        async def prolonged() -> bool:
            now = (await house.deployment(2)).verification
            return now is not None and now.checks[0].until > began + 60

        await house.until(prolonged)
        await house.settled()
        assert "Verifying" in house.cards()[1]["text"], "it is sick still, and has the rest of its time"
        shop.mode = "well"

        await house.card("Succeeded", index=1)
        assert await house.audit("auto_rollback") == []


async def test_a_job_that_ended_well_while_nobody_looked_is_good(tmp_path: Path) -> None:
    smoke = {"job": {"job": "smoke", "within": "5m"}}
    async with House(tmp_path, jenkins_jobs=smoke_jobs(seconds=200), config=verified(smoke)) as house:
        await house.say(DANA, "/deploy checkout staging")
        await shows(house, "*job smoke*: is running")
        await house.stop()
        house.clock.advance(1200)
        await house.start()

        await house.card("Succeeded")
        assert len(house.runs("smoke")) == 1


async def test_what_nobody_looked_at_and_stays_bad_is_over_after_the_rest_of_its_time(
    tmp_path: Path, shop: Shop
) -> None:
    shop.mode = "sick"
    async with House(tmp_path, config=verified(url(shop, within="40s"))) as house:
        await house.say(DANA, "/deploy checkout staging")
        await shows(house, "answered 500")
        await house.stop()
        house.clock.advance(1200)
        await house.start()

        card = await house.card("Failed")
        assert "health was not good within 40s; the last answer: answered 500." in card["text"]


async def test_a_command_that_a_kill_cut_off_is_run_once_more_with_its_time(tmp_path: Path) -> None:
    began = tmp_path / "began"
    code = ("import pathlib, time", f"began = pathlib.Path({str(began)!r})", "again = began.exists()")
    check = command(*code, "began.touch()", "time.sleep(0.5 if again else 60)", within="5m")
    async with House(tmp_path, config=verified(check)) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.until(began.exists)
        await house.stop()
        house.clock.advance(1200)
        await house.start()

        assert "*smoke test*: ended with 0" in lines(await house.card("Succeeded"))


async def test_a_job_has_to_succeed_and_is_started_once_by_a_key_of_its_own(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=smoke_jobs(), config=verified(SMOKE)) as house:
        await house.say(DANA, "/deploy checkout 1.0.0 staging")

        card = await house.card("Succeeded")
        assert "*job smoke*: succeeded" in lines(card)
        [run] = house.runs("smoke")
        assert run.values["VERSION"] == "1.0.0"
        assert run.values["PILOTHOUSE_KEY"] == f"{(await house.deployment()).key}-verify-1"


async def test_a_job_that_fails_fails_the_deployment(tmp_path: Path) -> None:
    failing = smoke_jobs(result="FAILURE")
    async with House(tmp_path, jenkins_jobs=failing, config=verified(SMOKE)) as house:
        await house.say(DANA, "/deploy checkout staging")

        card = await house.card("Failed: ")
        assert "job smoke: failed" in card["text"]
        assert "/job/smoke/1/" in lines(card)
        assert (await house.deployment()).reason == "verification_failed"
        assert house.runs()[0].result == "SUCCESS"


async def test_a_job_whose_start_was_lost_on_the_way_is_looked_for_and_not_started_twice(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, jenkins_jobs=smoke_jobs(), config=verified(SMOKE)) as house:
        house.jenkins.set_faults(Faults(mode="drop_after", times=1, path="job/smoke/buildWithParameters"))
        await house.say(DANA, "/deploy checkout staging")

        await house.card("Succeeded")
        assert len(house.runs("smoke")) == 1


async def test_a_job_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    smoke = {"job": {"job": "smoke", "within": "10s"}}
    async with House(tmp_path, jenkins_jobs=smoke_jobs(seconds=3600), config=verified(smoke)) as house:
        await house.say(DANA, "/deploy checkout staging")
        await shows(house, "*job smoke*: is running")

        card = await house.card("Failed: ")
        assert "job smoke was not good within 10s; the last answer: is running." in card["text"]
        await house.until(lambda: house.runs("smoke")[0].result == "ABORTED")


async def test_a_job_that_is_not_there_fails_in_words(tmp_path: Path) -> None:
    async with House(tmp_path, config=verified({"job": {"job": "nowhere"}})) as house:
        await house.say(DANA, "/deploy checkout staging")

        card = await house.card("Failed: ")
        assert "nowhere" in card["text"]


def command(*code: str, **changes: Any) -> dict[str, Any]:
    run = [sys.executable, "-I", "-c", "\n".join(code), "{{ version }}"]
    return {"command": {"run": run, **changes}, "name": "smoke test"}


async def test_a_command_has_to_end_well(tmp_path: Path) -> None:
    check = command("import sys", "assert sys.argv[1] == '1.0.0'")
    async with House(tmp_path, config=verified(check)) as house:
        await house.say(DANA, "/deploy checkout 1.0.0 staging")

        assert "*smoke test*: ended with 0" in lines(await house.card("Succeeded"))


async def test_a_command_that_ends_badly_shows_what_it_printed_without_secrets(tmp_path: Path) -> None:
    check = command(
        "import os, sys", "print('oh', os.environ['TOKEN'])", "sys.exit(3)", env={"TOKEN": "${HOOK_SECRET}"}
    )
    async with House(tmp_path, config=verified(check)) as house:
        await house.say(DANA, "/deploy checkout staging")

        card = await house.card("Failed: ")
        assert "smoke test: ended with 3" in card["text"]
        assert "[secret]" in json.dumps(await house.replied(card, "oh"))


async def test_everything_is_looked_at_side_by_side_and_all_of_it_has_to_be_good(
    tmp_path: Path, shop: Shop
) -> None:
    shop.mode = "sick"
    config = verified(url(shop), SMOKE, command("pass"))
    async with House(tmp_path, jenkins_jobs=smoke_jobs(), config=config) as house:
        await house.say(DANA, "/deploy checkout staging")
        await shows(house, "answered 500", "*job smoke*: succeeded", "*smoke test*: ended with 0")
        assert "Verifying" in house.cards()[-1]["text"]
        shop.mode = "well"
        await house.card("Succeeded")


async def test_who_may_approve_can_say_that_it_is_fine_with_a_reason(
    tmp_path: Path, shop: Shop, transport: str
) -> None:
    shop.mode = "sick"
    config = verified(url(shop), environment="production")
    async with House(tmp_path, transport=transport, config=config) as house:
        await house.production()
        await house.approve(SAM, SOFIA)
        card = await house.card("Verifying")
        await shows(house, "answered 500")
        for user, words in ((DANA, "You asked for this deployment"), (OLU, "You may not decide")):
            await house.click(user, card, "skip_verification")
            await house.answer_modal(user, "trust me")
            await house.whispered(user, words)
        await house.click(SOFIA, card, "skip_verification")
        await house.click(SAM, card, "skip_verification")
        await house.answer_modal(SAM, "the probe is broken")

        card = await house.card("Succeeded")
        assert f"Said to be fine by <@{SAM}>: the probe is broken" in lines(card)
        [row] = await house.audit("verification_skipped")
        assert (row["actor"], json.loads(row["detail"])) == (
            SAM,
            {"why": "the probe is broken", "left": ["health"], "coded": False},
        )
        await house.answer_modal(SOFIA, "me too")
        await house.whispered(SOFIA, "It is not being verified now.")


async def test_cancel_while_verifying_ends_it_and_what_ran_before_stays_the_last_good_one(
    tmp_path: Path, shop: Shop
) -> None:
    config = verified(url(shop), SMOKE)
    async with House(tmp_path, jenkins_jobs=smoke_jobs(), config=config) as house:
        await house.say(DANA, "/deploy checkout 1.0.0 staging")
        await house.card("Succeeded", index=0)
        shop.mode = "sick"
        await house.say(DANA, "/deploy checkout 2.0.0 staging")
        card = await house.card("Verifying", index=1)
        await house.click(DANA, card, "cancel")

        card = await house.card("Aborted", index=1)
        assert "does not count as good" in card["text"]
        last = await house.running.store.last_good("lane/checkout/staging")
        assert last is not None
        assert last.version == "1.0.0"
        assert (await house.deployment(2)).reason == "cancelled"


async def test_cancel_while_verifying_stops_the_job_that_was_started_for_it(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=smoke_jobs(seconds=3600), config=verified(SMOKE)) as house:
        await house.say(DANA, "/deploy checkout staging")
        await shows(house, "*job smoke*: is running")
        await house.click(DANA, house.cards()[-1], "cancel")

        await house.card("Aborted")
        await house.until(lambda: house.runs("smoke")[0].result == "ABORTED")


@pytest.mark.parametrize("moment", ["Verifying", "answered 500", "*job smoke*: is running"])
async def test_killed_while_verifying_it_goes_on_and_no_job_is_started_twice(
    tmp_path: Path, shop: Shop, moment: str
) -> None:
    shop.mode = "sick"
    config = verified(url(shop), SMOKE)
    async with House(tmp_path, jenkins_jobs=smoke_jobs(seconds=30), config=config) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.until(lambda: any(moment in lines(card) for card in house.cards()))
        await house.kill()
        await house.kill()
        shop.mode = "well"

        await house.card("Succeeded")
        assert len(house.runs("smoke")) == 1
        assert len(house.runs()) == 1


async def test_checks_that_changed_meanwhile_are_looked_at_anew(tmp_path: Path, shop: Shop) -> None:
    shop.mode = "sick"
    async with House(tmp_path, config=verified(url(shop))) as house:
        await house.say(DANA, "/deploy checkout staging")
        await shows(house, "answered 500")
        await house.restart(**verified({**url(shop, status=500, text=None), "name": "still sick"}))

        card = await house.card("Succeeded")
        assert "*still sick*: answered 500" in lines(card)
        assert len(await house.audit("verification_began")) == 2


async def test_a_place_that_left_the_configuration_meanwhile_can_not_be_verified(
    tmp_path: Path, shop: Shop
) -> None:
    shop.mode = "sick"
    async with House(tmp_path, config=verified(url(shop))) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Verifying")
        house.leave_out = ("services", "checkout", "environments", "staging")
        await house.restart()

        await house.card("Failed: ")
        assert "no such place any more" in house.cards()[-1]["text"]


async def test_a_run_that_fails_is_not_verified(tmp_path: Path, shop: Shop) -> None:
    async with House(tmp_path, jenkins_jobs=jobs(result="FAILURE"), config=verified(url(shop))) as house:
        await house.say(DANA, "/deploy checkout staging")

        await house.card("Failed: ")
        await house.settled()
        assert shop.asked == []


async def test_a_part_of_a_release_is_verified_and_its_button_is_in_the_thread(
    tmp_path: Path, shop: Shop
) -> None:
    shop.mode = "sick"
    async with House(tmp_path, config=verified(url(shop))) as house:
        await house.say(DANA, "/release checkout=1.0.0 payments=2.0.0 to staging")
        card = await house.card("Verifying")
        reply = await house.replied(card, "its buttons are here")
        await house.click(SAM, {**reply, "channel": card["channel"]}, "skip_verification")
        await house.answer_modal(SAM, "the probe is broken")

        await house.card("Succeeded")
        assert len(await house.audit("verification_skipped")) == 1
