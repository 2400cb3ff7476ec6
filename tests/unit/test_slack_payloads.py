"""Slack's bodies read into values, and values into commands: all of it pure."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogs import DIALOGS
from bot.dialogs.kind import Answered, Opening, WrongAnswers
from bot.errors import BadRequest
from bot.events import (
    ACTIONS,
    AnswerInput,
    Approve,
    Asked,
    BreakGlass,
    Cancel,
    CancelLive,
    Deploy,
    Misunderstood,
    Redeploy,
    Reject,
    ShowHelp,
    ShowStatus,
    overview_value,
    read_overview_value,
)
from bot.pages import Answers, Carried
from bot.people import Person, Place
from bot.reasons import Reason
from bot.sandbox.slack.blocks import validate_view
from bot.slack.fields import answers_in
from bot.slack.listeners import LINKS
from bot.slack.modals import carried_by, modal
from bot.slack.payloads import (
    Said,
    block_action,
    is_said_by_a_person,
    message_event,
    person,
    read_payload,
    slash_command,
)
from bot.slack.understanding import decided, said_to_the_bot, understood
from bot.slack.view_payloads import typed, viewed
from tests.slack_peer import settings

FORM = "application/x-www-form-urlencoded"
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
COMMAND = {
    "team_id": "T1",
    "channel_id": "C1",
    "channel_name": "checkout",
    "user_id": "U1",
    "user_name": "dana",
    "command": "/deploy",
    "text": "staging",
    "response_url": "https://hooks.slack.com/x",
    "trigger_id": "1.2.abc",
}
CLICK = {
    "type": "block_actions",
    "user": {"id": "U1", "username": "dana", "team_id": "T1"},
    "team": {"id": "T1"},
    "channel": {"id": "C1", "name": "checkout"},
    "container": {"type": "message", "message_ts": "1700000000.000001", "channel_id": "C1"},
    "trigger_id": "1.2.abc",
    "response_url": "https://hooks.slack.com/y",
    "actions": [{"action_id": "approve", "block_id": "b", "value": "d1:r1", "action_ts": "1700000001.5"}],
}
EVENT = {
    "type": "event_callback",
    "team_id": "T1",
    "event_id": "Ev1",
    "event": {
        "type": "app_mention",
        "user": "U1",
        "channel": "C1",
        "text": "<@UBOT> help",
        "ts": "1.2",
        "team": "T1",
    },
}


def changed(payload: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(payload))
    *steps, last = path.split(".")
    inner: Any = copy
    for step in steps:
        inner = inner[int(step)] if isinstance(inner, list) else inner[step]
    inner[last] = value
    return copy


def test_a_form_a_payload_and_json_are_read() -> None:
    assert read_payload(urlencode(COMMAND).encode(), FORM) == COMMAND
    assert read_payload(urlencode({"payload": json.dumps(CLICK)}).encode(), FORM) == CLICK
    assert read_payload(json.dumps(EVENT).encode(), "application/json") == EVENT


def test_a_command_whose_text_holds_the_word_payload_is_not_lost() -> None:
    body = {**COMMAND, "text": "payload-service staging"}
    assert read_payload(urlencode(body).encode(), FORM)["text"] == "payload-service staging"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", FORM),
        (b"payload=", FORM),
        (b"payload=[1]", FORM),
        (b"{broken", "application/json"),
        (b"[]", "application/json"),
        (b"\xff\xfe", FORM),
        (b"[" * 100_000, "application/json"),
        (b"a=1&" * 500, FORM),
        (b"null", "application/json"),
        (b"1" * 5000, "application/json"),
    ],
)
def test_a_body_that_slack_never_sends_is_a_bad_request(body: bytes, kind: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        read_payload(body, kind)
    assert refusal.value.status == 400


@given(st.binary(max_size=300), st.sampled_from([FORM, "application/json", ""]))
def test_any_bytes_are_a_mapping_or_a_bad_request(body: bytes, kind: str) -> None:
    try:
        read = read_payload(body, kind)
    except BadRequest:
        return
    assert isinstance(read, dict)


@given(st.dictionaries(st.sampled_from([*COMMAND, *CLICK, *EVENT, "view"]), JSON))
def test_any_shape_is_a_value_or_a_bad_request(body: dict[str, Any]) -> None:
    for read in (slash_command, message_event, block_action, person, viewed, typed):
        try:
            read(body)
        except BadRequest:
            continue


def test_a_slash_command_says_who_and_where_and_how_to_answer() -> None:
    said = slash_command(COMMAND)

    assert said.key.startswith("slash:1.2.abc:")
    assert said.by == Person(id="U1", name="dana", team="T1")
    assert said.place == Place(channel="C1", team="T1", response_url="https://hooks.slack.com/x")
    assert said.channel_name == "checkout"


def test_a_command_is_one_row_however_often_it_is_delivered_and_other_words_are_another() -> None:
    first = slash_command(COMMAND).key

    assert slash_command(dict(COMMAND)).key == first
    assert slash_command({**COMMAND, "text": "status"}).key != first
    assert slash_command({**COMMAND, "user_id": "U2"}).key != first


def test_without_a_trigger_every_command_counts_for_itself() -> None:
    body = {name: value for name, value in COMMAND.items() if name != "trigger_id"}

    assert slash_command(body).key != slash_command(body).key


def test_a_message_without_an_id_of_its_own_is_known_by_channel_and_time() -> None:
    body = {name: value for name, value in EVENT.items() if name != "event_id"}

    assert message_event(body).key == message_event(json.loads(json.dumps(body))).key
    assert message_event(changed(body, "event.ts", "1700000009.000009")).key != message_event(body).key


def test_half_a_character_becomes_one_that_can_be_stored() -> None:
    assert slash_command({**COMMAND, "text": "a\ud800"}).text == "a\ufffd"


def test_a_mention_in_a_thread_keeps_the_thread() -> None:
    said = message_event(changed(EVENT, "event.thread_ts", "1699999999.000100"))

    assert said.key == "event:Ev1"
    assert said.place.thread == "1699999999.000100"


def test_a_stranger_in_a_shared_channel_keeps_his_own_team() -> None:
    assert message_event(changed(EVENT, "event.user_team", "T2")).by.team == "T2"


def test_a_click_is_one_row_however_often_it_is_delivered_and_another_click_is_another() -> None:
    first = block_action(CLICK)

    assert first.key == block_action(json.loads(json.dumps(CLICK))).key
    for path, value in [
        ("actions.0.value", "d2:r1"),
        ("actions.0.action_ts", "1700000002.5"),
        ("user.id", "U2"),
        ("actions.0.action_id", "cancel"),
    ]:
        other = changed(CLICK, path, value)
        assert block_action(other).key != first.key


def test_a_click_on_a_card_is_answered_in_the_channel_and_one_on_a_reply_in_the_thread() -> None:
    card = changed(CLICK, "container.thread_ts", "1700000000.000001")
    reply = changed(CLICK, "container.thread_ts", "1690000000.000001")

    assert block_action(card).place.thread == ""
    assert block_action(reply).place.thread == "1690000000.000001"


@pytest.mark.parametrize(
    "event",
    [
        {"user": "U1", "subtype": "message_changed"},
        {"user": "U1", "subtype": "channel_join"},
        {"user": "U1", "bot_id": "B1"},
        {"user": "UBOT"},
        {"user": "USLACKBOT"},
        {"user": "U1", "edited": {"ts": "1"}},
        {},
    ],
)
def test_bots_edits_joins_and_our_own_words_are_not_said_by_a_person(event: dict[str, Any]) -> None:
    assert not is_said_by_a_person(event, "UBOT")
    assert is_said_by_a_person({"user": "U1"}, "UBOT")


# --- what is meant -------------------------------------------------------------------------------------------


def said(text: str, channel_name: str = "checkout") -> Said:
    return Said(
        key="k",
        by=Person(id="U1", name="dana"),
        place=Place(channel="C1"),
        text=text,
        channel_name=channel_name,
    )


def test_words_become_typed_commands() -> None:
    s = settings()

    deploy = understood(said("payments 1.2 to staging"), s)
    assert isinstance(deploy, Deploy)
    assert (deploy.service, deploy.environment, deploy.version_wanted) == ("payments", "staging", "1.2")
    assert deploy.text == "payments 1.2 to staging"
    assert isinstance(understood(said("status"), s), ShowStatus)
    assert isinstance(understood(said("cancel #3"), s), CancelLive)
    assert isinstance(understood(said(""), s), ShowHelp)


def test_the_channel_names_the_service_when_the_words_do_not() -> None:
    here = understood(said("1.2 staging"), settings())

    assert isinstance(here, Deploy)
    assert here.service == "checkout"


def test_words_the_grammar_refuses_become_misunderstood_with_the_way_out() -> None:
    unknown = understood(said("deploy chekout staging", channel_name=""), settings())

    assert isinstance(unknown, Misunderstood)
    assert unknown.reason in set(Reason)
    assert unknown.sentence


@given(st.text(max_size=80))
def test_any_words_become_a_command(text: str) -> None:
    assert understood(said(text), settings()).by.id == "U1"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("<@UBOT> deploy x y", "deploy x y"),
        ("hey <@UBOT|pilothouse> status", "status"),
        ("deploy x y <@UBOT>", "deploy x y"),
        ("<@UBOT>", ""),
        ("no mention", "no mention"),
    ],
)
def test_what_follows_the_mention_is_meant(text: str, meant: str) -> None:
    assert said_to_the_bot(text, "UBOT") == meant


def clicked(action: str, value: str) -> Any:
    return decided(
        block_action({**CLICK, "actions": [{"action_id": action, "value": value, "action_ts": "1.5"}]})
    )


def test_clicks_become_typed_commands() -> None:
    approve = clicked("approve", "d1:r1")
    assert isinstance(approve, Approve)
    assert (approve.deployment, approve.request) == ("d1", "r1")
    assert isinstance(clicked("cancel", "d1"), Cancel)
    assert isinstance(clicked("redeploy", "d1"), Redeploy)
    answer = clicked("input_abort", "d1:Deploy to: prod")
    assert isinstance(answer, AnswerInput)
    assert (answer.deployment, answer.input, answer.proceed) == ("d1", "Deploy to: prod", False)
    assert clicked("input_proceed", "d1:x").proceed


@pytest.mark.parametrize("value", ["", ":r1", "../x", "d" * 65, "<!channel>"])
def test_a_value_that_names_no_deployment_is_nonsense(value: str) -> None:
    with pytest.raises(BadRequest):
        clicked("approve", value)


def test_every_action_of_the_closed_list_is_understood() -> None:
    for action in ACTIONS - DIALOGS.keys() - LINKS - {"status"}:
        assert isinstance(clicked(action, "d1:x"), Asked), action


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        ("", {}),
        (
            "s=checkout&e=staging&m=1&l=p%26y&p=3",
            {"service": "checkout", "mine": True, "like": "p&y", "at_page": 3},
        ),
        ("p=-1&x=y", {"at_page": 0}),
        ("p=99999999999", {"at_page": 10_000}),
        ("p=%C2%B2&&&", {"at_page": 0}),
    ],
)
def test_a_button_of_the_overview_says_which_part_to_show(value: str, fields: dict[str, Any]) -> None:
    shown = clicked("status", value)
    assert isinstance(shown, ShowStatus)
    assert shown.replaces
    assert {name: getattr(shown, name) for name in fields} == fields


def test_a_button_of_the_overview_that_says_too_much_is_nonsense() -> None:
    with pytest.raises(BadRequest):
        clicked("status", "a=1&" * 50)


@given(st.text(max_size=60), st.integers(0, 9_999), st.booleans())
def test_what_a_button_of_the_overview_carries_comes_back(like: str, page: int, mine: bool) -> None:
    given = {"service": "checkout", "environment": "", "mine": mine, "like": like.strip(), "at_page": page}
    assert read_overview_value(overview_value(**given)) == given


# --- dialogs -------------------------------------------------------------------------------------------------

CARRIED = Carried(
    about="d1", detail="r1", place=Place(channel="C1", response_url="https://x.example/" + "a" * 50)
)
DANA = Person(id="U1", name="dana")
SETTINGS = settings()


def drawn(kind: str, carried: Carried = CARRIED) -> dict[str, Any]:
    return modal(DIALOGS[kind].first(Opening(by=DANA, carried=carried), SETTINGS))


@pytest.mark.parametrize("kind", sorted(DIALOGS))
def test_slack_takes_the_dialogs_and_they_carry_ids_and_the_place_only(kind: str) -> None:
    view = drawn(kind)

    assert validate_view(view) == []
    assert carried_by(view) == CARRIED
    assert set(json.loads(view["private_metadata"])) == {"about", "detail", "place"}


def test_every_dialog_has_a_button_of_the_closed_list() -> None:
    assert set(DIALOGS) <= ACTIONS
    assert all(kind.name == name for name, kind in DIALOGS.items())


def test_a_dialog_that_would_carry_too_much_leaves_the_response_url_out() -> None:
    long = Carried(about="d1", place=Place(channel="C1", response_url="https://x.example/" + "a" * 5000))
    view = drawn("reject", long)

    assert len(view["private_metadata"]) <= 3000
    assert carried_by(view).place == Place(channel="C1")
    with pytest.raises(BadRequest):
        drawn("reject", Carried(about="d" * 4000, place=Place(channel="C1")))


@pytest.mark.parametrize("carried", ["", "{}", "nonsense", None, 5, '{"about": 1, "place": {}}'])
def test_a_dialog_that_carries_anything_else_is_nonsense(carried: Any) -> None:
    with pytest.raises(BadRequest):
        carried_by({"private_metadata": carried})


def test_an_answered_dialog_is_a_command_with_its_reason() -> None:
    def read(kind: str, why: str) -> Asked:
        answered = Answered(by=DANA, carried=CARRIED, answers=Answers(values={"why": why}), at=0.0)
        return DIALOGS[kind].read(answered, SETTINGS)

    reject, glass = read("reject", "too late"), read("break_glass", "outage")

    assert isinstance(reject, Reject)
    assert (reject.deployment, reject.request, reject.why, reject.place) == (
        "d1",
        "r1",
        "too late",
        CARRIED.place,
    )
    assert isinstance(glass, BreakGlass)
    assert glass.why == "outage"
    with pytest.raises(WrongAnswers):
        read("reject", " ")
    assert isinstance(long := read("reject", "  because " + "x" * 2000), Reject)
    assert len(long.why) <= 1000


@given(JSON)
def test_what_stands_in_the_fields_is_text_whatever_comes_back(state: Any) -> None:
    assert answers_in({"state": state}).values == {}
    assert all(isinstance(one, str) for one in answers_in({"state": {"values": state}}).values.values())
    values = {"why": {"why": {"value": "  because\x00 " + "x" * 9000}}}
    assert answers_in({"state": {"values": values}})["why"].startswith("  because xxx")
    assert len(answers_in({"state": {"values": values}})["why"]) <= 3000
