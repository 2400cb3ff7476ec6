"""Cards inside Slack's limits whatever stands in them, as the strict stand-in judges."""

from __future__ import annotations

import json
import string

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.runs import Stage, StageState
from bot.sandbox.slack.blocks import validate_message
from bot.slack.cards import draw, draw_note, draw_words
from bot.slack.stages import duration, progress_line, stage_line
from bot.words import Bold, Button, CardView, Code, Confirm, Link, Mention, Note, Part, When, Words

TEXT = st.one_of(
    st.text(st.characters(codec=None), max_size=40),
    st.sampled_from(
        ["<!channel>", "", " ", "\n", "&" * 4000, "漢" * 4000, "👍" * 2000, "`*_~<>", "x" * 9000]
    ),
)
PART: st.SearchStrategy[Part] = st.one_of(
    TEXT,
    st.builds(Mention, id=st.sampled_from(["U012AB3CD", "nobody"])),
    st.builds(When, at=st.floats(0, 2e9)),
    st.builds(Code, text=TEXT),
    st.builds(Bold, text=TEXT),
    st.builds(
        Link,
        text=TEXT,
        url=st.sampled_from(["https://ci.example/" + "a" * 2500, "ftp://x", "https://x.example"]),
    ),
)
WORDS: st.SearchStrategy[Words] = st.lists(PART, max_size=4).map(tuple)
CONFIRM = st.builds(Confirm, title=TEXT, text=TEXT, yes=TEXT, no=TEXT)
BUTTON = st.builds(
    Button,
    action=st.sampled_from(["approve", "reject", "cancel", "open_link", "", "a" * 300]),
    label=TEXT,
    value=st.sampled_from(["", "dep-1", "v" * 250, "v" * 3000, "ünïcode"]),
    style=st.sampled_from(["", "primary", "danger"]),
    confirm=st.none() | CONFIRM,
    url=st.sampled_from(["", "https://ci.example/x", "javascript:1", "https://x.example/" + "a" * 3000]),
)
STAGE = st.builds(
    Stage,
    name=TEXT,
    state=st.sampled_from(StageState),
    seconds=st.floats(0, 1e6, allow_nan=False),
    error=TEXT,
)
CARD = st.builds(
    CardView,
    title=TEXT,
    emoji=st.sampled_from(["rocket", "", ":x:", "<!here>"]),
    state=WORDS,
    fallback=TEXT,
    fields=st.lists(st.tuples(TEXT, WORDS), max_size=30).map(tuple),
    stages=st.lists(STAGE, max_size=5).map(tuple) | st.lists(STAGE, min_size=200, max_size=200).map(tuple),
    progress=st.none() | st.floats(-1, 2),
    lines=st.lists(WORDS, max_size=20).map(tuple),
    buttons=st.lists(BUTTON, max_size=40).map(tuple),
    context=st.lists(WORDS, max_size=20).map(tuple),
)

PLAIN = CardView(
    title="checkout to production",
    emoji="hourglass_flowing_sand",
    state=(Bold(text="Waiting for approval"), ", asked by ", Mention(id="U0DANA0001")),
    fallback="checkout 1.4.2 to production waits for approval.",
    fields=(("Version", (Code(text="1.4.1"), " → ", Code(text="1.4.2"))), ("Environment", ("production",))),
    stages=(
        Stage(name="Build", state=StageState.SUCCESS, seconds=12),
        Stage(name="Deploy", state=StageState.RUNNING, seconds=75),
        Stage(name="Verify", state=StageState.WAITING),
    ),
    progress=0.45,
    lines=(("Waiting for 2 of sre",), ("Expires ", When(at=1_700_000_000))),
    buttons=(
        Button(action="approve", label="Approve", value="d1", style="primary"),
        Button(
            action="reject",
            label="Reject",
            value="d1",
            style="danger",
            confirm=Confirm(title="t", text="x", yes="y"),
        ),
    ),
    context=(("#17",),),
)


@given(CARD)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
def test_slack_takes_every_card(view: CardView) -> None:
    message = draw(view)

    assert validate_message(message) == []
    assert 0 < len(message["text"]) <= 3000
    json.dumps(message).encode()


@given(WORDS, TEXT)
@settings(max_examples=80, deadline=None)
def test_slack_takes_every_note(words: Words, log: str) -> None:
    assert validate_message(draw_note(Note(text=words, preformatted=log * 3))) == []
    assert validate_message(draw_words(words)) == []


def test_a_card_says_things_in_the_usual_order() -> None:
    blocks = draw(PLAIN)["blocks"]

    assert [block["type"] for block in blocks] == [
        "header",
        "section",
        "section",
        "section",
        "section",
        "actions",
        "context",
    ]
    assert blocks[0]["text"]["text"] == "checkout to production"
    assert (
        blocks[1]["text"]["text"] == ":hourglass_flowing_sand: *Waiting for approval*, asked by <@U0DANA0001>"
    )
    assert blocks[2]["fields"][0]["text"] == "*Version*\n`1.4.1` → `1.4.2`"
    assert blocks[3]["text"]["text"].startswith(
        "✅ Build (12 s)  ·  🔵 Deploy running (1 min 15 s)  ·  ⚪ Verify\n▓"
    )
    assert blocks[4]["text"]["text"].startswith("Waiting for 2 of sre\nExpires <!date^1700000000")
    assert [button["action_id"] for button in blocks[5]["elements"]] == ["approve", "reject"]
    assert blocks[5]["elements"][1]["confirm"]["style"] == "danger"


def test_every_text_that_could_be_markup_says_verbatim() -> None:
    found = json.dumps(draw(PLAIN)["blocks"])

    assert found.count('"mrkdwn"') == found.count('"verbatim": true') > 0


def test_one_button_of_a_group_is_primary_and_an_action_stands_once_in_it() -> None:
    buttons = tuple(
        Button(action=action, label=action, value="d", style="primary") for action in ("a", "a", "b")
    )
    groups = [
        block["elements"] for block in draw(msgspec.structs.replace(PLAIN, buttons=buttons))["blocks"][5:7]
    ]

    assert [[button["action_id"] for button in group] for group in groups] == [["a", "b"], ["a"]]
    assert [sum("style" in button for button in group) for group in groups] == [1, 1]


def test_a_button_whose_value_is_no_opaque_id_is_left_out() -> None:
    buttons = (
        Button(action="approve", label="x", value="v" * 3000),
        Button(action="cancel", label="y", value="d1"),
    )
    blocks = draw(msgspec.structs.replace(PLAIN, buttons=buttons))["blocks"]

    assert [button["action_id"] for button in blocks[5]["elements"]] == ["cancel"]


def test_a_card_without_words_still_has_a_sentence_for_screen_readers() -> None:
    assert draw(CardView(title="", emoji="", state=(), fallback=" "))["text"] == "A deployment changed."
    assert draw(CardView(title="A & B", emoji="", state=(), fallback=""))["text"] == "A &amp; B"


def test_state_and_buttons_are_kept_when_a_card_grows_too_large() -> None:
    big = msgspec.structs.replace(
        PLAIN,
        fields=tuple((f"field {number}", ("漢" * 2000,)) for number in range(20)),
        lines=tuple(("漢" * 1000,) for _ in range(20)),
        context=tuple(("漢" * 500,) for _ in range(10)),
    )
    message = draw(big)

    assert validate_message(message) == []
    assert "Waiting for approval" in message["blocks"][1]["text"]["text"]
    assert any(block["type"] == "actions" for block in message["blocks"])


def test_of_two_hundred_stages_the_one_that_matters_is_shown() -> None:
    states = [StageState.SUCCESS] * 99 + [StageState.FAILED] + [StageState.SKIPPED] * 100
    stages = [Stage(name=f"stage {number}", state=state) for number, state in enumerate(states)]

    line = stage_line(stages, 2000)

    assert "❌ stage 99 failed" in line
    assert line.startswith("91 earlier")
    assert line.endswith("97 later")


@pytest.mark.parametrize("states", [[], [StageState.WAITING], [StageState.SUCCESS, StageState.WAITING]])
def test_few_stages_are_all_shown(states: list[StageState]) -> None:
    line = stage_line(
        [Stage(name=string.ascii_letters[i], state=state) for i, state in enumerate(states)], 2000
    )

    assert line.count("·") == max(0, len(states) - 1)


def test_stages_that_do_not_fit_are_left_out() -> None:
    assert stage_line([Stage(name="x" * 40, state=StageState.RUNNING)], 10) == ""


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-3, "0 s"), (45.4, "45 s"), (60, "1 min"), (200, "3 min 20 s"), (7500, "2 h 5 min")],
)
def test_durations_are_said_as_people_say_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(("share", "end"), [(-1.0, " 0 %"), (0.5, " 50 %"), (7.0, " 100 %")])
def test_progress_has_a_bar_and_a_number(share: float, end: str) -> None:
    line = progress_line(share)

    assert line.endswith(end)
    assert len(line.split()[0]) == 16
