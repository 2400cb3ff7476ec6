"""A small language for shapes: a `Check` looks at a value and tells the collector what is wrong, and where.

The sentences are Slack's own, so that an app's log reads the same here and there:
`must be less than 151 characters [json-pointer:/blocks/0/text/text]`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where: `pointer` is a JSON pointer (RFC 6901) into what was judged."""

    pointer: str
    text: str

    def __str__(self) -> str:
        return f"{self.text} [json-pointer:{self.pointer}]"


Found = list[Problem]
Check = Callable[[object, str, Found], None]
Rule = Callable[[Mapping[str, object], str, Found], None]


def string(most: int | None = None, *, least: int = 0) -> Check:
    """A string of `least` to `most` characters."""

    def check(value: object, at: str, found: Found) -> None:
        if not isinstance(value, str):
            found.append(Problem(at, "must provide a string"))
        elif len(value) < least:
            found.append(Problem(at, f"must be more than {least - 1} characters"))
        elif most is not None and len(value) > most:
            found.append(Problem(at, f"must be less than {most + 1} characters"))

    return check


def link(most: int = 3_000) -> Check:
    """A URL with a scheme."""
    as_text = string(most, least=1)

    def check(value: object, at: str, found: Found) -> None:
        as_text(value, at, found)
        if isinstance(value, str) and not value.startswith(("https://", "http://", "mailto:", "slack://")):
            found.append(Problem(at, f"Invalid URL: {value[:80]}"))

    return check


def boolean(value: object, at: str, found: Found) -> None:
    if not isinstance(value, bool):
        found.append(Problem(at, "must provide a boolean"))


def integer(least: int, most: int | None = None) -> Check:
    def check(value: object, at: str, found: Found) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            found.append(Problem(at, "must provide an integer"))
        elif value < least or (most is not None and value > most):
            upper = "" if most is None else f" and at most {most}"
            found.append(Problem(at, f"must be at least {least}{upper}"))

    return check


def number(value: object, at: str, found: Found) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        found.append(Problem(at, "must provide a number"))


def one_of(*allowed: str) -> Check:
    def check(value: object, at: str, found: Found) -> None:
        if value not in allowed:
            found.append(Problem(at, f"must be one of: {', '.join(allowed)}"))

    return check


def pattern(matches: Callable[[str], object], what: str) -> Check:
    """A string that `matches` agrees to; `what` completes "must be …"."""

    def check(value: object, at: str, found: Found) -> None:
        if not isinstance(value, str) or not matches(value):
            found.append(Problem(at, f"must be {what}"))

    return check


def items(each: Check, *, least: int = 1, most: int | None = None) -> Check:
    def check(value: object, at: str, found: Found) -> None:
        if not isinstance(value, list):
            found.append(Problem(at, "must be an array"))
            return
        if len(value) < least:
            found.append(Problem(at, f"no fewer than {least} items allowed"))
        if most is not None and len(value) > most:
            found.append(Problem(at, f"no more than {most} items allowed"))
        for position, item in enumerate(value):
            each(item, f"{at}/{position}", found)

    return check


def record(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None, *rules: Rule) -> Check:
    """An object with exactly these fields; `rules` look at the object as a whole once its fields are fine."""
    optional = optional or {}

    def check(value: object, at: str, found: Found) -> None:
        if not isinstance(value, dict):
            found.append(Problem(at, "must provide an object"))
            return
        before = len(found)
        for name in required:
            if name not in value:
                found.append(Problem(at, f"missing required field: {name}"))
        for name, inner in value.items():
            shape = required.get(name) or optional.get(name)
            if shape is None:
                found.append(Problem(at, f"invalid additional property: {name}"))
            else:
                shape(inner, f"{at}/{name}", found)
        if len(found) == before:
            for rule in rules:
                rule(value, at, found)

    return check


def typed(shapes: Mapping[str, Check], *, what: str = "type") -> Check:
    """An object told apart by its `type`. A known type in the wrong place is as unsupported as an unknown one."""

    def check(value: object, at: str, found: Found) -> None:
        if not isinstance(value, dict):
            found.append(Problem(at, "must provide an object"))
            return
        kind = value.get("type")
        if kind is None:
            found.append(Problem(at, "missing required field: type"))
        elif not isinstance(kind, str) or kind not in shapes:
            found.append(Problem(f"{at}/type", f"unsupported {what}: {kind}"))
        else:
            shapes[kind](value, at, found)

    return check


def anything(value: object, at: str, found: Found) -> None:
    """Slack does not look closer, nor do we."""


def just(kind: str) -> Check:
    """The `type` field itself."""
    return one_of(kind)


def only_one_of(*names: str) -> Rule:
    """At most one of these fields."""

    def rule(value: Mapping[str, object], at: str, found: Found) -> None:
        given = [name for name in names if name in value]
        if len(given) > 1:
            found.append(Problem(at, f"only one of {', '.join(names)} is allowed"))

    return rule


def some_of(*names: str) -> Rule:
    """At least one of these fields."""

    def rule(value: Mapping[str, object], at: str, found: Found) -> None:
        if not any(name in value for name in names):
            found.append(Problem(at, f"missing required field: {' or '.join(names)}"))

    return rule
