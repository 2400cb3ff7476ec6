"""Text as chats send it, made into plain words: no markup, no invisible characters, no smart punctuation.

Slack escapes `&`, `<`, `>` and writes mentions, channels and links as `<…>`
(https://docs.slack.dev/messaging/formatting-message-text/); phones add smart quotes, long dashes and no-break spaces.
"""

from __future__ import annotations

import re
import unicodedata

import msgspec
from msgspec.structs import replace

_MENTIONED = re.compile(r"@[UW][A-Z0-9]{2,}")
_ENTITY = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_AROUND = "\"'`´“”„‟‘’‚‛«»‹›*~,;:!?.()[]{}…"
_BREAK_GLASS = {"break-glass", "--break-glass", "-break-glass", "breakglass", "--breakglass", "break_glass"}
BECAUSE, ONLY = "because", "only"
_STARRED = re.compile(r"\W*?(\w[\w.*+:@/-]*\.\*)[^\w*]*")
_CLOSES = {
    '"': '"”', "“": '”"', "„": '“”"', "”": '”"', "«": "»", "»": "«", "'": "'’", "‘": "’'", "’": "’'", "`": "`´", "´": "´",
}  # fmt: skip
_ENDS = {'"', "”", "»", "`", "´"}
_BECAUSE = {BECAUSE, "reason", "as", "for"}


class Utterance(msgspec.Struct, frozen=True, kw_only=True):
    """`words` are bare, as typed; `reason` is what follows break-glass, `None` when that was not said.

    `because` is what follows "because" elsewhere, as typed; `None` when that was not said. A mention is the word `@U1`, by its id,
    because a name may stand for anybody; `names` says how the chat showed it, where it did. In reasons it stands as shown.
    """

    words: tuple[str, ...]
    reason: str | None = None
    because: str | None = None
    names: dict[str, str] = {}

    def as_shown(self, text: str) -> str:
        """The text with people as the chat showed them."""
        return _MENTIONED.sub(lambda found: self.names.get(found[0], found[0]), text)


def heard(text: str) -> Utterance:
    """The words of a text, and the reason behind its break-glass suffix or its "because". Any text will do; effort is linear."""
    names: dict[str, str] = {}
    pieces = _plain(text, names).split()
    for index, piece in enumerate(pieces):
        length = _suffix(piece, pieces[index + 1] if index + 1 < len(pieces) else "")
        if length:
            said = Utterance(words=_words(pieces[:index]), names=names)
            return replace(said, reason=said.as_shown(_reason(pieces[index + length :])))
        if bare(piece).lower() == BECAUSE and index:
            said = Utterance(words=_words(pieces[:index]), names=names)
            return replace(said, because=said.as_shown(_reason(pieces[index:])))
    return Utterance(words=_words(pieces), names=names)


def giving(reason: str) -> str:
    """The words that give a reason as `heard` reads it: `because it burns`, `because of the fair`."""
    return reason if reason.startswith(f"{BECAUSE} of ") else f"{BECAUSE} {reason}"


def mentioned(word: str) -> str:
    """The id of the person whom a word mentions; "" for any other word."""
    return word[1:] if _MENTIONED.fullmatch(word) else ""


def bare(piece: str) -> str:
    """Without the quotes, emphasis and punctuation around it."""
    word = piece.strip(_AROUND)
    while len(word) > 2 and word[0] == word[-1] == "_":
        word = word[1:-1].strip(_AROUND)
    return word


def _plain(text: str, names: dict[str, str]) -> str:
    return _clean(_ENTITY.sub(lambda found: _name(found, names), text))


def _clean(text: str) -> str:
    for escaped, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(escaped, character)
    return "".join(map(_visible, text))


def _name(entity: re.Match[str], names: dict[str, str]) -> str:
    """`<@U1|ann>` is @U1, called @ann; `<#C1|general>` is #general, `<https://x|x>` is x."""
    target, label = entity[1], entity[2]
    if _MENTIONED.fullmatch(target):
        if label:
            names[target] = "@" + " ".join(_clean(label).lstrip("@#").split())
        return target
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
        of = len(pieces) > 1 and pieces[1].lower() == "of" and bare(pieces[0]).lower() == BECAUSE
        pieces = [BECAUSE, *pieces[1:]] if of and len(pieces) > 2 else pieces[1:]
    reason = _unquoted(" ".join(pieces).strip(" ,:;"))
    return reason if any(character.isalnum() for character in reason) else ""


def _unquoted(text: str) -> str:
    """Without the quotes around the whole; those around a part of it stay."""
    while len(text) > 1 and text[0] in _CLOSES and text[-1] in _CLOSES[text[0]]:
        inner = text[1:-1]
        if any(quote in inner for quote in (text[0], *_CLOSES[text[0]]) if quote not in "'’"):
            break
        text = inner.strip(" ,:;")
    if text[:1] in _CLOSES and not any(quote in text[1:] for quote in _CLOSES[text[0]]):
        text = text[1:]
    if text[-1:] in _ENDS and not any(quote in text[:-1] for quote in _CLOSES if text[-1] in _CLOSES[quote]):
        text = text[:-1]
    return text.strip(" ,:;")
