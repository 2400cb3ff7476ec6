"""Words drawn as Slack text, so that nothing people, git or CI wrote can become markup, a mention or a link.

mrkdwn has three places where text turns into something else, and each is closed here: the entities `<…>` (escaped,
https://docs.slack.dev/messaging/formatting-message-text/#escaping), the formatting characters and the `:emoji:` names
(replaced by look-alikes, only where they would act), and automatic links (every text object says `verbatim`).
Lengths are counted in UTF-16 units, the larger of the two ways of counting, and a cut never falls inside an entity or
an escape.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import quote

from bot.words import Bold, Channel, Code, Link, Mention, Part, When, Words

ELLIPSIS = "…"
NOTHING = "—"
MAX_URL = 3000

Block = dict[str, Any]

ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
LOOK_ALIKES = {"`": "ˋ", "*": "∗", "_": "ˍ", "~": "∼", ":": "∶", "|": "¦"}

# Control characters except the line feed, and the marks that turn the reading direction (https://trojansource.codes/).
UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]")
LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
# A formatting character acts only where a word could begin after it; `my_service_name` stays as it is.
# `12:30:45` is a time of day, `:100:` is an emoji.
ACTS = re.compile(r"`|(?<![^\W_])[*_~](?=\S|\Z)|:(?!\d{1,2}:)(?=[\w+'-]{1,100}:)")
SLACK_ID = re.compile(r"[A-Z0-9]{2,32}")
EMOJI = re.compile(r"[a-z0-9_+'-]{1,100}(::skin-tone-[2-6])?")

DATE_FORMATS = {"time": "{time}", "date_time": "{date_short_pretty} {time}", "relative": "{ago}"}
LAST_MOMENT = 253402300799  # 9999-12-31T23:59:59Z


class _Piece(NamedTuple):
    """Text that may be cut between its atoms; `opening` and `closing` are kept whatever is cut."""

    opening: str
    atoms: tuple[str, ...]
    closing: str


def clean(text: str, *, one_line: bool = False) -> str:
    """The text without control characters, direction marks and lone surrogates; line ends are LF."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    text = LONE_SURROGATE.sub("\ufffd", UNSEEN.sub("", text))
    return re.sub(r"\s+", " ", text).strip() if one_line else text


def length(text: str) -> int:
    """How long Slack may count a text to be: in UTF-16 units."""
    return len(text) + sum(1 for character in text if character > "\uffff")


def cut(text: str, limit: int) -> str:
    """Plain text of at most `limit` units, with an ellipsis where something is missing."""
    return text if length(text) <= limit else _joined([_Piece("", tuple(text), "")], limit)


def escape(text: str) -> str:
    """Untrusted text as mrkdwn that shows exactly as it reads."""
    return "".join(_atoms(_neutral(clean(text))))


def mrkdwn(words: Words, limit: int = 3000) -> str:
    """Words as mrkdwn of at most `limit` units; empty when there is nothing to say."""
    return _joined([_piece(part) for part in words], limit)


def plain(words: Words, limit: int = 3000) -> str:
    """Words as plain text, for titles and for readers of notifications."""
    return cut("".join(_plain(part) for part in words), limit)


def mrkdwn_object(text: str) -> Block:
    """A text object that Slack does not look for links and channel names in; text must not be empty."""
    return {"type": "mrkdwn", "text": text if text.strip() else NOTHING, "verbatim": True}


def plain_object(text: str, limit: int) -> Block:
    """A plain text object on one line, never empty, in which `:names:` stay what they are."""
    return {"type": "plain_text", "text": cut(clean(text, one_line=True), limit) or NOTHING, "emoji": False}


def preformatted(log: str, limit: int = 2800) -> Block:
    """The end of a log as it is: a rich text block, in which nothing is parsed."""
    text = tail(clean(log[-2 * limit :]).strip("\n"), limit)
    inner = [{"type": "text", "text": text if text.strip() else NOTHING}]
    return {"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": inner}]}


def tail(log: str, limit: int) -> str:
    """The last whole lines that fit, or the end of the last line when not even that fits."""
    if length(log) <= limit:
        return log
    room = limit - length(f"{ELLIPSIS}\n")
    kept, _used = _fitting(reversed(log[-limit:]), room)
    end = "".join(reversed(kept))
    _, line_end, whole_lines = end.partition("\n")
    return f"{ELLIPSIS}\n{whole_lines if line_end and whole_lines.strip() else end}"


def emoji(name: str) -> str:
    """`:name:` when the name can be one, else nothing."""
    return f":{name}:" if EMOJI.fullmatch(name) else ""


def _piece(part: Part) -> _Piece:
    match part:
        case str():
            return _Piece("", tuple(_atoms(_neutral(clean(part)))), "")
        case Mention(id=id, group=group) if SLACK_ID.fullmatch(id):
            return _whole(f"<!subteam^{id}>" if group else f"<@{id}>")
        case Channel(id=id) if SLACK_ID.fullmatch(id):
            return _whole(f"<#{id}>")
        case When():
            return _whole(_date(part))
        case Bold(text=text):
            return _wrapped("*", text)
        case Code(text=text):
            return _wrapped("`", text)
        case Link(text=text, url=url) if target := _target(url):
            label = clean(text, one_line=True) or clean(url, one_line=True)
            return _Piece(f"<{target}|", tuple(_atoms(_neutral(label, everything=True))), ">")
        case Mention() | Channel() | Link():
            return _piece(_plain(part))
    raise AssertionError(f"no way to draw {part!r}")  # pragma: no cover - mypy knows the union is closed


def _whole(entity: str) -> _Piece:
    return _Piece("", (entity,), "")


def _wrapped(mark: str, text: str) -> _Piece:
    inner = clean(text, one_line=True)
    inner = (
        inner.replace("`", LOOK_ALIKES["`"])
        if mark == "`"
        else _neutral(inner).replace(mark, LOOK_ALIKES[mark])
    )
    return _Piece(mark, tuple(_atoms(inner)), mark) if inner else _Piece("", (), "")


def _plain(part: Part) -> str:
    match part:
        case str():
            return clean(part)
        case Mention(id=id):
            return f"@{clean(id, one_line=True)}"
        case Channel(id=id):
            return f"#{clean(id, one_line=True)}"
        case When(at=at):
            return _utc(at)
        case Link(text=text) | Code(text=text) | Bold(text=text):
            return clean(text, one_line=True)
    raise AssertionError(f"no way to say {part!r}")  # pragma: no cover - mypy knows the union is closed


def _date(when: When) -> str:
    seconds = int(min(max(when.at, 0), LAST_MOMENT))
    return f"<!date^{seconds}^{DATE_FORMATS[when.style]}|{_utc(when.at)}>"


def _utc(at: float) -> str:
    return f"{datetime.fromtimestamp(min(max(at, 0), LAST_MOMENT), UTC):%Y-%m-%d %H:%M} UTC"


def _target(url: str) -> str:
    """The address with everything escaped that could end it early; empty when it is no web address."""
    if not re.match(r"https?://[^/\s]", url, re.IGNORECASE):
        return ""
    target = quote(LONE_SURROGATE.sub("\ufffd", url), safe="!#$%'()*+,/:;=?@[]~-._&").replace("&", "&amp;")
    return target if length(target) < MAX_URL - 100 else ""


def _neutral(text: str, *, everything: bool = False) -> str:
    """The text with look-alikes where a character would act as markup (`|` ends the label of a link too)."""
    text = ACTS.sub(lambda found: LOOK_ALIKES[found.group()], text)
    return text.replace("|", LOOK_ALIKES["|"]) if everything else text


def _atoms(text: str) -> Iterator[str]:
    return (ESCAPES.get(character, character) for character in text)


def _joined(pieces: list[_Piece], limit: int) -> str:
    """All pieces when they fit; else as many atoms as fit, an ellipsis, and the closing of the one that was cut."""
    whole = "".join(piece.opening + "".join(piece.atoms) + piece.closing for piece in pieces)
    if length(whole) <= limit:
        return whole
    room, out = limit - length(ELLIPSIS), ""
    for opening, atoms, closing in pieces:
        frame = length(opening) + length(closing)
        kept, used = _fitting(atoms, room - frame)
        if len(kept) < len(atoms):
            return out + (f"{opening}{''.join(kept)}{ELLIPSIS}{closing}" if kept else ELLIPSIS)
        out += opening + "".join(kept) + closing
        room -= frame + used
    return out


def _fitting(atoms: Iterable[str], room: int) -> tuple[list[str], int]:
    kept: list[str] = []
    used = 0
    for atom in atoms:
        if used + length(atom) > room:
            break
        kept.append(atom)
        used += length(atom)
    return kept, used
