"""Text as chats send it, made into plain words: no markup, no invisible characters, no smart punctuation.

Slack escapes `&`, `<`, `>` and writes mentions, channels and links as `<…>`
(https://docs.slack.dev/messaging/formatting-message-text/); phones add smart quotes, long dashes and no-break spaces.
"""

from __future__ import annotations

import re
import unicodedata

import msgspec

_ENTITY = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_AROUND = "\"'`´“”„‟‘’‚‛«»‹›*~,;:!?.()[]{}…"
_BREAK_GLASS = {"break-glass", "--break-glass", "-break-glass", "breakglass", "--breakglass", "break_glass"}
BECAUSE, ONLY = "because", "only"
_STARRED = re.compile(r"\W*?(\w[\w.*+:@/-]*\.\*)[^\w*]*")
_BECAUSE = {BECAUSE, "reason", "as", "for"}


class Utterance(msgspec.Struct, frozen=True, kw_only=True):
    """`words` are bare, as typed; `reason` is what follows break-glass, `None` when that was not said.

    `because` is what follows "because" elsewhere, as typed; `None` when that was not said.
    """

    words: tuple[str, ...]
    reason: str | None = None
    because: str | None = None


def heard(text: str) -> Utterance:
    """The words of a text, and the reason behind its break-glass suffix or its "because". Any text will do; effort is linear."""
    pieces = _plain(text).split()
    for index, piece in enumerate(pieces):
        length = _suffix(piece, pieces[index + 1] if index + 1 < len(pieces) else "")
        if length:
            return Utterance(words=_words(pieces[:index]), reason=_reason(pieces[index + length :]))
        if bare(piece).lower() == BECAUSE and index:
            return Utterance(words=_words(pieces[:index]), because=_reason(pieces[index:]))
    return Utterance(words=_words(pieces))


def bare(piece: str) -> str:
    """Without the quotes, emphasis and punctuation around it."""
    word = piece.strip(_AROUND)
    while len(word) > 2 and word[0] == word[-1] == "_":
        word = word[1:-1].strip(_AROUND)
    return word


def _plain(text: str) -> str:
    named = _ENTITY.sub(_name, text)
    for escaped, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        named = named.replace(escaped, character)
    return "".join(map(_visible, named))


def _name(entity: re.Match[str]) -> str:
    """`<@U1|ann>` is @ann, `<#C1|general>` is #general, `<https://x|x>` is x."""
    target, label = entity[1], entity[2]
    if target[:1] in {"@", "#"}:
        return target[0] + (label or target[1:]).lstrip("@#")
    if target.startswith("!"):
        return label or "@" + target[1:]
    return label or target


def _visible(character: str) -> str:
    if character.isspace():
        return " "
    if character in "–—―−":
        return "--" if character in "—―" else "-"
    category = unicodedata.category(character)
    return "" if category == "Cf" else " " if category in {"Cc", "Cs"} else character


def _words(pieces: list[str]) -> tuple[str, ...]:
    found: list[str] = []
    for piece in pieces:
        # What looks like the end of bold words is a part of this one: 1.4.*
        starred = _STARRED.fullmatch(piece) if found and found[-1].lower() == ONLY else None
        word = starred[1] if starred else bare(piece)
        if word:
            found.append(word)
    return tuple(found)


def _suffix(piece: str, following: str) -> int:
    """How many pieces say break-glass here."""
    word = bare(piece).lower()
    if word in _BREAK_GLASS:
        return 1
    return 2 if word in {"break", "--break"} and bare(following).lower() == "glass" else 0


def _reason(pieces: list[str]) -> str:
    if pieces and bare(pieces[0]).lower() in _BECAUSE:
        pieces = pieces[1:]
    reason = " ".join(pieces).strip(" \"'`“”„‘’«»,:;")
    return reason if any(character.isalnum() for character in reason) else ""
