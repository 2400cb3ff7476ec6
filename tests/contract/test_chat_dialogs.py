"""Dialogs, menus and pages over a strict Slack: opened in time, drawn anew, answered once, and never an error of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from bot.dialogs import DIALOGS
from bot.dialogs.kind import Answered, DialogKind, Looking, Opening, WrongAnswers
from bot.errors import Refused, Unreachable
from bot.events import Asked, Command, Deploy, ShowStatus
from bot.pages import (
    YES,
    Buttons,
    Carried,
    Choice,
    Dialog,
    ExternalChoice,
    Group,
    Heading,
    OpenDialog,
    Option,
    Page,
    Say,
    Small,
    TextField,
    Toggle,
    Typed,
)
from bot.people import Place
from bot.reasons import Reason
from bot.sandbox.slack import Fault
from bot.slack.dialogs import NOT_KEPT, NOT_OPENED
from bot.slack.refusals import SlackRejected
from bot.words import Button, CardView
from config.models import Settings
from tests.slack_app import App, http_app
from tests.slack_peer import CHECKOUT, DANA, DEPLOYS, SAM, slack_peer
from tests.waiting import until

ENVIRONMENTS = (Option("staging", "staging"), Option("production", "production", "asks 2 of sre"))


def sample(opening: Opening, settings: Settings) -> Dialog:
    service = opening.service_here or next(iter(settings.services))
    return Dialog(
        kind="sample",
        title="A dialog that has everything in it",
        submit="Go",
        carried=opening.carried,
        parts=(
            Heading("Sample"),
            Say((f"for {opening.by.id} ", service)),
            Choice(name="environment", label="Environment", options=ENVIRONMENTS, watched=True, of=service),
            ExternalChoice(name="version", label="Version", of=service, watched=True),
            TextField(name="why", label="Reason", optional=True, most=100),
            Toggle(name="sure", label="Sure?", says="I am", optional=True),
        ),
    )


def read(answered: Answered, _settings: Settings) -> Asked:
    answers = answered.answers
    if answers["why"] == "bad":
        raise WrongAnswers({"why": "Not so.", "nowhere": "Nor so."})
    if answers["why"] == "worse":
        raise Refused(Reason.REASON_REQUIRED, "Never.", way_out="Say `/deploy help`.")
    return Deploy(
        by=answered.by,
        place=answered.carried.place,
        text=answers["sure"],
        service="checkout",
        environment=answers.under("environment", "checkout"),
        version_wanted=answers.under("version", "checkout"),
    )


def look(looking: Looking, _settings: Settings) -> Command:
    said = "opened" if looking.opened else looking.answers.under("environment", "checkout")
    return ShowStatus(by=looking.by, place=looking.carried.place, text=said, service=looking.view.id)


SAMPLE = DialogKind(name="sample", first=sample, read=read, look=look, command="release")
KINDS = {**DIALOGS, "sample": SAMPLE}


def chosen(environment: str, version: str, **more: Any) -> dict[str, Any]:
    option = {"text": {"type": "plain_text", "text": version, "emoji": False}, "value": version}
    return {
        "environment/checkout": {
            "environment": {"type": "static_select", "selected_option": {"value": environment}}
        },
        "version/checkout": {"version": {"type": "external_select", "selected_option": option}},
        **{name: {name: {"type": "plain_text_input", "value": value}} for name, value in more.items()},
    }


async def opened(app: App) -> dict[str, Any]:
    assert (await app.slack.say(DANA, CHECKOUT, "/release"))["ok"]
    (view,) = app.slack.views(DANA)
    return view


# --- opened --------------------------------------------------------------------------------------------------


async def test_a_command_alone_opens_its_dialog_where_the_channel_says_the_service_and_has_it_filled_in() -> (
    None
):
    async with http_app(kinds=KINDS) as app:
        view = await opened(app)
        (event,) = app.inbox.events

    assert view["title"]["text"] == "A dialog that has every…"
    assert [block.get("block_id") for block in view["blocks"]][2:4] == [
        "environment/checkout",
        "version/checkout",
    ]
    assert isinstance(event, ShowStatus)
    assert (event.text, event.service, event.by.id) == ("opened", view["id"], DANA)
    assert event.place.channel == CHECKOUT
    assert event.place.response_url.startswith("http")


async def test_a_command_with_words_opens_nothing() -> None:
    async with http_app(kinds=KINDS) as app:
        await app.slack.say(DANA, CHECKOUT, "/release help")
        assert app.slack.views(DANA) == []
        assert len(app.inbox.events) == 1


async def test_a_button_opens_a_dialog_about_what_it_names() -> None:
    async with http_app(kinds=KINDS) as app:
        button = Button(action="sample", label="Open…", value="d1:r1")
        view = CardView(title="t", emoji="", state=("s",), fallback="f", buttons=(button,))
        posted = await app.peer.chat.post_card(DEPLOYS, "card/d1", view, look_first=False)
        await app.slack.click(SAM, "sample", channel=DEPLOYS, message_ts=posted.ts)
        (shown,) = app.slack.views(SAM)

    assert '"about":"d1","detail":"r1"' in shown["private_metadata"]


@pytest.mark.parametrize("mode", ["hang", "fail"])
async def test_a_command_whose_dialog_does_not_open_says_so(mode: Any) -> None:
    async with http_app(kinds=KINDS) as app:
        app.slack.set_faults(Fault(mode=mode, methods=("views.open",)))
        assert (await app.slack.say(DANA, CHECKOUT, "/release"))["ok"]
        (message,) = [one for one in app.slack.messages(CHECKOUT, viewer=DANA) if one["ephemeral"]]

    assert message["text"].startswith(NOT_OPENED)
    assert "`/deploy help`" in message["text"]
    assert app.inbox.asked == 0


async def test_a_dialog_that_can_not_be_filled_in_says_so_itself() -> None:
    async with http_app(kinds=KINDS) as app:
        app.inbox.broken = True
        view = await opened(app)

    assert NOT_KEPT in str(view["blocks"])
    assert len(view["blocks"]) == 1


# --- changed and sent off ------------------------------------------------------------------------------------


async def test_a_change_of_a_watched_field_is_kept_once_with_what_stands_in_the_others() -> None:
    async with http_app(kinds=KINDS) as app:
        view = await opened(app)
        await app.slack.click(
            DANA,
            "environment",
            block_id="environment/checkout",
            view_id=view["id"],
            selected_option="production",
        )
        await app.slack.redeliver(app.slack.deliveries()[-1]["n"])
        _, event = app.inbox.events

    assert isinstance(event, ShowStatus)
    assert (event.text, event.place.channel) == ("production", CHECKOUT)


async def test_a_change_that_can_not_be_kept_is_answered_with_an_error_that_slack_shows() -> None:
    async with http_app(kinds=KINDS) as app:
        view = await opened(app)
        app.inbox.broken = True
        said = await app.slack.click(DANA, "environment", view_id=view["id"], selected_option="production")

    assert not said["ok"]


async def test_a_dialog_sent_off_is_one_command_and_closes() -> None:
    async with http_app(kinds=KINDS) as app:
        view = await opened(app)
        said = await app.slack.submit_view(DANA, view["id"], chosen("staging", "1.4.2", why="so"))
        event = app.inbox.events[-1]

    assert said["closed"]
    assert isinstance(event, Deploy)
    assert (event.environment, event.version_wanted, event.text) == ("staging", "1.4.2", "")


async def test_a_box_that_is_ticked_says_yes() -> None:
    async with http_app(kinds=KINDS) as app:
        view = await opened(app)
        box = {"text": {"type": "plain_text", "text": "I am", "emoji": False}, "value": YES}
        ticked = {"sure": {"sure": {"type": "checkboxes", "selected_options": [box]}}}
        await app.slack.submit_view(DANA, view["id"], chosen("staging", "1.4.2") | ticked)
        event = app.inbox.events[-1]

    assert isinstance(event, Deploy)
    assert event.text == YES


@pytest.mark.parametrize(
    ("why", "errors"),
    [
        ("bad", {"why": "Not so.", "environment/checkout": "Nor so."}),
        ("worse", {"environment/checkout": "Never. Say /deploy help."}),
    ],
)
async def test_wrong_answers_are_told_at_their_fields_and_the_dialog_stays(
    why: str, errors: Mapping[str, str]
) -> None:
    async with http_app(kinds=KINDS) as app:
        view = await opened(app)
        said = await app.slack.submit_view(DANA, view["id"], chosen("staging", "1.4.2", why=why))

        assert said["errors"] == errors
        assert len(app.inbox.events) == 1
        assert app.slack.refused == []


async def test_an_answer_to_a_dialog_that_is_none_of_ours_changes_nothing() -> None:
    async with http_app(kinds=KINDS) as app:
        view = await opened(app)
        app.inbox.kept.clear()
        unknown = app.slack.workspace.surfaces.find(view_id=view["id"])
        assert unknown is not None
        unknown.given["callback_id"] = "strange"
        await app.slack.click(DANA, "environment", view_id=view["id"], selected_option="staging")
        assert (await app.slack.submit_view(DANA, view["id"], chosen("staging", "1")))["ok"]
        assert app.inbox.events == []


# --- typed into ----------------------------------------------------------------------------------------------


async def typing(app: App, text: str = "") -> dict[str, Any]:
    view = await opened(app)
    return await app.slack.options(DANA, "version", "version/checkout", text, view_id=view["id"])


async def test_a_menu_asks_with_its_field_and_what_it_hangs_on() -> None:
    asked: list[Typed] = []

    async def choices(typed: Typed) -> list[Group]:
        asked.append(typed)
        return [Group(label="Tags", options=(Option("v1", "v1", "yesterday"),))]

    async with http_app(kinds=KINDS, choices=choices) as app:
        offered = await typing(app, "v")

    assert [(one.kind, one.field, one.of, one.text) for one in asked] == [
        ("sample", "version", "checkout", "v")
    ]
    assert [(one["value"], one["description"]["text"]) for one in offered["options"]] == [("v1", "yesterday")]


async def test_a_menu_takes_a_hundred_options_in_groups_each_value_once() -> None:
    async def choices(_typed: Typed) -> list[Group]:
        builds = tuple(Option(f"1.{n}", f"1.{n}" + "x" * 100) for n in range(70))
        tags = tuple(Option(f"1.{n}", "t") for n in range(60, 170))
        return [
            Group(label="Builds", options=builds),
            Group(label="Nothing", options=()),
            Group(label="Tags", options=tags),
        ]

    async with http_app(kinds=KINDS, choices=choices) as app:
        offered = await typing(app)

    groups = offered["option_groups"]
    assert [group["label"]["text"] for group in groups] == ["Builds", "Tags"]
    values = [option["value"] for group in groups for option in group["options"]]
    assert len(values) == len(set(values)) == 100


async def test_a_menu_in_trouble_is_empty_in_time_and_the_log_says_why(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def broken(_typed: Typed) -> list[Group]:
        raise RuntimeError("the cache is cold")

    async def slow(_typed: Typed) -> list[Group]:
        await asyncio.Event().wait()
        return []

    for choices in (broken, slow):
        async with http_app(kinds=KINDS, choices=choices) as app:
            offered = await typing(app)
            assert offered["ok"]
            assert offered["options"] == []

    assert "no options for the field version" in caplog.text
    assert "the cache is cold" in caplog.text


# --- drawn anew ----------------------------------------------------------------------------------------------


def form(text: str, of: str = "checkout") -> Dialog:
    return Dialog(
        kind="sample",
        title="Sample",
        submit="Go",
        carried=Carried(place=Place(channel=DEPLOYS)),
        parts=(TextField(name="why", label="Reason", of=of), Say((text,))),
    )


async def open_dialog(peer: Any) -> OpenDialog:
    trigger = peer.slack.workspace.tickets.trigger(DANA)
    view: OpenDialog = await peer.chat.open_dialog(trigger, form("first"))
    return view


async def test_a_dialog_is_drawn_anew_and_what_was_typed_stays_unless_it_hangs_on_something_else() -> None:
    async with slack_peer() as peer:
        view = await open_dialog(peer)
        shown = peer.slack.workspace.surfaces.find(view_id=view.id)
        assert shown is not None
        shown.values = {"why/checkout": {"why": {"type": "plain_text_input", "value": "typed"}}}
        assert await peer.chat.update_dialog(view, form("second"))
        (now,) = peer.slack.views(DANA)
        assert "second" in str(now["blocks"])
        assert now["state"]["values"]["why/checkout"]["why"]["value"] == "typed"
        assert await peer.chat.update_dialog(view, form("third", of="payments"))
        (now,) = peer.slack.views(DANA)
        assert now["state"]["values"]["why/payments"]["why"]["value"] is None


async def test_two_changes_in_a_row_are_both_drawn_although_they_knew_the_same_dialog() -> None:
    async with slack_peer() as peer:
        view = await open_dialog(peer)
        for text in ("second", "third"):
            assert await peer.chat.update_dialog(view, form(text))
        assert "third" in str(peer.slack.views(DANA)[0]["blocks"])
        assert peer.slack.refused == []


async def test_a_dialog_that_is_newer_or_closed_is_no_error() -> None:
    async with slack_peer() as peer:
        view = await open_dialog(peer)
        assert not await peer.chat.update_dialog(msgspec.structs.replace(view, mark="17.old"), form("late"))
        peer.slack.workspace.surfaces.close(DANA)
        assert not await peer.chat.update_dialog(view, form("later"))


async def test_slack_in_trouble_is_told_to_whoever_draws() -> None:
    async with slack_peer() as peer:
        view = await open_dialog(peer)
        peer.slack.set_faults(Fault(mode="fail", methods=("views.update", "views.publish")))
        with pytest.raises(Unreachable):
            await peer.chat.update_dialog(view, form("second"))
        with pytest.raises(Unreachable):
            await peer.chat.publish_home(DANA, PAGE)


async def test_a_trigger_that_was_used_or_is_too_old_opens_nothing() -> None:
    async with slack_peer() as peer:
        trigger = peer.slack.workspace.tickets.trigger(DANA)
        await peer.chat.open_dialog(trigger, form("first"))
        with pytest.raises(SlackRejected):
            await peer.chat.open_dialog(trigger, form("again"))


# --- pages ---------------------------------------------------------------------------------------------------

PAGE = Page(
    fallback="Three services.",
    parts=(
        Heading("What is live"),
        Say(("checkout ", "1.4.2"), Button(action="cancel", label="Cancel", value="d1")),
        Small(("page 1 of 3",)),
        Buttons((Button(action="cancel", label="Next", value="d2"),)),
    ),
)


async def test_a_home_is_published_and_replaced() -> None:
    async with slack_peer() as peer:
        for _ in range(2):
            await peer.chat.publish_home(DANA, PAGE)
        home = (await peer.slack.open_home(DANA, peek=True))["view"]

    assert [block["type"] for block in home["blocks"]] == ["header", "section", "context", "actions"]
    assert home["blocks"][1]["accessory"]["action_id"] == "cancel"


async def test_a_click_in_a_home_is_answered_in_the_direct_message() -> None:
    async with http_app(kinds=KINDS) as app:
        await app.peer.chat.publish_home(SAM, PAGE)
        home = (await app.slack.open_home(SAM, peek=True))["view"]
        assert (await app.slack.click(SAM, "cancel", view_id=home["id"], block_id=""))["ok"]
        (event,) = app.inbox.events
        assert isinstance(event, Asked)
        await app.peer.chat.tell(SAM, event.place, ("done",))

        assert event.place.direct
        assert [one["text"] for one in app.slack.messages("D0SAM00002")] == ["done"]


async def test_a_page_is_seen_by_one_person_and_the_next_takes_its_place() -> None:
    async with http_app(kinds=KINDS) as app:
        await app.slack.say(DANA, DEPLOYS, "/deploy status")
        (asked,) = app.inbox.events
        assert isinstance(asked, Asked)
        await app.peer.chat.show(DANA, asked.place, PAGE)
        (first,) = [one for one in app.slack.messages(DEPLOYS, viewer=DANA) if one["ephemeral"]]
        await app.slack.click(DANA, "cancel", channel=DEPLOYS, message_ts=first["ts"], block_id="")
        await until(lambda: len(app.inbox.events) == 2)
        clicked = app.inbox.events[-1]
        assert isinstance(clicked, Asked)
        second = msgspec.structs.replace(PAGE, parts=(Heading("Page 2"),))
        await app.peer.chat.show(DANA, clicked.place, second, replaces=True)
        (now,) = [one for one in app.slack.messages(DEPLOYS, viewer=DANA) if one["ephemeral"]]

    assert "Page 2" in str(now["blocks"])
    assert now["ts"] == first["ts"]


async def test_a_page_whose_message_can_not_be_replaced_any_more_is_shown_anew() -> None:
    async with slack_peer() as peer:
        gone = Place(channel=DEPLOYS, response_url=f"{peer.slack.url}/response/T0HARBOUR1/1/2")
        await peer.chat.show(DANA, gone, PAGE, replaces=True)
        assert [one["ephemeral"] for one in peer.slack.messages(DEPLOYS, viewer=DANA)] == [True]
