"""The list of gates: pure functions, the one set of rules that `plan`, `why`, previews, cards and starts all ask."""

from __future__ import annotations

from collections.abc import Callable

from bot.gates.approval import approval
from bot.gates.build import build
from bot.gates.freeze import freeze
from bot.gates.lock import lock
from bot.gates.lost_work import lost_work
from bot.gates.order import order
from bot.gates.permission import permission
from bot.gates.queue import queue
from bot.gates.release import release
from bot.gates.schedule import schedule
from bot.gates.situation import Ahead, Built, FreezeNow, Situation, Step
from bot.gates.verdict import Obstacle, Outcome, Verdict, blocking, earliest, outcome, waiting
from bot.gates.version import version

__all__ = [
    "GATES",
    "Ahead",
    "Built",
    "FreezeNow",
    "Obstacle",
    "Outcome",
    "Situation",
    "Step",
    "Verdict",
    "blocking",
    "earliest",
    "judge",
    "outcome",
    "waiting",
]

Gate = Callable[[Situation], Verdict]
GATES: tuple[Gate, ...] = (
    permission,
    version,
    build,
    order,
    schedule,
    freeze,
    lock,
    lost_work,
    approval,
    release,
    queue,
)
"""In the order in which a person wants to hear of them: what nobody can change first, what only takes time last."""


def judge(so: Situation) -> tuple[Verdict, ...]:
    """What every gate says, in order."""
    return tuple(gate(so) for gate in GATES)
