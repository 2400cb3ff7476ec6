"""Locks: who, where, for how long, against which versions; taken over, lifted, listed, not forgotten."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.lifecycle import State
from bot.reasons import Reason
from bot.standing import Lock
from tests.e2e.house import (
    CHECKOUT,
    DANA,
    DEPLOYMENTS,
    LONG,
    OLU,
    RANDOM,
    SAM,
    SOFIA,
    House,
    direct,
    jobs,
    long_jobs,
)

MINUTE, HOUR = 60.0, 3600.0
LOCKERS = {"lock": ["sre"]}


async def locks(house: House) -> list[Lock]:
    now = house.clock.now()
    return [one for one in await house.running.store.standing(Lock) if one.stands(now)]


async def locked(house: House, count: int = 1) -> Lock:
    """The newest lock, once so many stand."""

    async def so() -> list[Lock]:
        found = await locks(house)
        return found if len(found) == count else []

    return (await house.until(so))[-1]


async def told(house: House, user: str, words: str) -> dict[str, Any]:
    """A direct message with these words in it, once there is one."""

    def so() -> dict[str, Any] | None:
        said = house.slack.messages(direct(user), user)
        return next((one for one in reversed(said) if words in one["text"]), None)

    answer: dict[str, Any] = await house.until(so, what=f"{user} is told {words!r}")
    return answer


async def announced(house: House, words: str, channel: str = DEPLOYMENTS) -> dict[str, Any]:
    def so() -> dict[str, Any] | None:
        return next(
            (one for one in house.slack.messages(channel) if words in one["text"] and not one["ephemeral"]),
            None,
        )

    answer: dict[str, Any] = await house.until(so, what=f"{words!r} is announced")
    return answer


async def listed(house: House, user: str, words: str) -> dict[str, Any]:
    """What only this person sees in the channel, once it says so, with its buttons."""

    def so() -> dict[str, Any] | None:
        said = [one for one in house.slack.messages(DEPLOYMENTS, user) if one["ephemeral"]]
        return next((one for one in reversed(said) if words in str(one["blocks"])), None)

    answer: dict[str, Any] = await house.until(so, what=f"{user} sees {words!r}")
    return answer


async def click(house: House, user: str, message: dict[str, Any], action: str, index: int = 0) -> None:
    found = [
        (block, element)
        for block in message["blocks"]
        for element in block.get("elements", ())
        if element.get("action_id") == action
    ]
    block, button = found[index]
    await house.slack.click(
        user,
        action,
        channel=message["channel"],
        message_ts=message["ts"],
        block_id=block["block_id"],
        value=button.get("value", ""),
    )


# --- what a lock does ----------------------------------------------------------------------------------------


async def test_a_lock_holds_up_everybody_but_its_owner_and_says_so(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, transport=transport) as house:
        await house.say(SAM, "/lock checkout staging for 2h because we test the till")
        await announced(house, "checkout in staging* is locked by")
        await house.say(DANA, "/deploy checkout staging")
        card = await house.card("checkout in staging is locked by sam")
        assert "we test the till" in card["text"]
        assert (await house.deployment()).waits is Reason.LOCKED
        await house.say(SAM, "/deploy checkout 9.9.9 staging")

        await house.card("Succeeded", index=1)
        assert len(house.runs()) == 1


async def test_the_card_of_what_a_wide_lock_holds_up_offers_to_tell_when_its_place_is_free(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock staging because we test")
        assert "watch_lock" not in house.buttons(await announced(house, "is locked by"))
        await house.say(DANA, "/deploy checkout staging")
        card = await house.card("staging is locked by sam")
        await house.click(OLU, card, "watch")
        await house.whispered(
            OLU, "I will tell you in a direct message, once, when *checkout in staging* is free"
        )
        await house.say(SAM, "/unlock staging")
        await house.card("Succeeded")

        await told(house, OLU, "*checkout in staging* is free")


async def test_what_waits_starts_when_the_lock_is_lifted(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging because we test")
        await locked(house)
        await house.say(DANA, "/deploy checkout staging")
        await house.card("is locked by sam")
        await house.say(SAM, "/unlock checkout staging")

        await house.card("Succeeded")
        await announced(house, "is unlocked by")
        assert await locks(house) == []


async def test_what_waits_starts_when_the_lock_has_run_out(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging for 30m because we test")
        await locked(house)
        await house.say(DANA, "/deploy checkout staging")
        await house.card("is locked by sam")
        house.clock.advance(30 * MINUTE)

        await house.card("Succeeded")
        await announced(house, "has run out")
        assert [row["actor"] for row in await house.audit("lock_expired")] == ["pilothouse"]


async def test_a_lock_that_ran_out_while_the_server_was_down_counts_no_more(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging for 30m because we test")
        await locked(house)
        await house.stop()
        house.clock.advance(HOUR)
        await house.start()
        await house.say(DANA, "/deploy checkout staging")

        await house.card("Succeeded")
        await announced(house, "has run out")


async def test_the_end_of_a_lock_is_what_is_stored_whatever_the_clock_does(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging for 30m because we test")
        until = (await locked(house)).until
        house.clock.advance(-2 * HOUR)
        house.clock.advance(40 * MINUTE)
        await house.settled()
        assert (await locked(house)).until == until
        house.clock.advance(2 * HOUR)

        await announced(house, "has run out")
        assert len(await house.audit("lock_expired")) == 1


async def test_a_lock_longer_than_anybody_waits_refuses_at_once_with_the_way_out(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging for 2d because we move the data centre")
        await locked(house)
        await house.say(DANA, "/deploy checkout staging")

        words = await house.whispered(DANA, "is locked by sam")
        assert "/deploy unlock checkout staging because …" in words
        assert "/deploy watch checkout staging" in words
        assert house.cards() == []


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        ("checkout staging", "checkout in staging"),
        ("staging", "staging"),
        ("checkout", "checkout"),
        ("everything", "everything"),
    ],
)
async def test_a_lock_covers_its_scope_and_nothing_else(tmp_path: Path, scope: str, said: str) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, f"/lock {scope} because we test")
        lock = await locked(house)
        assert lock.scope == said
        await house.say(DANA, "/deploy checkout staging")
        await house.card(f"{said} is locked by sam", index=0)
        await house.say(DANA, "/deploy payments staging")
        if lock.covers("payments", "staging"):
            await house.card(f"{said} is locked by sam", index=1)
        else:
            await house.card("Succeeded", index=1)


async def test_a_warning_holds_nobody_up_and_is_shown(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging warning because the disk is nearly full")
        await announced(house, "carries a warning by")
        await house.say(DANA, "/deploy plan checkout 1.4.2 staging")
        assert "sam warns about checkout in staging" in await house.whispered(DANA, "Plan")
        await house.say(DANA, "/deploy checkout staging")

        await house.card("Succeeded")


@pytest.mark.parametrize("pattern", ["1.4.x", "1.4.*", "`1.4.*`"])
async def test_a_lock_on_versions_lets_these_through_whoever_asks(tmp_path: Path, pattern: str) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, f"/lock checkout staging only {pattern} because the migration is half done")
        await locked(house)
        await house.say(SAM, "/deploy checkout 1.5.0 staging")
        await house.card("checkout in staging takes only 1.4.", index=0)
        await house.say(DANA, "/deploy checkout 1.4.7 staging")

        await house.card("Succeeded", index=1)
        assert [run.values["VERSION"] for run in house.runs()] == ["1.4.7"]


async def test_why_names_who_can_lift_it_and_when_it_ends(tmp_path: Path) -> None:
    async with House(tmp_path, policy=LOCKERS) as house:
        await house.say(SAM, "/lock checkout production for 1h because we test")
        await locked(house)
        await house.say(DANA, "/deploy why checkout production")

        words = await house.whispered(DANA, "In the way of")
        assert f"can be lifted by <@{SAM}> or sre" in words


async def test_a_lock_taken_while_something_starts_is_honoured_or_too_late_but_never_half(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        await asyncio.gather(
            house.say(DANA, "/deploy checkout staging"), house.say(SAM, "/lock checkout staging because now")
        )
        await locked(house)
        await house.until(house.cards)
        await house.settled()

        found = await house.deployment()
        assert (found.state is State.QUEUED) == (house.runs() == [])


# --- who may, and two at once ---------------------------------------------------------------------------------


async def test_of_two_locks_at_once_one_wins_and_the_other_is_told_who_holds_it(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await asyncio.gather(
            house.say(SAM, "/lock checkout staging because of sam"),
            house.say(SOFIA, "/lock checkout staging because of sofia"),
        )
        found = await locked(house)
        loser, name = (SOFIA, "sam") if found.owner == SAM else (SAM, "sofia")

        words = await house.whispered(loser, f"checkout in staging is locked by {name}")
        assert "/deploy lock checkout staging take over because …" in words
        assert "/deploy watch checkout staging" in words
        assert len(await house.audit("lock_given")) == 1


async def test_who_may_not_lock_is_told_who_may(tmp_path: Path) -> None:
    async with House(tmp_path, policy=LOCKERS) as house:
        await house.say(DANA, "/lock checkout production because I want to")
        assert "that is for sre" in await house.whispered(DANA, "You may not lock checkout in production")
        await house.say(DANA, "/lock checkout staging because I may")
        await locked(house)

        refused = [row for row in await house.audit("refused") if row["actor"] == DANA]
        assert [row["reason"] for row in refused] == [Reason.NOT_ALLOWED_TO_LOCK.value]


async def test_a_wide_lock_needs_the_right_in_every_place_that_it_covers(tmp_path: Path) -> None:
    async with House(tmp_path, policy=LOCKERS) as house:
        for scope in ("everything", "checkout", "production"):
            await house.say(DANA, f"/lock {scope} because I want to")
            await house.whispered(DANA, f"You may not lock {scope}")
        await house.say(SAM, "/lock everything because the network is down")

        assert (await locked(house)).scope == "everything"


async def test_without_a_policy_for_it_those_lock_who_may_deploy(tmp_path: Path) -> None:
    async with House(tmp_path, policy={"deploy": ["sre"], "break_glass": []}) as house:
        await house.say(DANA, "/lock checkout production because I want to")
        await house.whispered(DANA, "that is for sre")
        await house.say(SAM, "/lock checkout production because I may")
        await locked(house)


# --- taking over, lifting, changing ---------------------------------------------------------------------------


async def test_taking_over_needs_a_reason_and_tells_the_owner(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging for 2h because we test")
        first = await locked(house)
        await house.say(DANA, "/lock checkout staging take over")
        await house.whispered(DANA, "Taking a lock over needs a reason")
        await house.say(DANA, "/lock checkout staging take over because Sam has gone home")

        message = await told(house, SAM, "took over your lock on")
        assert "Sam has gone home" in message["text"]
        found = await locked(house)
        assert (found.owner, found.until, found.reason) == (DANA, first.until, "Sam has gone home")
        assert found.id != first.id
        assert len(await house.audit("lock_taken_over")) == 1


async def test_taking_over_by_the_button_asks_for_the_reason(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging because we test")
        await click(house, DANA, await announced(house, "is locked by"), "take_over")
        await house.answer_modal(DANA, "it is my turn")

        await told(house, SAM, "it is my turn")
        assert (await locked(house)).owner == DANA


async def test_the_button_of_a_lock_that_is_gone_says_so(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging because we test")
        await locked(house)
        await house.say(SAM, "/locks")
        page = await listed(house, SAM, "we test")
        await house.say(SAM, "/unlock checkout staging")
        await announced(house, "is unlocked by")
        await click(house, SAM, page, "release_lock")

        await house.whispered(SAM, "That lock is gone: it was lifted or taken over")


async def test_lifting_anothers_lock_needs_the_right_and_a_reason_and_tells_the_owner(tmp_path: Path) -> None:
    async with House(tmp_path, policy=LOCKERS) as house:
        await house.say(SAM, "/lock checkout production because we test")
        await locked(house)
        await house.say(DANA, "/unlock checkout production because I want to")
        await house.whispered(DANA, "nor lift what others have locked there")
        await house.say(SOFIA, "/unlock checkout production")
        assert "/deploy unlock checkout production because …" in await house.whispered(
            SOFIA, "needs a reason"
        )
        await house.say(SOFIA, "/unlock checkout production because the test is over")

        assert "the test is over" in (await told(house, SAM, "lifted your lock on"))["text"]
        assert await locks(house) == []


async def test_whoever_lost_the_right_still_lifts_his_own(tmp_path: Path) -> None:
    async with House(tmp_path, policy=LOCKERS) as house:
        await house.say(SAM, "/lock checkout production because we test")
        await locked(house)
        house.slack.workspace.world.groups[0].users.remove(SAM)
        house.clock.advance(HOUR)
        await house.say(SAM, "/unlock checkout production")

        await announced(house, "is unlocked by")


async def test_saying_it_again_changes_ones_own_lock(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging only 1.4.x because we test")
        first = await locked(house)
        await house.say(SAM, "/lock checkout staging for 2h")
        await announced(house, " until ")
        longer = await locked(house)
        assert (longer.id, longer.reason, longer.only) == (first.id, "we test", "1.4.x")
        assert longer.until == pytest.approx(house.clock.now() + 2 * HOUR, abs=60)
        await house.say(SAM, "/lock checkout staging because something else is up")
        await announced(house, "something else")

        whole = await locked(house)
        assert (whole.reason, whole.only, whole.until) == ("something else is up", "", 0.0)


@pytest.mark.parametrize("kind", ["", "only 7.3.x "])
async def test_a_warning_never_replaces_ones_own_lock_without_words_that_say_so(
    tmp_path: Path, kind: str
) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, f"/lock checkout staging {kind}because the month is closed")
        await locked(house)
        await house.say(OLU, "/deploy checkout 1.5.0 staging")
        await house.card("by dana" if not kind else "says dana")
        await house.say(DANA, "/lock checkout staging warning because the disk is nearly full")

        told = await house.whispered(DANA, "A warning in its place would hold nobody up")
        assert "`/deploy unlock checkout staging` lifts it" in told
        assert "`/deploy lock checkout staging warning because …` warns instead" in told
        await house.settled()
        assert not (await locked(house)).warning
        assert house.runs() == []


async def test_another_kind_of_lock_is_announced_with_what_it_stands_instead_of(tmp_path: Path) -> None:
    config = {"services": {"checkout": {"channel": "#checkout"}}}
    async with House(tmp_path, config=config) as house:
        await house.say(DANA, "/lock checkout staging only 7.3.x because the month is closed")
        await locked(house)
        await house.say(DANA, "/lock checkout staging because nobody goes there now")
        await announced(house, "nobody goes there now (instead of the lock on `7.3.x`)", CHECKOUT)
        await house.whispered(
            DANA, "🔒 *checkout in staging* is locked (instead of the lock on `7.3.x`). It is announced in"
        )
        await house.say(SAM, "/lock checkout staging take over warning because it is only a warning now")

        await announced(house, f"(taken over from <@{DANA}>, instead of a lock)", CHECKOUT)


async def test_taking_over_where_nothing_is_locked_names_the_lock_that_may_be_meant(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "/lock checkout staging take over because x")
        told = await house.whispered(DANA, "so there is nothing to take over.")
        assert "`/deploy lock checkout staging because …` locks it" in told
        await house.say(SAM, "/lock payments because of the fair")
        await house.say(SAM, "/lock production because we move")
        await locked(house, 2)
        await house.say(DANA, "/lock checkout production take over because x")
        told = await house.whispered(DANA, "checkout in production itself is not locked")
        assert "production is locked by sam: we move" in told
        assert "`/deploy lock production take over because …` takes that over" in told
        await house.say(DANA, "/lock everything take over because x")
        await house.whispered(DANA, "everything itself is not locked, so there is nothing to take over: ")

        assert {one.owner for one in await locks(house)} == {SAM}


async def test_who_is_refused_a_lock_reads_until_when_the_other_has_it_in_his_own_time(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging for 2h because we test")
        until = datetime.fromtimestamp((await locked(house)).until, ZoneInfo("Europe/Berlin"))
        await house.say(DANA, "/lock checkout staging because I want it")

        await house.whispered(DANA, f"is locked by sam until {until:%Y-%m-%d %H:%M}: we test")


async def test_all_of_ones_locks_are_lifted_at_once(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        for scope in ("checkout staging", "payments staging", "production"):
            await house.say(SAM, f"/lock {scope} because we test")
        await house.say(DANA, "/lock payments production because of me")
        await locked(house, 4)
        await house.say(SAM, "/unlock mine")

        assert (await locked(house)).owner == DANA


async def test_until_is_read_in_the_persons_own_time_zone(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging until tomorrow 9am because we test")

        local = datetime.fromtimestamp((await locked(house)).until, ZoneInfo("Asia/Tokyo"))
        assert (local.hour, local.minute) == (9, 0)


@pytest.mark.parametrize(
    ("words", "sentence", "way_out"),
    [
        ("lock", "Lock what?", "/deploy lock checkout production because …"),
        ("lock because of me", "Lock what?", "`/deploy lock checkout production because of me`"),
        ("lock chekout because of me", "I know no service", "`/deploy lock checkout because of me`"),
        (
            "lock checkout prodution because of me",
            "prodution",
            "`/deploy lock checkout production because of me`",
        ),
        (
            "lock checkout staging for 10 years because x",
            "is no unit",
            "/deploy lock checkout staging for 3650d because …",
        ),
        (
            "lock checkout staging until because x",
            "Nothing follows “until”",
            "/deploy lock checkout staging until tomorrow 09:00 because x",
        ),
        ("lock checkout 7.3 staging because x", "`only`", "/deploy lock checkout staging only 7.3 because x"),
        ("lock checkout staging", "A reason is needed", "/deploy lock checkout staging because …"),
        (
            "lock checkout staging for 2 because x",
            "has no unit",
            "/deploy lock checkout staging for 2h because …",
        ),
        (
            "lock checkout staging until 2020-01-01 10:00 because x",
            "has passed",
            "/deploy lock checkout staging until 20",
        ),
        ("lock checkout staging only because x", "Only which versions?", "help"),
        ("unlock checkout staging", "checkout in staging is not locked", "/deploy locks"),
        ("unlock mine", "You hold no lock", "/deploy locks"),
        ("unlock", "Unlock what?", "/deploy unlock checkout production"),
    ],
)
async def test_what_makes_no_sense_is_refused_with_the_nearest_right_command(
    tmp_path: Path, words: str, sentence: str, way_out: str
) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, f"/deploy {words}")

        assert way_out in await house.whispered(DANA, sentence)
        assert await locks(house) == []


async def test_unlocking_what_a_wider_lock_covers_names_that_one(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock staging because we test")
        await locked(house)
        await house.say(SAM, "/unlock checkout staging")

        assert "/deploy unlock staging" in await house.whispered(SAM, "checkout in staging is not locked")


# --- where it is said -----------------------------------------------------------------------------------------


async def test_a_lock_is_announced_in_the_services_own_channel(tmp_path: Path) -> None:
    config = {"services": {"checkout": {"channel": "#checkout"}}}
    async with House(tmp_path, config=config) as house:
        await house.say(SAM, "/lock checkout staging because we test")

        await announced(house, "is locked by", CHECKOUT)
        told = await house.whispered(SAM, "It is announced in #checkout.")
        assert told == "🔒 *checkout in staging* is locked. It is announced in #checkout."


async def test_where_the_bot_is_not_invited_who_locked_hears_that_nobody_else_did(tmp_path: Path) -> None:
    config = {"services": {"checkout": {"channel": RANDOM}}}
    async with House(tmp_path, config=config, refused_codes=["not_in_channel"]) as house:
        await house.say(SAM, "/lock checkout staging because we test")

        await house.whispered(SAM, "This could not be announced in")
        assert await house.parked() == []


# --- the list -------------------------------------------------------------------------------------------------


async def test_locks_are_listed_with_buttons_that_extend_and_release_in_place(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/locks")
        await house.whispered(SAM, "Nothing is locked")
        await house.say(SAM, "/lock checkout staging for 1h because we test")
        await house.say(DANA, "/lock payments staging because of dana")
        before = await locked(house, 2)
        until = next(one for one in await locks(house) if one.owner == SAM).until
        await house.say(SAM, "/locks")
        page = await listed(house, SAM, "Locked")
        assert house.buttons(page) == [
            *("extend_30m", "extend_1h", "extend_2h", "extend_1d", "release_lock"),
            *("take_over", "release_because"),
        ]
        await click(house, SAM, page, "extend_2h")

        async def longer() -> bool:
            return any(one.until == until + 2 * HOUR for one in await locks(house))

        await house.until(longer)
        await click(house, SAM, await listed(house, SAM, "Locked"), "release_lock")
        assert (await locked(house)).id == before.id or (await locked(house)).owner == DANA

        def only_danas() -> bool:
            said = [one for one in house.slack.messages(DEPLOYMENTS, SAM) if one["ephemeral"]]
            return house.buttons(said[-1]) == ["take_over", "release_because"]

        await house.until(only_danas)


async def test_thousands_of_locks_are_listed_page_by_page_inside_slacks_limits(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        from bot.saving import save_standing

        def many(connection: Any) -> None:
            for number in range(3000):
                save_standing(
                    connection,
                    Lock(
                        id=f"{number:020}",
                        service=f"s{number}",
                        environment="production",
                        owner=SAM if number % 2 else OLU,
                        made_at=float(number + 1),
                        reason="漢<&" * 200,
                    ),
                )

        await house.running.writer.submit(many)
        await house.say(SAM, "/locks")
        page = await listed(house, SAM, "1 to 6 of 3000")
        assert house.buttons(page)[-1] == "locks_later"
        await click(house, SAM, page, "locks_later")
        page = await listed(house, SAM, "7 to 12 of 3000")
        assert house.buttons(page)[-2:] == ["locks_earlier", "locks_later"]
        await house.say(SAM, "/locks page 500")
        await listed(house, SAM, "2995 to 3000 of 3000")
        await house.say(SAM, "/locks page 9999")
        await house.say(SAM, "/locks checkout")

        await house.whispered(SAM, "Nothing is locked (checkout)")


async def test_only_its_owner_makes_a_lock_longer(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging for 1h because we test")
        lock = await locked(house)
        await house.say(SAM, "/locks")
        page = await listed(house, SAM, "Locked")
        value = house.button(page, "extend_1d")[1]["value"]
        assert value.startswith(lock.id)
        await click(house, SAM, page, "extend_1d")

        async def longer() -> bool:
            return (await locked(house)).until == lock.until + 24 * HOUR

        await house.until(longer)


# --- not forgotten --------------------------------------------------------------------------------------------


async def test_the_owner_is_asked_once_before_a_lock_ends(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging for 2h because we test")
        lock = await locked(house)
        house.clock.advance(2 * HOUR - 16 * MINUTE)
        await house.settled()
        assert await house.audit("lock_reminded") == []
        house.clock.advance(2 * MINUTE)

        nag = await told(house, SAM, "Make it longer if you need it for longer")
        await click(house, SAM, nag, "extend_1h")

        async def longer() -> bool:
            return (await locked(house)).until == lock.until + HOUR

        await house.until(longer)

        def replaced() -> bool:
            said = house.slack.messages(direct(SAM), SAM)
            return len(said) == 1 and house.buttons(said[0]) == []

        await house.until(replaced)
        house.clock.advance(HOUR)
        await house.until(lambda: len(house.slack.messages(direct(SAM), SAM)) == 2)
        assert len(await house.audit("lock_reminded")) == 2


async def test_the_owner_of_a_lock_without_an_end_is_asked_once(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging because we test")
        await locked(house)
        house.clock.advance(3 * HOUR + 1)
        nag = await told(house, SAM, "Do you still need it?")
        house.clock.advance(9 * HOUR)
        await house.settled()
        assert len(await house.audit("lock_reminded")) == 1
        await click(house, SAM, nag, "release_lock")

        await announced(house, "is unlocked by")


async def test_nobody_is_asked_while_something_of_his_is_on_its_way_there(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs(seconds=4 * HOUR)) as house:
        await house.say(SAM, "/lock checkout staging because we test")
        await locked(house)
        await house.say(SAM, "/deploy checkout staging")
        await house.card("Running")
        house.clock.advance(3 * HOUR + 1)

        async def looked_at() -> bool:
            done = await house.running.journal.listed("done", 1000)
            return any(one["type"] == "RemindOfLock" for one in done)

        await house.until(looked_at)
        assert await house.audit("lock_reminded") == []
        house.clock.advance(2 * HOUR)
        await house.card("Succeeded")
        house.clock.advance(2 * HOUR)

        await told(house, SAM, "Do you still need it?")


async def test_nobody_is_asked_where_the_configuration_says_never(tmp_path: Path) -> None:
    config = {"locks": {"remind_after": None, "remind_before": None}}
    async with House(tmp_path, config=config) as house:
        await house.say(SAM, "/lock checkout staging because we test")
        await house.say(SAM, "/lock payments staging for 2h because we test")
        await locked(house, 2)
        house.clock.advance(12 * HOUR)
        await locked(house, 1)

        assert await house.audit("lock_reminded") == []


async def test_a_reminder_that_was_due_while_the_server_was_down_comes_when_it_is_back(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging because we test")
        await locked(house)
        await house.stop()
        house.clock.advance(5 * HOUR)
        await house.start()

        await told(house, SAM, "Do you still need it?")


async def test_nobody_is_asked_about_a_lock_that_has_run_out_meanwhile(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging for 1h because we test")
        await locked(house)
        await house.stop()
        house.clock.advance(2 * HOUR)
        await house.start()

        await announced(house, "has run out")
        await house.settled()
        assert await house.audit("lock_reminded") == []
        assert house.slack.messages(direct(SAM), SAM) == []


@pytest.mark.parametrize("how", ["read again", "started anew"])
@pytest.mark.parametrize("after", ["1h", "5h"])
async def test_a_lock_that_stands_is_asked_about_when_the_configuration_says_so_now(
    tmp_path: Path, how: str, after: str
) -> None:
    async with House(tmp_path, config={"administrators": [OLU]}) as house:
        await house.say(SAM, "/lock checkout staging because we test")
        await locked(house)
        if how == "read again":
            house.write(locks={"remind_after": after})
            await house.say(OLU, "/deploy reload")
            await house.whispered(OLU, "is in force")
        else:
            await house.restart(locks={"remind_after": after})
        await house.settled()
        hours = int(after[0])
        house.clock.advance((hours - 1) * HOUR + 50 * MINUTE)
        await house.settled()
        assert await house.audit("lock_reminded") == []
        house.clock.advance(11 * MINUTE)

        await told(house, SAM, "Do you still need it?")
        house.clock.advance(9 * HOUR)
        await house.settled()
        assert len(await house.audit("lock_reminded")) == 1


async def test_a_lock_is_asked_about_at_once_when_the_new_time_for_it_has_passed(tmp_path: Path) -> None:
    config = {"administrators": [OLU], "locks": {"remind_after": None}}
    async with House(tmp_path, config=config) as house:
        await house.say(SAM, "/lock checkout staging because we test")
        await locked(house)
        house.clock.advance(4 * HOUR)
        await house.settled()
        house.write(locks={"remind_after": "3h"})
        await house.say(OLU, "/deploy reload")

        await told(house, SAM, "Do you still need it?")


# --- after a failure ------------------------------------------------------------------------------------------

FAILS = jobs(result=lambda values: "FAILURE" if values["VERSION"] == "1.2.3" else "SUCCESS")
LOCK_ON_FAILURE = {"approve": [], "break_glass": [], "lock_on_failure": True}


async def test_a_failed_deployment_locks_its_place_until_somebody_has_looked(tmp_path: Path) -> None:
    async with House(tmp_path, policy=LOCK_ON_FAILURE, jenkins_jobs=FAILS) as house:
        await house.say(DANA, "/deploy checkout production")
        card = await house.card("Failed")
        await house.until(lambda: "release_lock" in house.buttons(house.cards()[0]))
        await house.replied(card, "is locked now, because this failed")
        found = await locked(house)
        assert (found.owner, found.reason[:2]) == ("pilothouse", "#1")
        await house.say(DANA, "/deploy checkout 1.3.0 production")
        await house.card("checkout in production is locked by pilothouse: #1 (1.2.3) failed", index=1)
        await click(house, SAM, house.cards()[0], "release_lock")

        await house.card("Succeeded", index=1)
        await house.until(lambda: "release_lock" not in house.buttons(house.cards()[0]))


async def test_what_waited_behind_the_failed_one_does_not_start(tmp_path: Path) -> None:
    jobs_ = long_jobs(result="FAILURE")
    async with House(tmp_path, policy=LOCK_ON_FAILURE, jenkins_jobs=jobs_) as house:
        await house.say(DANA, "/deploy checkout 1.0.0 production")
        await house.card("Running")
        await house.say(DANA, "/deploy checkout 2.0.0 production")
        await house.card("Queued", index=1)
        house.clock.advance(LONG)

        await house.card("is locked by pilothouse", index=1)
        assert len(house.runs()) == 1
        await house.say(SAM, "/unlock checkout production")
        await house.card("Running", index=1)


async def test_a_failure_locks_although_somebody_has_locked_there_already(tmp_path: Path) -> None:
    async with House(tmp_path, policy=LOCK_ON_FAILURE, jenkins_jobs=FAILS) as house:
        await house.say(DANA, "/lock checkout production because I work on it")
        await locked(house)
        await house.say(DANA, "/deploy checkout production")
        await house.card("Failed")
        await locked(house, 2)
        await house.say(DANA, "/unlock checkout production")

        await house.until(lambda: "release_lock" not in house.buttons(house.cards()[0]))
        assert await locks(house) == []


async def test_whoever_unlocks_one_failure_has_looked_at_those_before_it(tmp_path: Path) -> None:
    always = jobs(result="FAILURE")
    async with House(tmp_path, policy=LOCK_ON_FAILURE, jenkins_jobs=always) as house:
        await house.say(DANA, "/deploy checkout production")
        await house.card("Failed")
        await locked(house)
        await house.say(DANA, "/unlock checkout production")
        await house.until(lambda: "release_lock" not in house.buttons(house.cards()[0]))
        for number in (1, 2):
            await house.say(DANA, f"/deploy checkout 2.0.{number} production")
            await house.card("is locked by pilothouse" if number > 1 else "Failed", index=number)
        await click(house, SAM, house.cards()[1], "release_lock")
        await house.card("Failed", index=2)
        await click(house, SAM, house.cards()[2], "release_lock")

        await house.until(lambda: "release_lock" not in house.buttons(house.cards()[2]))
        assert await locks(house) == []


async def test_what_somebody_cancelled_locks_nothing(tmp_path: Path) -> None:
    async with House(tmp_path, policy=LOCK_ON_FAILURE, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout production")
        card = await house.card("Running")
        await house.click(DANA, card, "cancel")
        await house.card("Aborted")
        await house.settled()

        assert await locks(house) == []


async def test_where_the_policy_does_not_say_so_nothing_is_locked(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=FAILS) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Failed")
        await house.settled()

        assert await locks(house) == []


# --- versions that are marked as bad ---------------------------------------------------------------------------


async def test_a_version_that_is_marked_as_bad_is_deployed_by_nobody_until_somebody_says_good(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/deploy bad checkout 1.4.2")
        assert "/deploy bad checkout 1.4.2 because …" in await house.whispered(SAM, "Why is it bad?")
        await house.say(SAM, "/deploy bad checkout 1.4.2 because it loses orders")
        await house.whispered(SAM, "is marked as bad")
        await house.say(DANA, "/deploy checkout 1.4.2 staging")
        words = await house.whispered(DANA, "checkout 1.4.2 was marked as bad by sam: it loses orders")
        assert "/deploy good checkout 1.4.2" in words
        await house.say(DANA, "/deploy good checkout 1.4.2 because it was the database")
        assert "it was the database" in (await told(house, SAM, "is not bad after all"))["text"]
        await house.say(DANA, "/deploy checkout 1.4.2 staging")

        await house.card("Succeeded")


async def test_what_waits_is_refused_when_its_version_is_marked_as_bad(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging because we test")
        await locked(house)
        await house.say(DANA, "/deploy checkout 1.4.2 staging")
        await house.card("is locked by sam")
        await house.say(SAM, "/deploy bad checkout 1.4.2 because it loses orders")

        await house.card("Refused")
        assert (await house.deployment()).reason is Reason.VERSION_BAD


async def test_who_may_not_lock_a_service_marks_none_of_its_versions(tmp_path: Path) -> None:
    async with House(tmp_path, policy=LOCKERS) as house:
        await house.say(DANA, "/deploy bad checkout 1.4.2 because I think so")
        await house.whispered(DANA, "You may not lock checkout")
        await house.say(SAM, "/deploy bad checkout 1.4.2 because I know")
        await house.whispered(SAM, "is marked as bad")
        await house.say(DANA, "/deploy good checkout 1.4.2")

        await house.until(lambda: sum("You may not lock" in one for one in house.whispers(DANA)) == 2)
        assert await house.audit("version_marked_good") == []
