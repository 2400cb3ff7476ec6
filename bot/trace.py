"""A deployment's whole chain as a person reads it: command, approval, run, card, each under what caused it.

Pure: rows in, lines out. Messages are pruned after a while; what the deployment and the audit log know stays.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.deployments import Deployment, Vote

PRUNED = "The messages of this deployment have been removed by age; the audit log follows."
NO_AUDIT = "The audit log says nothing about it."
MESSAGES = "Messages, each under what caused it:"
AUDIT = "Audit log:"

Row = Mapping[str, Any]

_UNSAID = frozenset({"deployment", "by", "place"})
"""Parts of an event that the line says otherwise, or that the first line said."""
LONGEST = 120


@dataclass(frozen=True)
class Step:
    """One message and what it caused, in order."""

    row: Row
    caused: list[Step] = field(default_factory=list)


def tree(messages: Iterable[Row]) -> list[Step]:
    """The messages by cause; those whose cause is not among them come first, in order."""
    steps = {row["id"]: Step(row) for row in messages}
    roots: list[Step] = []
    for step in steps.values():
        cause = steps.get(step.row["cause"] or "")
        (cause.caused if cause is not None and cause is not step else roots).append(step)
    return roots


def missing_causes(messages: Sequence[Row]) -> list[str]:
    """Ids of what caused these and is not among them: the command that began it is about no deployment yet."""
    known = {row["id"] for row in messages}
    return sorted({row["cause"] for row in messages if row["cause"]} - known)


def lines(deployment: Deployment | None, messages: Sequence[Row], audited: Sequence[Row]) -> list[str]:
    """Everything that is known, a line each."""
    said = [*_head(deployment), ""] if deployment is not None else []
    if messages:
        said += [MESSAGES, *_drawn(tree(messages))]
    else:
        said.append(PRUNED)
    said += ["", AUDIT if audited else NO_AUDIT]
    return said + [_audit_line(row) for row in audited]


def _head(one: Deployment) -> list[str]:
    version = one.version or "the job's default version"
    what = f"#{one.number}  {one.service} {version} to {one.environment}: {one.state.value}"
    said = [
        what,
        f"asked by {one.requester.name} ({one.requester.id}) on {moment(one.requested_at)}  id {one.id}",
    ]
    if one.sentence:
        said.append(f"{one.reason.value if one.reason else 'because'}: {one.sentence}")
    if one.waits_for:
        said.append(f"waits: {one.waits_for}")
    if one.approval is not None:
        votes = (
            ", ".join(f"{_voter(vote)} at {clock(vote.at)}" for vote in one.approval.votes) or "nobody yet"
        )
        said.append(f"approved by {votes}")
    if one.ref is not None:
        said.append(f"run {one.ref.number or '(no number yet)'} {one.ref.url}".rstrip())
    return said


def _voter(vote: Vote) -> str:
    return f"{vote.name} for {vote.on_behalf_name}" if vote.on_behalf else vote.name


def _drawn(steps: Sequence[Step]) -> list[str]:
    """Without recursion: a run that was followed for a day is a chain of thousands."""
    drawn: list[str] = []
    left = [(step, "", "") for step in reversed(steps)]
    while left:
        step, first, rest = left.pop()
        drawn.append(f"{clock(step.row['at'])}  {first}{_message(step.row)}")
        # A single effect stays on its cause's level: a chain reads as a list, not as a staircase.
        if len(step.caused) == 1:
            left.append((step.caused[0], f"{rest}└ ", rest))
            continue
        for number, effect in enumerate(reversed(step.caused)):
            left.append(
                (effect, f"{rest}{'└' if number == 0 else '├'}─ ", f"{rest}{' ' if number == 0 else '│'}  ")
            )
    return drawn


def _message(row: Row) -> str:
    ended = f" after {row['done_at'] - row['at']:.3f} s" if row["state"] == "done" and row["done_at"] else ""
    tries = f", {row['attempts']} failed" if row["attempts"] else ""
    why = f": {row['sentence']}" if row["sentence"] and row["state"] != "done" else ""
    says = _says(row["body"])
    return one_line(f"{row['type']}{' ' if says else ''}{says}  [{row['state']}{ended}{tries}{why}]")


def _says(body: str) -> str:
    """What an event carries besides the deployment, shortly."""
    parts: dict[str, Any] = json.loads(body)
    if parts.get("text"):
        return f"“{parts['text']}” by {(parts.get('by') or {}).get('name', '?')}"
    said = [
        f"{name}={_short(value)}"
        for name, value in parts.items()
        if name not in _UNSAID and value not in ("", None, False, [], {})
    ]
    return _cut(" ".join(said))


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        known = value.get("phase") or value.get("number") or value.get("queue") or value.get("key")
        return str(known) if known else f"{{{len(value)}}}"
    return f"[{len(value)}]" if isinstance(value, list) else str(value)


def _audit_line(row: Row) -> str:
    reason = f" ({row['reason']})" if row["reason"] else ""
    detail = " ".join(
        f"{name}={value}" for name, value in json.loads(row["detail"]).items() if value not in ("", None)
    )
    return one_line(f"{clock(row['at'])}  {row['actor']} {row['action']}{reason}  {_cut(detail)}".rstrip())


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def one_line(text: str) -> str:
    """Without line ends and terminal sequences, whatever people typed."""
    return "".join(part if part.isprintable() else f"\\x{ord(part):02x}" for part in text)


def moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def clock(at: float) -> str:
    """To the millisecond: what one thing causes another comes within a few."""
    return datetime.fromtimestamp(at, UTC).strftime("%m-%d %H:%M:%S.") + f"{int(at % 1 * 1000):03d}"
