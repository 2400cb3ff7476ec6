"""What holds up those that wait in a queue, besides their turn: it is asked of the gates, now, and never remembered.

What is held by something of its own (its time, a lock, a freeze, its bake time, the other parts of its release) steps aside for
those behind it that are not, also while something runs.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from bot.deployments import Deployment
from bot.gates import FreezeNow, Outcome, Situation, Verdict
from bot.gates.freeze import freeze
from bot.gates.lock import lock
from bot.gates.order import order
from bot.gates.release import release
from bot.gates.schedule import schedule
from bot.kinds import Kind
from bot.lifecycle import State
from bot.people import Person
from bot.ports import Context
from bot.reasons import Reason
from bot.standing import Lock
from config.models import Policy
from handlers.frozen import freezes
from handlers.lane import place_gone, policy_of
from handlers.release_parts import part_now
from handlers.steps_now import steps_now
from handlers.terms import terms_for

HELD = frozenset(
    {Reason.LOCKED, Reason.FROZEN, Reason.BAKING, Reason.PLANNED, Reason.PLAN_MISSED, Reason.RELEASE_ORDER}
)
"""What is held by these steps aside."""
NOBODY_SAYS = frozenset({Reason.COMMIT_UNKNOWN, Reason.BUILD_UNKNOWN})
"""Who would have to say is away: it is asked again after a while."""
HOLDING = (order, schedule, freeze, lock, release)
"""The gates that give these reasons, in the order of the list of gates."""


async def held(
    ctx: Context, live: Iterable[Deployment], *, reader: Person | None = None
) -> dict[str, Verdict]:
    """What each of these that waits in the queue is held by, by its id; what only waits for its turn is not among them.

    Times are those of who asked for it, or of the `reader`.
    """
    found: dict[str, Verdict] = {}
    seen = _Seen(reader)
    for one in live:
        if one.state is not State.QUEUED or place_gone(ctx, one):
            continue
        verdict = await _holds(ctx, one, seen)
        if verdict is not None:
            found[one.id] = verdict
    return found


def missed(ctx: Context, found: Deployment | None, policy: Policy) -> bool:
    """Whether it was first looked at after its time by more than the policy calls late: nobody was there then.

    Who was there and found it held by something has not missed it, however often he is away afterwards.
    """
    if found is None or found.state is not State.QUEUED or not found.not_before:
        return False
    if found.late_ok or found.start_asked_at or policy.missed == "run":
        return False
    # People may have been done with it only after its time.
    could_go = max(found.not_before, found.queued_at)
    return (found.came_at or ctx.clock.now()) > could_go + policy.late


class _Seen:
    """What many in one queue have in common is read once: locks by lane, freezes by lane and moment."""

    def __init__(self, reader: Person | None) -> None:
        self.reader = reader
        self.locks: dict[str, tuple[Lock, ...]] = {}
        self.freezes: dict[tuple[str, float], tuple[FreezeNow, ...]] = {}


async def _holds(ctx: Context, one: Deployment, seen: _Seen) -> Verdict | None:
    so = await _looked_at(ctx, one, seen)
    verdicts = [gate(so) for gate in HOLDING]
    return next((said for said in verdicts if said.outcome is not Outcome.PASS and said.reason in HELD), None)


async def _looked_at(ctx: Context, one: Deployment, seen: _Seen) -> Situation:
    """As much of its situation as these gates look at; nobody outside is asked for it."""
    policy = policy_of(ctx, one)
    so = Situation(
        now=max(ctx.clock.now(), one.not_before),
        clock=ctx.clock.now(),
        not_before=one.not_before,
        missed=missed(ctx, one, policy),
        command=ctx.settings.slack.command(),
        service=one.service,
        environment=one.environment,
        version=one.version,
        digest=one.digest,
        kind=one.kind,
        actor=one.requester.id,
        actor_name=one.requester.name,
        timezone=(seen.reader or one.requester).timezone,
        policy=policy,
        override=one.override,
        passes=frozenset(each.id for each in one.passes),
        broken=one.broken,
        clauses=terms_for(one, policy).clauses,
    )
    if one.lane not in seen.locks:
        standing = await ctx.store.standing(Lock, service=one.service, environment=one.environment)
        seen.locks[one.lane] = tuple(standing)
    if (one.lane, so.now) not in seen.freezes:
        seen.freezes[one.lane, so.now] = await freezes(ctx, so)
    steps = await steps_now(ctx, so) if policy.after and one.kind is not Kind.ROLLBACK else ()
    return replace(
        so,
        steps=steps,
        freezes=seen.freezes[one.lane, so.now],
        locks=seen.locks[one.lane],
        release=await part_now(ctx, one),
    )
