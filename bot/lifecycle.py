"""The life of a deployment, as a pure table: which state follows which happening.

::

    requested → (refused | cancelled | failed) → awaiting_approval → (rejected | expired | cancelled)
      → queued → (cancelled | superseded | expired | awaiting_approval) → starting → (queued) → running → verifying
      → succeeded | failed | aborted | lost
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    REQUESTED = "requested"
    REFUSED = "refused"
    AWAITING_APPROVAL = "awaiting_approval"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    QUEUED = "queued"
    SUPERSEDED = "superseded"
    STARTING = "starting"
    RUNNING = "running"
    VERIFYING = "verifying"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ABORTED = "aborted"
    LOST = "lost"

    @property
    def ended(self) -> bool:
        return self in ENDED

    @property
    def holds_lane(self) -> bool:
        """Only one deployment of a service × environment may be in such a state."""
        return self in HOLDS_LANE

    @property
    def run_over(self) -> bool:
        """Whether its run has come to an end, or there was none and will be none: nothing told of it counts any more."""
        return self in ENDED or self is State.VERIFYING


ENDED = frozenset(
    {
        State.REFUSED,
        State.REJECTED,
        State.EXPIRED,
        State.CANCELLED,
        State.SUPERSEDED,
        State.SUCCEEDED,
        State.FAILED,
        State.ABORTED,
        State.LOST,
    }
)
HOLDS_LANE = frozenset({State.STARTING, State.RUNNING, State.VERIFYING})


class Happening(StrEnum):
    """What can happen to a deployment.

    `EXPIRED`: nobody approved in time; `WAITED_TOO_LONG`: its turn did not come in time. `VOIDED`: what was approved is no
    longer what would run. `MISSING`: what was started was lost before it ran.
    """

    REFUSED = "refused"
    ASKED = "asked"
    CLEARED = "cleared"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    VOIDED = "voided"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    WAITED_TOO_LONG = "waited_too_long"
    LANE_FREE = "lane_free"
    MISSING = "missing"
    RUNNING = "running"
    VERIFYING = "verifying"
    GIVEN_UP = "given_up"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ABORTED = "aborted"
    LOST = "lost"


_S, _H = State, Happening
_RUN_ENDS = {
    _H.SUCCEEDED: _S.SUCCEEDED,
    _H.FAILED: _S.FAILED,
    _H.ABORTED: _S.ABORTED,
    _H.LOST: _S.LOST,
}

TRANSITIONS: dict[State, dict[Happening, State]] = {
    _S.REQUESTED: {
        _H.REFUSED: _S.REFUSED,
        _H.ASKED: _S.AWAITING_APPROVAL,
        _H.CLEARED: _S.QUEUED,
        _H.CANCELLED: _S.CANCELLED,
        _H.GIVEN_UP: _S.FAILED,
    },
    _S.AWAITING_APPROVAL: {
        _H.APPROVED: _S.QUEUED,
        _H.REJECTED: _S.REJECTED,
        _H.EXPIRED: _S.EXPIRED,
        _H.CANCELLED: _S.CANCELLED,
        _H.VOIDED: _S.AWAITING_APPROVAL,
        _H.REFUSED: _S.REFUSED,
        _H.CLEARED: _S.QUEUED,
    },
    _S.QUEUED: {
        _H.LANE_FREE: _S.STARTING,
        _H.CANCELLED: _S.CANCELLED,
        _H.SUPERSEDED: _S.SUPERSEDED,
        _H.WAITED_TOO_LONG: _S.EXPIRED,
        _H.VOIDED: _S.AWAITING_APPROVAL,
        _H.REFUSED: _S.REFUSED,
    },
    _S.STARTING: {
        _H.RUNNING: _S.RUNNING,
        _H.VERIFYING: _S.VERIFYING,
        _H.MISSING: _S.QUEUED,
        _H.GIVEN_UP: _S.FAILED,
        **_RUN_ENDS,
    },
    _S.RUNNING: {_H.VERIFYING: _S.VERIFYING, **_RUN_ENDS},
    _S.VERIFYING: _RUN_ENDS,
} | {state: {} for state in ENDED}


def advance(state: State, happening: Happening) -> State | None:
    """The state that follows, or None when this can't happen (any more): a late or repeated happening."""
    return TRANSITIONS[state].get(happening)
