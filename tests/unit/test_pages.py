"""Pages and dialogs drawn for Slack: judged by the stand-in's own Block Kit rules, whatever stands in them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.pages import (
    Buttons,
    Choice,
    Dialog,
    ExternalChoice,
    Field,
    Option,
    Page,
    Rule,
    Say,
    Small,
    TextField,
)
from bot.sandbox.slack.blocks import validate_message, validate_view
from bot.slack.fields import answers_in, block_id, draw_field, draw_options, split_block_id
from bot.slack.modals import modal
from bot.slack.pages import LEFT_OUT, draw_home, draw_page
from bot.words import Button
from tests.drawn import forms, pages

PAGES, FORMS = dict(pages()), dict(forms())
NEXT = Buttons((Button(action="redeploy", label="Next", value="p2"),))


@pytest.mark.parametrize("name", sorted(PAGES))
def test_slack_takes_every_page_as_a_message_and_as_a_home(name: str) -> None:
    message, home = draw_page(PAGES[name]), draw_home(PAGES[name])

    assert validate_message(message) == []
    assert validate_view(home) == []
    assert len(message["blocks"]) <= 50
    assert len(json.dumps(message["blocks"])) <= 12_000


@pytest.mark.parametrize("name", sorted(FORMS))
def test_slack_takes_every_dialog(name: str) -> None:
    view = modal(FORMS[name])

    assert validate_view(view) == []
    assert view["submit"]["text"]


def test_what_does_not_fit_is_left_out_with_a_word_and_the_buttons_at_the_end_stay() -> None:
    lines = tuple(Say((f"line {number}",)) for number in range(80))
    drawn = draw_page(Page(parts=(*lines, NEXT), fallback="Many lines."))["blocks"]

    assert len(drawn) == 50
    assert drawn[0]["text"]["text"] == "line 0"
    assert drawn[-2]["elements"][0]["text"] == LEFT_OUT
    assert drawn[-1]["elements"][0]["text"]["text"] == "Next"
    assert draw_page(Page(parts=lines, fallback="f"))["blocks"][-1]["elements"][0]["text"] == LEFT_OUT


def test_long_texts_are_shortened_before_anything_is_left_out() -> None:
    parts = tuple(Say(("word " * 500,)) for _ in range(20))
    drawn = draw_page(Page(parts=parts, fallback="f"))["blocks"]

    assert len(drawn) == 20
    assert all(block["text"]["text"].endswith("…") for block in drawn)


def test_an_empty_page_is_still_a_message() -> None:
    assert validate_message(draw_page(Page(parts=(), fallback=""))) == []


def test_several_rows_of_buttons_have_ids_of_their_own() -> None:
    drawn = draw_page(Page(parts=(NEXT, Rule(), NEXT, Small(("x",))), fallback="f"))["blocks"]
    ids = [block["block_id"] for block in drawn if block["type"] == "actions"]

    assert len(ids) == len(set(ids)) == 2


# --- fields --------------------------------------------------------------------------------------------------


def test_a_field_is_known_again_by_its_name_and_what_it_hangs_on() -> None:
    field = TextField(name="version", label="Version", of="checkout/production")

    assert split_block_id(block_id(field)) == ("version", "checkout/production")
    assert split_block_id(block_id(TextField(name="why", label="Why"))) == ("why", "")


def test_what_stands_in_a_field_is_nothing_when_it_was_chosen_for_something_else() -> None:
    values = {
        "version/checkout": {"version": {"selected_option": {"value": "1.4.2"}}},
        "why": {"why": {"value": "so"}},
    }
    answers = answers_in({"state": {"values": values}})

    assert answers.under("version", "checkout") == "1.4.2"
    assert answers.under("version", "payments") == ""
    assert (answers["why"], answers["nowhere"]) == ("so", "")


def test_options_are_a_hundred_and_different_and_never_shortened_into_another_value() -> None:
    options = [Option(f"{number % 120}", "x") for number in range(300)]
    drawn = draw_options([Option("v" * 151, "too long"), Option("", "nothing"), *options])

    values = [one["value"] for one in drawn]
    assert values == [str(number) for number in range(100)]


@pytest.mark.parametrize(
    ("field", "initial"),
    [
        (Choice(name="a", label="A", options=(Option("x", "X"),), initial="x"), True),
        (Choice(name="a", label="A", options=(Option("x", "X"),), initial="gone"), False),
        (ExternalChoice(name="a", label="A", initial=Option("v" * 151, "V")), False),
    ],
)
def test_what_can_not_be_chosen_is_not_chosen_at_first(field: Field, initial: bool) -> None:
    assert ("initial_option" in element(field)) is initial


def test_a_watched_text_tells_at_enter_and_not_at_every_letter() -> None:
    drawn = draw_field(TextField(name="a", label="A", watched=True), 100)

    assert drawn["dispatch_action"] is True
    assert drawn["element"]["dispatch_action_config"] == {"trigger_actions_on": ["on_enter_pressed"]}


def test_a_dialog_without_fields_needs_nothing_to_send_off() -> None:
    name = next(iter(FORMS))
    bare = Dialog(kind="reject", title="T", parts=(Say(("One moment…",)),), carried=FORMS[name].carried)

    assert "submit" not in modal(bare)


def element(field: Field) -> dict[str, Any]:
    found: dict[str, Any] = draw_field(field, 100)["element"]
    return found
