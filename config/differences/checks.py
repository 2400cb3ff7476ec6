"""What is different in how a place is verified: which checks came, went, and what of each is another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from config.differences.wording import NOTHING, joined
from config.durations import written
from config.running import MOST_SAID
from config.verifying import Check

OTHERS = "verify {old} → {new}"
ONE = "verify {number} ({kind})"
KINDS = ("url", "job", "command", "bake")
CHECKS_MOST = 4

Walked = Iterator[tuple[str, str]]


def kinds_of(checks: Sequence[Mapping[str, Any]]) -> list[str]:
    return [next((kind for kind in KINDS if one.get(kind) is not None), "") for one in checks]


def pairs(old: Sequence[Any], new: Sequence[Any]) -> Iterator[tuple[Any, Any, str]]:
    """Each check as it was and is, with how it is called; `same_kinds` has to be so."""
    for number, (before, now) in enumerate(zip(old, new, strict=True), 1):
        if before != now:
            (kind,) = kinds_of([now])
            yield _model(before), _model(now), ONE.format(number=number, kind=kind)


def others(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> str:
    """All of them, as they were and are."""
    return OTHERS.format(old=in_words(old), new=in_words(new))


def in_words(checks: Sequence[Mapping[str, Any]]) -> str:
    return joined(map(_said, checks), CHECKS_MOST) or NOTHING


def _said(check: Mapping[str, Any]) -> str:
    if url := check.get("url"):
        return f"url {url['address']}"
    if job := check.get("job"):
        names = ", ".join(sorted(job["parameters"])[:MOST_SAID])
        return f"job {job['job']}" + (f" with {names}" if names else "")
    if command := check.get("command"):
        return f"command {command['run'][0]}"
    return f"bake {written(check['bake'])}"


def _model(check: Mapping[str, Any]) -> Any:
    """As a model, whose fields say which numbers are lengths of time; as it is where a secret is hidden in it."""
    try:
        return Check.model_validate(check)
    except ValidationError:
        return check
