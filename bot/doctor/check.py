"""What the doctor finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One finding. `what` names the part, `way_out` says what to do about it; empty when it is ok."""

    level: Level
    what: str
    sentence: str
    way_out: str = ""


def ok(what: str, sentence: str) -> Check:
    return Check(level=Level.OK, what=what, sentence=sentence)


def warning(what: str, sentence: str, way_out: str = "") -> Check:
    return Check(level=Level.WARNING, what=what, sentence=sentence, way_out=way_out)


def fault(what: str, sentence: str, way_out: str = "") -> Check:
    return Check(level=Level.FAULT, what=what, sentence=sentence, way_out=way_out)
