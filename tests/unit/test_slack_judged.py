"""What we draw, judged by others: the models of Slack's own SDK, and limits collected from four published sources."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from slack_sdk.models.blocks import Block
from slack_sdk.models.metadata import Metadata
from slack_sdk.models.views import View

from bot.events import ACTIONS
from bot.slack.buttons import action_of
from bot.slack.cards import draw
from bot.slack.search import CARD, NOTE, metadata
from bot.words import CardView
from tests.drawn import messages, views
from tests.unit.test_slack_cards import CARD as ANY_CARD

LIMITS = Path(os.environ.get("PILOTHOUSE_SHARED", "../shared")) / "slack" / "limits.json"
DRAWN, DIALOGS = list(messages()), list(views())

STYLES = {"primary", "danger"}
SENTENCE_ENDS = (".", "!", "?", "…", ":")


def judged(blocks: list[dict[str, Any]]) -> None:
    """Parsed by the SDK, valid by its rules, with nothing lost or added on the way."""
    parsed = Block.parse_all(blocks)
    assert len(parsed) == len(blocks)
    for block, model in zip(blocks, parsed, strict=True):
        model.validate_json()
        assert without_types(model.to_dict()) == without_types(block)


def without_types(value: Any) -> Any:
    return json.loads(json.dumps(value, sort_keys=True))


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every JSON object in it, the outer first."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from objects(inner)
    if isinstance(value, list):
        for inner in value:
            yield from objects(inner)


@pytest.fixture(autouse=True)
def _no_warnings_of_the_judge(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """The SDK says of keys and types it does not know only that it skips them."""
    caplog.set_level(logging.DEBUG)
    yield
    assert [one.getMessage() for one in caplog.records if one.name.startswith("slack_sdk")] == []


def test_slacks_own_models_take_every_message() -> None:
    for _, message in DRAWN:
        judged(message["blocks"])


@given(ANY_CARD)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.function_scoped_fixture,
    ],
)
def test_slacks_own_models_take_any_card(view: CardView) -> None:
    judged(draw(view)["blocks"])


def test_slacks_own_models_take_every_dialog() -> None:
    for _, view in DIALOGS:
        parsed = View(**view)
        parsed.validate_json()
        assert without_types(parsed.to_dict()) == without_types(view)
        judged(view["blocks"])


@pytest.mark.parametrize("kind", [CARD, NOTE])
def test_slacks_own_models_take_the_metadata(kind: str) -> None:
    drawn = metadata(kind, "card/0a1b2c")
    parsed = Metadata(**drawn)
    parsed.validate_json()
    assert parsed.to_dict() == drawn


def test_every_message_has_a_fallback_that_can_be_read_aloud() -> None:
    for name, message in DRAWN:
        assert message["text"].strip(), name
        assert len(message["text"]) <= 4000, name
        if name.startswith("card") and "checkout" in name:
            assert message["text"].rstrip().endswith(SENTENCE_ENDS), (name, message["text"])
            assert " checkout " in message["text"], name


def test_text_objects_are_whole_and_carry_only_what_their_kind_takes() -> None:
    for name, drawn in DRAWN + DIALOGS:
        for found in objects(drawn["blocks"]):
            if found.get("type") == "mrkdwn":
                assert found["text"].strip(), name
                assert set(found) == {"type", "text", "verbatim"}, name
            if found.get("type") == "plain_text":
                assert found["text"].strip(), name
                assert set(found) == {"type", "text", "emoji"}, name


def test_ids_are_unique_and_buttons_are_of_the_closed_list() -> None:
    for name, message in DRAWN:
        ids = [block["block_id"] for block in message["blocks"] if "block_id" in block]
        assert len(ids) == len(set(ids)), name
        for block in message["blocks"]:
            if block["type"] == "actions":
                actions = [element["action_id"] for element in block["elements"]]
                assert len(actions) == len(set(actions)), name
                assert {action_of(action) for action in actions} <= set(ACTIONS), name
                styles = [element.get("style", "primary") for element in block["elements"]]
                assert set(styles) <= STYLES, name
                assert sum(element.get("style") == "primary" for element in block["elements"]) <= 1, name


def test_nothing_people_wrote_pages_a_channel_or_links_away() -> None:
    for name, message in DRAWN:
        for found in objects(message["blocks"]):
            if found.get("type") == "mrkdwn":
                assert "<!channel" not in found["text"], name
                assert "<!here" not in found["text"], name
                assert "<https://evil" not in found["text"], name
        assert "<!channel" not in message["text"], name


@pytest.mark.skipif(not LIMITS.exists(), reason=f"the collected limits are not at {LIMITS}")
def test_every_collected_limit_holds() -> None:
    limits = {name: row[0] for name, row in json.loads(LIMITS.read_text()).items() if name != "_"}
    for name, message in DRAWN:
        assert len(message["blocks"]) <= limits["message.blocks"], name
        assert len(json.dumps(message["blocks"])) <= limits["message.blocks.total_json"], name
        assert len(message["text"]) <= limits["chat.update.text"], name
        _blocks_within(name, message["blocks"], limits)
    for name, view in DIALOGS:
        for part in {"title", "submit", "close"} & view.keys():
            assert len(view[part]["text"]) <= limits[f"modal.{part}"], name
        assert len(view["private_metadata"]) <= limits["view.private_metadata"], name
        assert len(json.dumps(view)) <= limits["view.size"], name
        _blocks_within(name, view["blocks"], limits)


def _blocks_within(name: str, blocks: list[dict[str, Any]], limits: dict[str, Any]) -> None:
    for block in blocks:
        assert len(block.get("block_id", "")) <= limits["block_id"], name
        kind = block["type"]
        for part in ("elements", "fields"):
            if f"{kind}.{part}" in limits:
                assert len(block.get(part, ())) <= limits[f"{kind}.{part}"], name
        for field in block.get("fields", ()):
            assert _units(field["text"]) <= limits["section.fields[].text"], name
        if f"{kind}.text" in limits and "text" in block:
            assert 1 <= _units(block["text"]["text"]) <= limits[f"{kind}.text"], name
        if "label" in block:
            assert _units(block["label"]["text"]) <= limits["input.label"], name
        for element in objects(block):
            if element.get("type") == "button":
                _button_within(name, element, limits)


def _button_within(name: str, button: dict[str, Any], limits: dict[str, Any]) -> None:
    assert _units(button["text"]["text"]) <= limits["button.text"], name
    assert len(button["action_id"]) <= limits["action_id"], name
    assert len(button.get("value", "")) <= limits["button.value"], name
    assert len(button.get("url", "")) <= limits["button.url"], name
    for part in ("title", "text", "confirm", "deny"):
        if "confirm" in button:
            assert 1 <= _units(button["confirm"][part]["text"]) <= limits[f"confirm.{part}"], name


def _units(text: str) -> int:
    """As JavaScript counts: the larger way."""
    return len(text.encode("utf-16-le")) // 2
