"""How answers look: tables for people, JSON for programs; never a control character of somebody else's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import click

from bot.trace import moment, one_line


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], *, widest: int = 100) -> None:
    """Columns as wide as their widest cell, at most `widest`; the last one as long as it is."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [
        min(widest, max(len(line[column]) for line in [list(headings), *cells]))
        for column in range(len(headings))
    ]
    for line in [[heading.upper() for heading in headings], *cells]:
        padded = [text.ljust(width) for text, width in zip(line[:-1], widths, strict=False)]
        click.echo("  ".join([*padded, line[-1]]).rstrip())


def as_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def as_line(value: object) -> None:
    """One JSON document on one line."""
    click.echo(json.dumps(value, ensure_ascii=False))


def when(at: float | None) -> str:
    return moment(at) if at else ""


def _cell(value: Any) -> str:
    return "" if value is None else one_line(str(value))
