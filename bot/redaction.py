"""Takes secrets out of text, in every form in which they travel: as they are, encoded, or behind a header's name.

The configured values are known and looked for; tokens that are not ours (a pasted one, a response address that posts
for whoever holds it) are known by their form.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

from pydantic import BaseModel, SecretBytes, SecretStr

HIDDEN = "[secret]"

SHORTEST = 4
"""Characters; a shorter secret would take half of every sentence with it, and guards nothing."""
SHORTEST_ENCODED = 6

# The name and the scheme stay, so that the line still says what was there.
_BY_FORM: tuple[tuple[re.Pattern[str], str], ...] = (
    # https://docs.slack.dev/authentication/tokens; xoxe.xoxp-… rotates.
    (re.compile(r"(?:xoxe\.)?(?:xox[a-z]|xapp)-[A-Za-z0-9-]{4,}"), HIDDEN),
    # Whoever has one of these addresses can post with it.
    (re.compile(r"(hooks\.slack(?:-gov)?\.com/)[A-Za-z0-9_/%-]+"), rf"\1{HIDDEN}"),
    (
        re.compile(
            r"""((?:proxy-)?authorization["']?\s*[:=,]\s*["']?(?:[A-Za-z][A-Za-z0-9-]{1,20}\s+)?)[^\s"',;}]+""",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"\b(Basic|Bearer)\s+[A-Za-z0-9+/_.~-]{8,}=*", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (re.compile(r"""(://[^\s/:@"']+:)[^\s/@"',]+(@)"""), rf"\1{HIDDEN}\2"),
)

_NAMED = re.compile(r"authorization|cookie|password|secret|(?:^|_)token$", re.IGNORECASE)
"""Fields of a record whose value is hidden whatever it is."""


class Redactor:
    """`text` for one string, `value` for anything that will be printed."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms: frozenset[str] = frozenset()
        self._known: re.Pattern[str] | None = None
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Hide these as well from now on. What was a secret once stays hidden: a job may still print it."""
        forms = self._forms.union(form for secret in secrets for form in forms_of(secret))
        if forms == self._forms:
            return
        # The longest first, so that no tail of a longer form is left over.
        ordered = sorted(forms, key=lambda form: (-len(form), form))
        self._forms, self._known = forms, re.compile("|".join(map(re.escape, ordered)))

    def known(self, text: str) -> str:
        """Without the configured secrets only: for a whole line, where the forms below would catch punctuation."""
        return text if self._known is None else self._known.sub(HIDDEN, text)

    def text(self, text: str) -> str:
        text = self.known(text)
        for pattern, instead in _BY_FORM:
            text = pattern.sub(instead, text)
        return text

    def value(self, value: Any) -> Any:
        """The same with every string in it redacted; what JSON does not know becomes its redacted `str`."""
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, Mapping):
            return {self.text(str(name)): self._field(str(name), inner) for name, inner in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(inner) for inner in value]
        if isinstance(value, bytes):
            return self.text(value.decode(errors="replace"))
        return self.text(str(value))

    def _field(self, name: str, value: Any) -> Any:
        return HIDDEN if value and _NAMED.search(name) else self.value(value)


def forms_of(secret: str) -> Iterator[str]:
    """Every text under which a secret may turn up; nothing for one that is too short to be told from other words."""
    for plain in {secret, secret.strip()}:
        if len(plain) < SHORTEST:
            continue
        yield plain
        yield from (quote(plain, safe=""), quote(plain), quote_plus(plain))
        yield from (_lower_hex(quote(plain, safe="")), _lower_hex(quote_plus(plain)))
        yield from (html.escape(plain), html.escape(plain, quote=False), repr(plain)[1:-1])
        for escaped in (json.dumps(plain)[1:-1], json.dumps(plain, ensure_ascii=False)[1:-1]):
            yield escaped
            yield json.dumps(escaped)[1:-1]
        yield from _base64_of(plain.encode())


def _base64_of(secret: bytes) -> Iterator[str]:
    """How it looks inside a longer base64 text (`Basic` of user:token), wherever it begins in a group of three."""
    for before in range(3):
        padded = bytes(before) + secret
        whole_groups = len(padded) * 8 // 6
        touched = -(-before * 8 // 6)
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            inside = encode(padded).decode()[touched:whole_groups]
            if len(inside) >= SHORTEST_ENCODED:
                yield inside
                yield quote(inside, safe="")


def _lower_hex(quoted: str) -> str:
    return re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), quoted)


def secrets_of(value: Any) -> Iterator[str]:
    """The value of every secret in settings, however deep."""
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, SecretBytes):
        yield value.get_secret_value().decode(errors="replace")
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from secrets_of(getattr(value, name))
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from secrets_of(inner)
    elif isinstance(value, list | tuple | set | frozenset):
        for inner in value:
            yield from secrets_of(inner)
