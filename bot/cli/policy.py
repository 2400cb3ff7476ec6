"""`pilothouse policy replay`: which past deployments another configuration would have decided otherwise."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import click

from bot.cli import printing
from bot.cli.opening import Trouble, database_option, database_path, settings
from bot.reader import Reader
from bot.redaction import Redactor, secrets_of
from bot.replay import Decided, Outcome, Replay
from bot.trace import one_line
from config.durations import HOW_TO_WRITE, parse
from config.models import Settings

SINCE = "{given} is no length of time: {how}."
PROGRESS = "{done} of {total} deployments judged"
LINE = "#{number}  {at}  {what} by {who}: {old} → {new}"
COUNT = "  {count:>5}  {old} → {new}"
UNSURE = "{count} can't be told: they rest on who was in Slack's groups then, which is not known here."
NONE = "{judged} deployments since {since}: every one would have been decided as it is now."
SOME = "{judged} deployments since {since}: {differing} would have been decided otherwise."
CALENDARS = "What calendars said then is not kept, so that they freeze nothing here."


@click.group(epilog="Example: pilothouse policy replay --since 30d --config new.yaml")
def policy() -> None:
    """Who may do what, tried on the past."""


@policy.command(
    epilog="Example: pilothouse policy replay --since 30d --config new.yaml",
    short_help="Say which past deployments would have been decided otherwise.",
)
@click.option("--since", default="30d", show_default=True, help="How far back: 12h, 30d, ….")
@click.option(
    "--config",
    "new",
    metavar="FILE",
    required=True,
    type=click.Path(path_type=Path),
    help="The configuration that is tried.",
)
@click.option(
    "--against",
    "old",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="What it is compared with. Otherwise the file that PILOTHOUSE_CONFIG names, else pilothouse.yaml.",
)
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@database_option
def replay(*, since: str, new: Path, old: Path | None, form: str, database: Path | None) -> None:
    """Judge the deployments of the past by two configurations, and list those that are decided otherwise.

    Each is judged as it was when it was asked for: who asked, which approvals it was given, which locks and freezes there
    were. Changes nothing, and needs nothing but the database, also beside a running server.
    """
    try:
        began = time.time() - parse(since)
    except ValueError as problem:
        raise Trouble(SINCE.format(given=since, how=HOW_TO_WRITE)) from problem
    before, after = settings(old), settings(new)
    report = _Report(before, after, began, as_json=form == "json")
    asyncio.run(_replay(database_path(database, old), before, after, report))


async def _replay(path: Path, old: Settings, new: Settings, report: _Report) -> None:
    async with Reader(path) as reader:
        replaying = Replay(reader, old, new)
        report.begin()
        async with _told(replaying):
            async for outcome in replaying.since(report.since):
                report.add(outcome)
        report.end()


class _Report:
    """Prints each difference as it is found, and counts."""

    def __init__(self, old: Settings, new: Settings, since: float, *, as_json: bool) -> None:
        self.since = since
        self._as_json = as_json
        self._calendars = bool(old.calendars or new.calendars)
        self._hiding = Redactor([*secrets_of(old), *secrets_of(new)])
        self._judged = self._unsure = 0
        self._counts: Counter[tuple[str, str]] = Counter()

    def begin(self) -> None:
        if self._as_json:
            click.echo(f'{{"since": {self.since}, "differences": [', nl=False)

    def add(self, outcome: Outcome) -> None:
        self._judged += 1
        if not outcome.sure:
            self._unsure += 1
        elif outcome.differs:
            if self._as_json:
                click.echo(",\n" if self._counts else "\n", nl=False)
                click.echo(json.dumps(self._hiding.value(_as_json(outcome)), ensure_ascii=False), nl=False)
            else:
                click.echo(self._hiding.text(_line(outcome)))
            self._counts[outcome.old.kind.value, outcome.new.kind.value] += 1

    def end(self) -> None:
        if self._as_json:
            counts = [{"old": old, "new": new, "count": count} for (old, new), count in self._counts.items()]
            rest = {"counts": counts, "judged": self._judged, "unsure": self._unsure}
            click.echo(f"\n], {json.dumps(rest)[1:]}")
            return
        words = {"judged": self._judged, "since": printing.when(self.since)}
        click.echo((SOME if self._counts else NONE).format(differing=sum(self._counts.values()), **words))
        for (old, new), count in self._counts.most_common():
            click.echo(COUNT.format(count=count, old=old, new=new))
        if self._unsure:
            click.echo(UNSURE.format(count=self._unsure))
        if self._calendars:
            click.echo(CALENDARS)


@asynccontextmanager
async def _told(replaying: Replay) -> AsyncIterator[None]:
    """How far it is, on standard error, whenever a page is done."""

    def tell() -> None:
        click.echo(PROGRESS.format(done=replaying.done, total=replaying.total), err=True)

    replaying.told = tell
    yield
    tell()


def _line(outcome: Outcome) -> str:
    found = outcome.found
    return one_line(
        LINE.format(
            number=found.number,
            at=printing.when(found.requested_at),
            what=f"{found.service} {found.version} → {found.environment}",
            who=found.requester.name,
            old=_said(outcome.old),
            new=_said(outcome.new),
        )
    )


def _said(decided: Decided) -> str:
    return decided.kind.value + (f" ({decided.sentence})" if decided.sentence else "")


def _as_json(outcome: Outcome) -> dict[str, Any]:
    found = outcome.found
    return {
        "number": found.number,
        "id": found.id,
        "service": found.service,
        "environment": found.environment,
        "version": found.version,
        "requester": found.requester.id,
        "requested_at": found.requested_at,
        "old": _decision(outcome.old),
        "new": _decision(outcome.new),
    }


def _decision(decided: Decided) -> dict[str, str]:
    reason = decided.reason.value if decided.reason else ""
    return {"decision": decided.kind.value, "reason": reason, "sentence": decided.sentence}
