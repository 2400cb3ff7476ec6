"""Whatever an app sends, the stand-in answers as Slack would: with an error code, never with a crash."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.slack import NotPossible, SlackStandIn, blocks
from bot.sandbox.slack.api.dispatch import _answer
from bot.sandbox.slack.blockkit.layout import BASIC, MESSAGE_ONLY
from bot.sandbox.slack.methods import METHODS
from bot.sandbox.slack.people.typing import as_kept
from bot.sandbox.slack.refusals import Refusal

TYPES = st.sampled_from(
    [*BASIC, *MESSAGE_ONLY, "button", "static_select", "plain_text", "mrkdwn", "modal", "home"]
)
NAMES = st.sampled_from(
    [
        "type",
        "text",
        "elements",
        "element",
        "accessory",
        "options",
        "value",
        "block_id",
        "action_id",
        "title",
        "blocks",
    ]
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | TYPES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=20,
)
SEEMING_BLOCKS = st.lists(st.dictionaries(NAMES, ANY_JSON, max_size=6), max_size=4)


@settings(max_examples=150, deadline=None)
@given(ANY_JSON | SEEMING_BLOCKS)
def test_the_judge_of_blocks_always_comes_to_a_verdict(value: Any):
    for problem in [*blocks.validate_blocks(value), *blocks.validate_message({"text": "a", "blocks": value})]:
        assert problem.pointer.startswith("/")
        assert problem.text


@settings(max_examples=150, deadline=None)
@given(ANY_JSON, SEEMING_BLOCKS, st.sampled_from(["modal", "home"]))
def test_the_judge_of_views_always_comes_to_a_verdict(value: Any, shown: Any, kind: str):
    view = {"type": kind, "title": value, "blocks": shown}
    assert all(problem.pointer.startswith("/view") for problem in blocks.validate_view(view))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(METHODS)), st.data())
def test_every_method_answers_or_refuses_whatever_it_is_given(name: str, data: st.DataObject):
    slack = SlackStandIn()
    known = st.sampled_from(["C0DEPLOYS1", "D0DANA0001", "U0DANA0001", "1.000001", "S0SRE00001"])
    sent = {
        argument: data.draw(known | ANY_JSON | ANY_JSON.map(json.dumps), label=argument)
        for argument in METHODS[name].arguments
        if argument in METHODS[name].required or data.draw(st.booleans())
    }
    app = slack.world.app
    token = app.app_token if METHODS[name].bearer == "app" else app.bot_token
    try:
        answer = _answer(slack.workspace, name, sent, token)
    except Refusal as no:
        answer = no.body()
    json.dumps(answer)
    assert answer.get("ok", True) or answer["error"]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_what_people_type_is_escaped_so_that_only_mentions_and_links_stay_markup(typed: str):
    world = SlackStandIn().world
    kept = as_kept(world, typed)
    for opened in (piece.split(">")[0] for piece in kept.split("<")[1:]):
        assert opened.startswith(("@U", "@W", "#C", "!subteam^S", "!here", "!channel", "!everyone", "http"))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("@sam, look at #checkout.", "<@U0SAM00002>, look at <#C0CHECKOUT|checkout>."),
        ("@sre and @here: 1 < 2", "<!subteam^S0SRE00001|@sre> and <!here>: 1 &lt; 2"),
        ("mail me@sam or @nobody", "mail me@sam or @nobody"),
        (
            "<@U0SAM00002> <b> https://x.example/?a=1&b=2",
            "<@U0SAM00002> &lt;b&gt; <https://x.example/?a=1&amp;b=2>",
        ),
    ],
)
def test_what_a_person_types_is_kept_as_slack_keeps_it(typed: str, kept: str):
    assert as_kept(SlackStandIn().world, typed) == kept


def test_the_world_knows_people_channels_and_groups_by_name():
    world = SlackStandIn().world
    assert world.person("@sam") is world.person("U0SAM00002")
    assert world.channel("#checkout") is world.channel("C0CHECKOUT")
    assert world.group("@sre") is world.group("S0SRE00001")
    for look in (world.person, world.channel, world.group):
        with pytest.raises(KeyError):
            look("nowhere")


async def test_a_person_says_something_sensible_or_nothing():
    slack = SlackStandIn()
    for text in ("", "   ", "x" * 12_001):
        with pytest.raises(NotPossible, match="1 to 12000"):
            await slack.say("dana", "deployments", text)
    with pytest.raises(NotPossible, match="no message"):
        await slack.say("dana", "deployments", "a", thread_ts="1.000001")


def imported(source: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)


def test_the_judge_is_independent_of_the_app_and_of_slacks_sdk():
    sources = list((Path(__file__).parents[2] / "bot/sandbox/slack").rglob("*.py"))
    assert len(sources) > 30
    for source in sources:
        for module in imported(source):
            assert not module.startswith(("slack_sdk", "slack_bolt", "handlers", "config")), source
            assert not module.startswith("bot.") or module.startswith("bot.sandbox."), source
