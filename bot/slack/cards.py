"""A card drawn as Block Kit: pure, and inside Slack's limits whatever stands in it.

The order is always the same: header, state, fields, stages, progress, lines, buttons, context
(https://docs.slack.dev/reference/block-kit/blocks/). A card that grows too large is drawn again with less room for each
of its parts, until the whole fits; state and buttons are kept to the last.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from bot.slack.buttons import actions, row
from bot.slack.stages import progress_line, stage_line
from bot.slack.text import Block, emoji, mrkdwn, mrkdwn_object, plain_object, preformatted
from bot.words import Button, CardView, Note, Words

# Slack refuses a message when the JSON of its blocks passes about 13,200 characters (msg_blocks_too_long).
LARGEST_JSON = 12_000
LONGEST_HEADER = 150
# Of a note's sentence and its log, in units of Slack's counting. One unit can take six characters of JSON (漢 is \u6f22).
NOTE_ROOMS = ((3000, 2800), (2500, 1400), (1500, 1000), (1000, 700))
NOTE_BUTTONS, NOTE_BUTTON = 10, 40
LONGEST_FALLBACK = 2800
FIELDS_A_SECTION = 10
CONTEXT_ELEMENTS = 10
WITHOUT_A_SENTENCE = "A deployment changed."


class Room(NamedTuple):
    """How much each part of a card may take: texts in units of Slack's counting, `fields` and `buttons` in number."""

    header: int
    state: int
    fields: int
    field: int
    stages: int
    lines: int
    context: int
    buttons: int
    button: int


ROOMS = (
    Room(
        header=150,
        state=2000,
        fields=10,
        field=500,
        stages=2000,
        lines=2500,
        context=500,
        buttons=10,
        button=75,
    ),
    Room(
        header=150,
        state=1000,
        fields=10,
        field=200,
        stages=1000,
        lines=1200,
        context=200,
        buttons=8,
        button=75,
    ),
    Room(header=100, state=500, fields=8, field=80, stages=300, lines=300, context=80, buttons=6, button=40),
    Room(header=75, state=200, fields=0, field=0, stages=0, lines=0, context=0, buttons=5, button=24),
)


def draw(view: CardView) -> dict[str, Any]:
    """`text` (the fallback) and `blocks` of `chat.postMessage` and `chat.update`."""
    blocks: list[Block] = []
    for room in ROOMS:
        blocks = _blocks(view, room)
        if len(json.dumps(blocks)) <= LARGEST_JSON:
            break
    fallback = view.fallback.strip() or view.title.strip() or WITHOUT_A_SENTENCE
    return {"text": said(mrkdwn((fallback,), LONGEST_FALLBACK)), "blocks": blocks}


def draw_note(note: Note) -> dict[str, Any]:
    """`text` and `blocks` of a reply: a sentence, the end of the log as it is, and what can be clicked."""
    blocks: list[Block] = []
    for text, log in NOTE_ROOMS:
        blocks = [section(mrkdwn(note.text, text))]
        if note.preformatted.strip():
            blocks.append(preformatted(note.preformatted, log))
        blocks += row(note.buttons, most=NOTE_BUTTONS, longest=NOTE_BUTTON, name="buttons-0")
        if len(json.dumps(blocks)) <= LARGEST_JSON:
            break
    return {"text": said(mrkdwn(note.text, LONGEST_FALLBACK)), "blocks": blocks}


def draw_words(words: Words, buttons: Sequence[Button] = ()) -> dict[str, Any]:
    """`text` and `blocks` of a plain message, perhaps with buttons below it."""
    return draw_note(Note(text=words, buttons=tuple(buttons)))


def said(text: str) -> str:
    """A fallback is never empty: Slack answers `no_text`."""
    return text if text.strip() else WITHOUT_A_SENTENCE


def section(text: str) -> Block:
    return {"type": "section", "text": mrkdwn_object(text)}


def _blocks(view: CardView, room: Room) -> list[Block]:
    return [
        {"type": "header", "text": plain_object(view.title, room.header)},
        section(f"{emoji(view.emoji)} {mrkdwn(view.state, room.state)}".strip()),
        *_fields(view.fields, room),
        *_run(view, room),
        *_lines(view.lines, room),
        *actions(view.buttons, most=room.buttons, longest=room.button),
        *_context(view.context, room),
    ]


def _fields(fields: Sequence[tuple[str, Words]], room: Room) -> list[Block]:
    texts = [
        f"*{_name(name)}*\n{mrkdwn(value, room.field) or '—'}" for name, value in fields[: 2 * room.fields]
    ]
    rows = [texts[start : start + FIELDS_A_SECTION] for start in range(0, len(texts), FIELDS_A_SECTION)]
    return [{"type": "section", "fields": [mrkdwn_object(text) for text in row]} for row in rows]


def _name(name: str) -> str:
    return mrkdwn((" ".join(name.split()).replace("*", "∗") or "—",), 60)


def _run(view: CardView, room: Room) -> list[Block]:
    """The stages and the progress, one below the other in one section."""
    texts = [stage_line(view.stages, room.stages)] if room.stages else []
    if view.progress is not None:
        texts.append(progress_line(view.progress))
    text = "\n".join(filter(None, texts))
    return [section(text)] if text else []


def _lines(lines: Sequence[Words], room: Room) -> list[Block]:
    words: Words = ()
    for line in lines:
        words += ("\n", *line) if words else line
    text = mrkdwn(words, room.lines) if room.lines else ""
    return [section(text)] if text.strip() else []


def _context(context: Sequence[Words], room: Room) -> list[Block]:
    texts = [mrkdwn(words, room.context) for words in context[:CONTEXT_ELEMENTS]] if room.context else []
    elements = [mrkdwn_object(text) for text in texts if text.strip()]
    return [{"type": "context", "elements": elements}] if elements else []
