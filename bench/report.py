"""What a bench found, as rows of a Markdown table and of `bench/results.json`."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import sqlite3
import statistics
import time
from collections.abc import Iterable
from pathlib import Path

RESULTS = Path(__file__).parent / "results.json"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Row:
    """One line: what was measured, the figure and its unit, and the goal, if there is one.

    `figure` is None when it could not be measured; `note` says why, or what else matters.
    """

    what: str
    figure: float | None
    unit: str = ""
    goal: str = ""
    met: bool | None = None
    note: str = ""

    def cells(self) -> tuple[str, ...]:
        verdict = {True: "yes", False: "NO", None: ""}[self.met]
        return (
            self.what,
            "-" if self.figure is None else _shown(self.figure, self.unit),
            self.goal,
            verdict,
            self.note,
        )


def least(what: str, figure: float, unit: str, goal: float, note: str = "") -> Row:
    """A figure that should be at least the goal."""
    return Row(
        what=what, figure=figure, unit=unit, goal=f"≥ {_shown(goal, unit)}", met=figure >= goal, note=note
    )


def most(what: str, figure: float, unit: str, goal: float, note: str = "") -> Row:
    """A figure that should be at most the goal."""
    return Row(
        what=what, figure=figure, unit=unit, goal=f"≤ {_shown(goal, unit)}", met=figure <= goal, note=note
    )


def percentile(values: Iterable[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


def table(rows: Iterable[Row]) -> str:
    lines = [("measured", "figure", "goal", "met", "note"), ("---",) * 5, *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> str:
    return (
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the run, {platform.platform(terse=True)}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )


def write(rows: Iterable[Row], where: str, *, quick: bool) -> None:
    found = {
        "machine": where,
        "quick": quick,
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "rows": [dataclasses.asdict(row) for row in rows],
    }
    RESULTS.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")


def _shown(figure: float, unit: str) -> str:
    digits = 0 if abs(figure) >= 1000 else 2
    return f"{figure:,.{digits}f}{'' if unit == '×' else ' '}{unit}".strip()
