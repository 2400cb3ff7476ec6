"""The real server on Slack's wire, as real Slack, its proxies and its imitations speak; sent by sockets alone."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.house import CHECKOUT, DANA, DEPLOYMENTS, GUS, SAM, STELLA, House
from tests.waiting import until
from tests.wire import FORM, JSON, Wire

# What came from Slack has no cause of ours.
FROM_SLACK = (
    "SELECT type FROM messages WHERE substr(id, 1, 6) IN ('slash:', 'event:', 'click:') AND id = chain"
)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    # Several senders below are nobody's in this workspace, and speak where the bot is not: it cannot reach them.
    unreachable = ("channel_not_found", "thread_not_found", "user_not_found", "user_not_in_channel")
    async with House(tmp_path, refused_codes=unreachable, parked_kinds=["Tell"]) as house:
        yield house


@pytest.fixture
def wire(house: House) -> Wire:
    assert house.app is not None
    return Wire(house.app.url, house.slack.world.app.signing_secret)


async def journalled(house: House) -> list[str]:
    """The types of what people said, as it was written down."""
    assert house.app is not None
    return [row[0] for row in await house.app.reader.rows(FROM_SLACK)]


# --- the transport -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"kind": f"{FORM}; charset=utf-8"},
        {"kind": f"{FORM};charset=UTF-8"},
        {"chunks": 7},
        {"headers": {"Expect": "100-continue"}},
        {"version": "1.0"},
        {"headers": {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}},
        {"headers": {"X-Forwarded-For": "3.4.5.6", "X-Forwarded-Proto": "https", "Via": "1.1 proxy"}},
        {"late": 298},
        {"late": -298},
    ],
    ids=json.dumps,
)
async def test_a_command_is_taken_however_it_travels(house: House, wire: Wire, how: dict[str, Any]) -> None:
    assert await wire.send(wire.command("status"), **how) == (200, "")
    assert await journalled(house) == ["ShowStatus"]


@pytest.mark.parametrize("name", ["Content-Length", "Transfer-Encoding"])
async def test_whoever_hangs_up_in_the_middle_is_no_fault_of_the_log(
    house: House, wire: Wire, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert house.app is not None
    where = house.app.url.removeprefix("http://").split(":")
    length = "30" if name == "Content-Length" else "chunked"
    reader, writer = await asyncio.open_connection(where[0], int(where[1]))
    head = f"POST /slack/events HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n{name}: {length}\r\n\r\n"
    writer.write(head.encode())
    assert (await reader.readline()).startswith(b"HTTP/1.1 100")  # so somebody reads the body by now
    writer.write(b"3")
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    assert (await wire.send(wire.command("status")))[0] == 200
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_a_body_is_verified_as_the_wire_carried_it_and_never_unpacked(
    house: House, wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    squeezed = {"Content-Encoding": "gzip"}
    bomb = gzip.compress(b"a" * 50_000_000)

    assert (await wire.send(bomb, headers=squeezed))[0] == 400
    assert (await wire.send(bomb, headers=squeezed, signed=False))[0] == 401
    assert (await wire.send(b"no gzip at all", headers=squeezed, signed=False))[0] == 401
    assert await journalled(house) == []
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_header_names_are_of_any_case(house: House, wire: Wire) -> None:
    body = wire.command("status")
    stamp = str(int(time.time()))
    lower = {"x-slack-request-timestamp": stamp, "x-slack-signature": wire.signature(body, stamp)}

    assert (await wire.send(body, signed=False, headers=lower))[0] == 200
    assert await journalled(house) == ["ShowStatus"]


@pytest.mark.parametrize("late", [302, -303, 86_400])
async def test_what_was_signed_too_long_ago_or_ahead_is_refused(house: House, wire: Wire, late: int) -> None:
    status, said = await wire.send(wire.command("status"), late=late)

    assert status == 401
    assert "clock" in said
    assert await journalled(house) == []


async def test_unsigned_commands_are_refused_and_forgotten(house: House, wire: Wire) -> None:
    assert (await wire.send(wire.command("status"), signed=False))[0] == 401
    assert (await wire.send(wire.command("status", ssl_check="1"), signed=False))[0] == 401
    assert await journalled(house) == []


@pytest.mark.parametrize(
    "body", [b"ssl_check=1", b"token=gIkuvaNz&ssl_check=1", b"ssl_check=1&token=gIkuvaNz"]
)
@pytest.mark.parametrize("signed", [True, False])
async def test_a_look_at_the_certificate_is_answered_without_a_signature_and_does_nothing(
    house: House, wire: Wire, body: bytes, signed: bool
) -> None:
    assert (await wire.send(body, signed=signed))[0] == 200
    assert await journalled(house) == []


async def test_a_look_at_the_certificate_may_be_a_get(house: House, wire: Wire) -> None:
    assert (await wire.send(b"", method="GET", path="/slack/events?ssl_check=1", signed=False))[0] == 200
    assert (await wire.send(b"", method="HEAD", path="/slack/events?ssl_check=1", signed=False))[0] == 200
    status, said = await wire.send(b"", method="GET", signed=False)
    assert status == 405
    assert "it takes POST" in said


@pytest.mark.parametrize("path", ["//slack/events", "/slack//events", "/slack/events/", "/slack"])
async def test_a_mistyped_address_is_answered_in_words(wire: Wire, path: str) -> None:
    status, said = await wire.send(wire.command("status"), path=path)

    assert status == 404
    assert path in json.loads(said)["error"]


async def test_the_address_is_verified_by_giving_the_challenge_back(wire: Wire) -> None:
    body = json.dumps(
        {"token": "x", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY", "type": "url_verification"}
    ).encode()
    status, said = await wire.send(body, kind=JSON)

    assert status == 200
    assert json.loads(said)["challenge"] == "3eZbrw1aBm2rZgRNFdxV2595E9CY"
    assert (await wire.send(body, kind=JSON, signed=False))[0] == 401


# --- commands ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        {"response_url": None, "channel_name": None, "user_name": None, "team_domain": None},
        {"trigger_id": None},
        {"enterprise_id": "", "enterprise_name": "", "is_enterprise_install": "true"},
        {"enterprise_id": "E0SEA", "enterprise_name": "Sea & Co", "is_enterprise_install": "true"},
        {"command": "/pilothouse", "text": None},
        {"of_tomorrow": "✨", "nested[a]": "1"},
        {"channel_id": "D0DANA0001", "channel_name": "directmessage"},
        {"channel_id": "G0PRIVATE1", "channel_name": "privategroup"},
        {"channel_id": "C01234567890ABCDEFGHIJ"},
        {"user_id": "W0GRID00001"},
        {"user_id": "U000000001"},
        {"command": "/deploy", "text": "STATUS"},
        {"text": "  status  "},
    ],
    ids=json.dumps,
)
async def test_a_command_is_taken_with_fields_missing_added_and_of_other_shapes(
    house: House, wire: Wire, other: dict[str, str | None]
) -> None:
    assert (await wire.send(wire.command("status", **other)))[0] == 200
    assert len(await journalled(house)) == 1


async def test_a_command_runs_to_its_end_with_nothing_but_what_slack_always_sends(
    house: House, wire: Wire
) -> None:
    bare = dict.fromkeys(
        ["response_url", "channel_name", "user_name", "team_domain", "is_enterprise_install"]
    )
    await wire.send(wire.command("checkout staging", **bare))

    await house.card("Succeeded")
    assert len(house.runs()) == 1


async def test_two_commands_that_carry_one_trigger_are_two_and_a_redelivery_is_none(
    house: House, wire: Wire
) -> None:
    first, second = wire.command("status", trigger_id="1.2.a"), wire.command("help", trigger_id="1.2.a")
    for body in (first, second, first):
        assert (await wire.send(body))[0] == 200

    assert sorted(await journalled(house)) == ["ShowHelp", "ShowStatus"]


async def test_percent_plus_and_unicode_reach_the_journal_as_they_were_typed(
    house: House, wire: Wire
) -> None:
    text = "checkout production break-glass because 50 % + ünïcode 🚢 & <b>;=%2B"
    await wire.send(wire.command(text))
    assert house.app is not None
    ((body,),) = await house.app.reader.rows(
        "SELECT body FROM messages WHERE id LIKE 'slash:%' AND id = chain"
    )

    assert json.loads(body)["text"] == text


async def test_a_very_long_text_is_answered_and_the_server_goes_on(house: House, wire: Wire) -> None:
    assert (await wire.send(wire.command("deploy " + "x" * 60_000)))[0] == 200
    assert (await wire.send(wire.command("status")))[0] == 200
    assert await journalled(house) == ["Misunderstood", "ShowStatus"]


async def test_an_answer_that_cannot_go_to_its_response_url_is_said_in_the_channel(
    house: House, wire: Wire
) -> None:
    await wire.send(wire.command("help", response_url="http://127.0.0.1:9/commands/1234/5678"))

    assert await house.whispered(DANA, "deploy")


# --- events --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "inner",
    [
        {"blocks": [{"type": "rich_text", "block_id": "x", "elements": []}]},
        {"thread_ts": "1700000000.000100"},
        {"client_msg_id": "c0ffee", "source_team": "T0HARBOUR1", "user_team": "T0HARBOUR1"},
        {"team": ...},
        {"text": ...},
        {"text": "<@U0PILOT007|pilothouse> status"},
        {"channel": "G0PRIVATE1", "channel_type": "group"},
        {"type": "message", "channel_type": "im", "channel": "D0DANA0001", "text": "status"},
        {"type": "message", "channel_type": "im", "channel": "D0DANA0001", "text": "<@U0PILOT007> status"},
        {"type": "message", "channel": "D0DANA0001", "text": "status"},
        {
            "type": "message",
            "channel_type": "im",
            "channel": "D0DANA0001",
            "subtype": "file_share",
            "text": "status",
        },
    ],
    ids=lambda inner: json.dumps(inner, default=str),
)
async def test_words_to_the_bot_are_taken(house: House, wire: Wire, inner: dict[str, Any]) -> None:
    assert await wire.send(wire.event(inner), kind=JSON) == (200, "")
    (kind,) = await journalled(house)
    assert kind == ("ShowHelp" if inner.get("text") is ... else "ShowStatus")


@pytest.mark.parametrize(
    "inner",
    [
        {
            "type": "message",
            "subtype": "message_changed",
            "message": {"text": "<@U0PILOT007> status"},
            "user": ...,
        },
        {
            "type": "message",
            "channel_type": "im",
            "channel": "D0DANA0001",
            "subtype": "message_changed",
            "hidden": True,
        },
        {"type": "message", "subtype": "bot_message", "bot_id": "B0OTHER", "user": ...},
        {"type": "message", "channel_type": "im", "channel": "D0DANA0001", "bot_id": "B0OTHER"},
        {"type": "message", "channel_type": "channel", "subtype": "thread_broadcast"},
        {"type": "message", "channel_type": "mpim", "channel": "G0MANY0001", "text": "status"},
        {"bot_id": "B0OTHER", "bot_profile": {"id": "B0OTHER"}},
        {"edited": {"user": "U0DANA0001", "ts": "1.2"}},
        {"user": "U0PILOT007"},
        {"user": "USLACKBOT"},
        {"type": "tomorrows_event", "user": ..., "channel": ...},
        {"type": "app_home_opened", "tab": "messages"},
        {"type": "app_uninstalled", "user": ...},
        {"type": "tokens_revoked", "tokens": {"oauth": ["U1"], "bot": ["U2"]}, "user": ...},
    ],
    ids=lambda inner: json.dumps(inner, default=str),
)
async def test_what_is_none_of_its_business_is_thanked_for_and_forgotten(
    house: House, wire: Wire, inner: dict[str, Any]
) -> None:
    assert (await wire.send(wire.event(inner), kind=JSON))[0] == 200
    assert await journalled(house) == []


async def test_an_event_delivered_four_times_is_one(house: House, wire: Wire) -> None:
    body = wire.event({})
    for number in range(4):
        retry = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": "timeout"} if number else {}
        assert (await wire.send(body, kind=JSON, headers=retry))[0] == 200

    assert await journalled(house) == ["ShowStatus"]


async def test_an_event_without_an_id_is_known_by_its_message(house: House, wire: Wire) -> None:
    body = wire.event({}, event_id=...)
    for _ in range(2):
        assert (await wire.send(body, kind=JSON))[0] == 200

    assert await journalled(house) == ["ShowStatus"]


async def test_rate_limiting_by_slack_is_taken_note_of(house: House, wire: Wire) -> None:
    body = {
        "token": "x",
        "type": "app_rate_limited",
        "team_id": "T0HARBOUR1",
        "minute_rate_limited": 1518467820,
    }
    assert (await wire.send(json.dumps(body).encode(), kind=JSON))[0] == 200
    assert await journalled(house) == []


# --- clicks and dialogs --------------------------------------------------------------------------------------


async def asked(house: House) -> tuple[dict[str, Any], str]:
    """A card that waits for approval, and what its buttons say."""
    await house.say(DANA, "/deploy checkout production")
    card = await house.card("Waiting for approval")
    return card, house.button(card, "approve")[1]["value"]


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"container": ...},
        {"message": ...},
        {"response_url": "https://hooks.slack.example/actions/T0/1/2", "state": ...},
        {"team": None, "enterprise": {"id": "E0SEA", "name": "Sea"}, "is_enterprise_install": True},
        {"user": {"id": "U0SAM00002", "name": "sam"}},
        {"channel": {"id": DEPLOYMENTS, "name": "privategroup"}, "trigger_id": ...},
        {"of_tomorrow": {"deep": [1, None]}},
    ],
    ids=lambda other: json.dumps(other, default=str),
)
async def test_a_click_counts_with_fields_missing_added_and_of_other_shapes(
    house: House, wire: Wire, other: dict[str, Any]
) -> None:
    card, value = await asked(house)

    assert await wire.send(wire.click(card, "approve", value, **other)) == (200, "")
    assert await until(
        lambda: "Sam" in json.dumps(house.cards()[-1]["blocks"]) or SAM in json.dumps(house.cards()[-1])
    )


async def test_a_click_counts_once_however_often_it_is_delivered(house: House, wire: Wire) -> None:
    card, value = await asked(house)
    body = wire.click(card, "approve", value)
    for _ in range(3):
        assert (await wire.send(body))[0] == 200

    assert (await journalled(house)).count("Approve") == 1


@pytest.mark.parametrize(
    "payload",
    [
        {
            "type": "interactive_message",
            "callback_id": "x",
            "actions": [{"name": "a", "type": "button", "value": "b"}],
        },
        {"type": "message_action", "callback_id": "x", "message": {"text": "hello", "ts": "1.2"}},
        {"type": "shortcut", "callback_id": "x"},
        {"type": "workflow_step_edit", "callback_id": "x", "workflow_step": {}},
        {"type": "workflow_step_execute", "callback_id": "x"},
        {"type": "dialog_submission", "callback_id": "x", "submission": {}},
        {"type": "block_suggestion", "action_id": "x", "block_id": "y", "value": "z"},
        {"type": "view_closed", "view": {"id": "V1", "callback_id": "reject"}, "is_cleared": False},
        {"type": "tomorrows_interaction"},
    ],
    ids=lambda payload: payload["type"],
)
async def test_interactions_of_other_kinds_are_answered_and_do_nothing(
    house: House, wire: Wire, payload: dict[str, Any]
) -> None:
    around = {
        "user": {"id": DANA},
        "team": {"id": "T0HARBOUR1"},
        "channel": {"id": DEPLOYMENTS},
        "trigger_id": "1.2.a",
    }
    status, _ = await wire.send(wire.interaction(**around, **payload))

    assert status == 200
    assert await journalled(house) == []


async def test_a_dialog_of_an_org_wide_installation_has_no_team_and_counts(house: House, wire: Wire) -> None:
    card, _ = await asked(house)
    await house.click(SAM, card, "reject")
    view = (await house.until(lambda: house.slack.views(SAM)))[-1]
    values = {"why": {"why": {"type": "plain_text_input", "value": "not on a Friday"}}}
    body = wire.interaction(
        type="view_submission",
        team=None,
        enterprise={"id": "E0SEA", "name": "Sea"},
        is_enterprise_install=True,
        user={"id": SAM, "name": "sam", "team_id": "T0HARBOUR1"},
        view={**view, "state": {"values": values}},
        response_urls=[],
    )

    assert (await wire.send(body))[0] == 200
    assert "not on a Friday" in json.dumps(await house.card("Rejected"))


# --- who is let in: nothing of this may be had by a payload's word ----------------------------------------------


@pytest.mark.parametrize("user", [GUS, STELLA, "U0NOBODY99", "U0PILOT007"])
async def test_guests_strangers_nobodies_and_apps_are_refused_whatever_the_payload_says_of_them(
    house: House, wire: Wire, user: str
) -> None:
    await wire.send(wire.command("checkout staging", user_id=user, channel_id=CHECKOUT, user_name="dana"))

    await until(lambda: refusals(house), what="nothing was refused")
    assert house.cards(CHECKOUT) == []
    assert house.runs() == []


async def refusals(house: House) -> list[Any]:
    return [row for row in await house.audit() if row["action"] == "refused"]
