"""Who people are: asked once, remembered for a while, and never guessed."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from bot.errors import Refused, Unreachable
from bot.reasons import Reason
from bot.sandbox.slack import Fault, SlackStandIn
from bot.slack.channels import ChannelNames
from bot.slack.client import SlackClient
from bot.slack.people import SlackPeople, home, is_guest
from bot.slack.refusals import SlackRejected
from tests.clock import ShiftableClock
from tests.slack_peer import CHECKOUT, DANA, DEPLOYS, GUS, SAM, STELLA, Peer, slack_peer

OURS, SEASIDE = "T0HARBOUR1", "T0SEASIDE2"
SRE = "S0SRE00001"


def people(peer: Peer, **named: list[str]) -> SlackPeople:
    return SlackPeople(peer.client, peer.shaper, peer.clock, workspaces=[OURS], groups_fresh_for=60, **named)


async def test_a_person_is_as_slack_vouches_for_him() -> None:
    async with slack_peer() as peer:
        dana = await people(peer).person(DANA)

    assert (dana.id, dana.name, dana.team, dana.timezone) == (DANA, "dana", OURS, "Europe/Berlin")
    assert not any((dana.guest, dana.bot, dana.deactivated))


async def test_a_guest_is_one_unless_the_configuration_names_him() -> None:
    async with slack_peer() as peer:
        assert (await people(peer).person(GUS)).guest
        assert not (await people(peer, allow_guests=[GUS]).person(GUS)).guest


async def test_somebody_of_another_organisation_is_refused_with_the_way_out() -> None:
    async with slack_peer() as peer:
        with pytest.raises(Refused) as refusal:
            await people(peer).person(STELLA)

    assert refusal.value.reason is Reason.STRANGER
    assert STELLA in refusal.value.way_out
    assert SEASIDE in refusal.value.way_out


@pytest.mark.parametrize("named", [STELLA, SEASIDE])
async def test_a_stranger_is_admitted_by_name_or_by_workspace(named: str) -> None:
    async with slack_peer() as peer:
        assert (await people(peer, allow_strangers=[named]).person(STELLA)).team == SEASIDE


async def test_an_id_that_slack_does_not_know_is_a_stranger() -> None:
    async with slack_peer() as peer:
        with pytest.raises(Refused, match="Slack knows nobody with the id U0NOBODY99"):
            await people(peer).person("U0NOBODY99")


async def test_the_deactivated_and_the_bots_are_told_apart() -> None:
    async with slack_peer() as peer:
        peer.slack.world.person(SAM).deleted = True
        assert (await people(peer).person(SAM)).deactivated
        assert (await people(peer).person(peer.me.user)).bot


async def test_many_who_ask_at_once_make_one_call_and_the_answer_is_remembered() -> None:
    clock = ShiftableClock()
    async with slack_peer(SlackStandIn(clock=clock.now), clock=clock) as peer:
        known = people(peer)
        await asyncio.gather(*(known.person(DANA) for _ in range(50)))
        clock.advance(299)
        await known.person(DANA)
        assert peer.methods() == ["users.info"]
        clock.advance(2)
        await known.person(DANA)
        assert peer.methods() == ["users.info", "users.info"]


async def test_who_gives_up_asking_does_not_stop_it_for_the_others() -> None:
    async with slack_peer() as peer:
        known = people(peer)
        impatient, patient = (asyncio.create_task(known.person(DANA)) for _ in range(2))
        await asyncio.sleep(0)
        impatient.cancel()
        assert (await patient).id == DANA
        with pytest.raises(asyncio.CancelledError):
            await impatient


async def test_a_group_is_remembered_for_as_long_as_configured() -> None:
    clock = ShiftableClock()
    async with slack_peer(SlackStandIn(clock=clock.now), clock=clock) as peer:
        known = people(peer)
        assert DANA not in await known.members(SRE)
        peer.slack.world.group("sre").users.append(DANA)
        clock.advance(59)
        assert DANA not in await known.members(SRE)
        clock.advance(2)
        assert DANA in await known.members(SRE)
        assert peer.methods() == ["usergroups.users.list"] * 2


async def test_a_stale_answer_bridges_an_outage_for_a_bounded_time_only() -> None:
    clock = ShiftableClock()
    async with slack_peer(SlackStandIn(clock=clock.now), clock=clock) as peer:
        known = people(peer)
        members = await known.members(SRE)
        peer.slack.set_faults(Fault(mode="fail"))
        clock.advance(25 * 60)
        assert await known.members(SRE) == members
        clock.advance(6 * 60)
        with pytest.raises(Unreachable):
            await known.members(SRE)


async def test_where_somebody_decides_nothing_older_than_he_allows_is_believed() -> None:
    clock = ShiftableClock()
    async with slack_peer(SlackStandIn(clock=clock.now), clock=clock) as peer:
        known = people(peer)
        await known.members(SRE)
        await known.person(SAM)
        peer.slack.world.person(SAM).deleted = True
        clock.advance(121)
        assert not (await known.person(SAM)).deactivated
        assert (await known.person(SAM, at_most=120)).deactivated
        peer.slack.set_faults(Fault(mode="rate_limit", retry_after=1))
        assert SAM in await known.members(SRE)
        with pytest.raises(Unreachable):
            await known.members(SRE, at_most=120)


async def test_a_person_with_two_ids_is_one_person() -> None:
    async def the_same(request: web.Request) -> web.Response:
        assert (await request.post())["user"] in {"U0SAMTWO", "W0SAMONE"}
        said = {"id": "W0SAMONE", "team_id": OURS, "name": "sam", "is_restricted": True}
        return web.json_response({"ok": True, "user": said})

    server = web.Application()
    server.router.add_post("/api/users.info", the_same)
    runner = web.AppRunner(server)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with slack_peer() as peer:
            url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
            client = SlackClient(peer.session, token="xoxb-1", api_url=url)
            known = SlackPeople(client, peer.shaper, peer.clock, workspaces=[OURS], allow_guests=["U0SAMTWO"])
            both = [await known.person(one) for one in ("U0SAMTWO", "W0SAMONE")]
    finally:
        await runner.cleanup()
    assert [one.id for one in both] == ["W0SAMONE", "W0SAMONE"]
    assert not both[0].guest


async def test_what_was_never_known_is_not_guessed_in_an_outage() -> None:
    async with slack_peer() as peer:
        peer.slack.set_faults(Fault(mode="fail"))
        with pytest.raises(Unreachable):
            await people(peer).person(DANA)


async def test_a_refusal_is_not_bridged_by_what_was_known_before() -> None:
    clock = ShiftableClock()
    async with slack_peer(SlackStandIn(clock=clock.now), clock=clock) as peer:
        known = people(peer)
        await known.members(SRE)
        clock.advance(61)
        peer.slack.set_faults(Fault(mode="error", error="invalid_auth"))
        with pytest.raises(SlackRejected):
            await known.members(SRE)


async def test_a_group_that_does_not_exist_needs_a_human() -> None:
    async with slack_peer() as peer:
        with pytest.raises(SlackRejected, match="no user group with that id"):
            await people(peer).members("S0NOTHING9")


async def test_closing_stops_what_is_being_asked() -> None:
    async with slack_peer() as peer:
        known = people(peer)
        peer.slack.set_faults(Fault(mode="hang"))
        asking = asyncio.create_task(known.person(DANA))
        await peer.slack.until(lambda: "users.info" in peer.methods())
        await known.close()
        with pytest.raises(asyncio.CancelledError):
            await asking


def test_on_an_enterprise_grid_any_served_workspace_makes_one_of_us() -> None:
    said = {"team_id": "E0GRID", "enterprise_user": {"teams": ["T0OTHER", OURS]}}

    assert home(said, [OURS]) == OURS
    assert home(said, ["T0NOT"]) == "E0GRID"


def test_slacks_word_stranger_weighs_more_than_a_team_id() -> None:
    assert home({"team_id": OURS, "is_stranger": True}, [OURS]) == "unknown"


@pytest.mark.parametrize("mark", ["is_restricted", "is_ultra_restricted"])
def test_both_kinds_of_guests_are_guests(mark: str) -> None:
    assert is_guest({mark: True})


async def test_a_channels_name_is_asked_once_and_an_outage_leaves_it_empty() -> None:
    clock = ShiftableClock()
    async with slack_peer(SlackStandIn(clock=clock.now), clock=clock) as peer:
        names = ChannelNames(peer.client, peer.shaper, clock)
        assert [await names.name(CHECKOUT) for _ in range(3)] == ["checkout"] * 3
        assert await names.name("D0DANA0001") == ""
        assert peer.methods() == ["conversations.info"]
        peer.slack.set_faults(Fault(mode="fail"))
        assert await names.name(DEPLOYS) == ""
        await names.close()
