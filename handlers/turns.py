"""Whose turn it is in a lane: a pure order over what is live there."""

from __future__ import annotations

from bot.deployments import Deployment
from bot.kinds import Kind
from bot.lifecycle import State


def turn(one: Deployment) -> tuple[int, float, int]:
    """A rollback goes first, then what was let go first.

    What people approved comes in the order of the approvals, anything else as it was asked for.
    """
    if one.kind is not Kind.ROLLBACK and one.jumped_at:
        return (1, one.jumped_at, one.number)
    decided = one.approval is not None or one.broken is not None
    rank = 0 if one.kind is Kind.ROLLBACK else 2
    return (rank, one.queued_at if decided else one.requested_at, one.number)


def waiting_in(live: list[Deployment]) -> list[Deployment]:
    """The queue, in order."""
    return sorted((one for one in live if one.state is State.QUEUED), key=turn)


def holder_of(live: list[Deployment]) -> Deployment | None:
    """What runs, or is about to."""
    return next((one for one in live if one.state.holds_lane), None)


def goes_back_first(live: list[Deployment]) -> Deployment | None:
    """The rollback that the engine asked for, while people are asked: it comes before whatever waits behind the failure."""
    return next((one for one in live if asks_to_go_back(one)), None)


def asks_to_go_back(one: Deployment) -> bool:
    return (
        one.state is State.AWAITING_APPROVAL and one.rolls_back is not None and bool(one.rolls_back.automatic)
    )


def ahead_of(
    found: Deployment | None, live: list[Deployment], kind: Kind = Kind.DEPLOY, *, glass: bool = False
) -> list[Deployment]:
    """Those that come before it, in order: what runs, what the engine wants to roll back, then the queue up to it.

    None is one of that kind who comes now. What breaks the `glass` waits for no rollback that people are still asked about.
    Which of them step aside, because something of their own holds them, is not known here: `handlers/aside.py`.
    """
    if found is not None and (found.state.holds_lane or found.state.ended):
        return []
    holder = holder_of(live)
    queue = waiting_in(live)
    before = [] if holder is None else [holder]
    back = goes_back_first(live)
    if found is not None:
        kind, glass = found.kind, glass or found.broken is not None
    if back is not None and kind is not Kind.ROLLBACK and not glass:
        before.append(back)
    if found is None or found.state is not State.QUEUED:
        first = [one for one in queue if kind is not Kind.ROLLBACK or one.kind is Kind.ROLLBACK]
        return before + [one for one in first if found is None or one.id != found.id]
    return before + [one for one in queue if turn(one) < turn(found)]


def asked_before(first: Deployment, live: list[Deployment]) -> Deployment | None:
    """Whose check is waited for: of who was asked for earlier, which must not end up as the last that ran, and of a rollback."""
    if first.kind is Kind.ROLLBACK:
        return None
    checked = [one for one in live if one.state is State.REQUESTED]
    back = next((one for one in checked if one.kind is Kind.ROLLBACK), None)
    if back is not None or first.approval is not None or first.broken is not None or first.jumped_at:
        return back
    return next((one for one in checked if one.number < first.number), None)


def newer_of(old: Deployment, queue: list[Deployment], now: float) -> list[Deployment]:
    """Those of its kind that could take its place in the queue, the newest first.

    Nothing takes the place of a part of a release, of what went without approval or was let go first, nor of what is planned
    for later. What was approved late is not passed over by what came into the queue before it.
    """
    if old.broken is not None or old.jumped_at or not _in_turn(old, now):
        return []
    newer = [
        one
        for one in queue
        if one.kind is old.kind
        and one.number > old.number
        and one.queued_at >= old.queued_at
        and _in_turn(one, now)
    ]
    return sorted(newer, key=lambda one: one.number, reverse=True)


def _in_turn(one: Deployment, now: float) -> bool:
    return one.kind is not Kind.RELEASE and not one.release and one.not_before <= now
