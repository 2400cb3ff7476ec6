"""After the run: what is looked at until the deployment counts as good, and what the answers make of it.

Nothing here touches the world: `handlers.checks` looks, and tells the lane. The lane is held until this is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from bot.deployments import Deployment
from bot.errors import Refused
from bot.events.verification import (
    CheckSeen,
    LookAtCheck,
    LooksMissed,
    ReviewVerification,
)
from bot.lifecycle import Happening, State
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.verification import (
    LAST_ANSWER,
    NOT_IN_TIME,
    UNSEEN_LEAST,
    Bad,
    Verification,
    baked,
    baking,
    ended_well,
    heard,
    marked_bad,
    overdue,
    plan_of,
    prolonged,
    taken_up,
)
from config.durations import written
from config.verifying import Check
from handlers.after_notes import offer_on_release
from handlers.lane import move, place_gone, touch
from handlers.verification_plan import checks_of, planned, stop_jobs
from handlers.verification_view import skip_button

router = Router()

CANT_BE_LOOKED_AT = "The run succeeded, but it can't be verified: {why}"
PLACE_GONE = (
    "The run succeeded, but the configuration has no such place any more, so that it can't be verified."
)


def begin(ctx: Context, found: Deployment, **looks: Any) -> bool:
    """Look at what was deployed. False when nothing is configured to be looked at: then it is good at once."""
    checks = checks_of(ctx, found)
    if not checks:
        return False
    try:
        new = planned(ctx, found, checks)
    except Refused as no:
        ends = {"reason": Reason.VERIFICATION_FAILED, "sentence": CANT_BE_LOOKED_AT.format(why=no.sentence)}
        move(ctx, found, Happening.FAILED, **{**looks, **ends})
        return True
    quiet = {"waits": None, "waits_for": "", "input": None, "cancelled_by": "", "cancelled_at": 0.0}
    after = move(ctx, found, Happening.VERIFYING, **looks, **quiet, verification=new)
    assert after is not None, "only what runs has a run that succeeds"
    _look(ctx, after, new, new.open)
    offer_on_release(ctx, after, "verifying", skip_button(after))
    return True


@router.on(CheckSeen)
async def check_seen(event: CheckSeen, ctx: Context) -> None:
    """One answer: something said no, everything is good, or it goes on."""
    found = await ctx.store.deployment(event.deployment)
    if found is None or found.verification is None or found.state is not State.VERIFYING:
        return
    if not _as_planned(ctx, found, found.verification) or event.turn != found.verification.turn:
        return
    checks = checks_of(ctx, found)
    after = heard(found.verification, event.check, event.answer, checks[event.check])
    if isinstance(after, Bad):
        _fail(ctx, found, event.check, after, event.answer.words, tail=event.tail)
    else:
        _go_on(ctx, found, after, checks)


@router.on(LooksMissed)
async def looks_missed(event: LooksMissed, ctx: Context) -> None:
    """What was not looked at has that much more time, and what bakes has to."""
    found = await ctx.store.deployment(event.deployment)
    if found is None or found.verification is None or found.state is not State.VERIFYING:
        return
    if not _as_planned(ctx, found, found.verification) or event.next_look.turn != found.verification.turn:
        return
    ctx.changes.publish(event.next_look)
    after = prolonged(found.verification, event.since, event.until)
    if after != found.verification:
        touch(ctx, found, verification=after)
        _come_back(ctx, found, after)


@router.command(ReviewVerification)
async def review_verification(event: ReviewVerification, ctx: Context) -> None:
    """A check's time may be over, its looks may have come to nothing, the configuration may ask for others."""
    found = await ctx.store.deployment(event.deployment)
    if found is None or found.verification is None or found.state is not State.VERIFYING:
        return
    if not _as_planned(ctx, found, found.verification):
        return
    now = ctx.clock.now()
    late = overdue(found.verification, now)
    if late is not None:
        one = found.verification.checks[late]
        if not event.waited and now - one.until > UNSEEN_LEAST:
            # Nobody was there when its time was over: whoever looks now says how long that was, before it is judged.
            ctx.changes.publish(
                msgspec.structs.replace(event, waited=True), subject=found.lane, after=UNSEEN_LEAST
            )
            return
        sentence = NOT_IN_TIME.format(name=one.name, within=written(round(one.until - one.since, 3)))
        if one.last:
            sentence = LAST_ANSWER.format(sentence=sentence, words=one.last.rstrip("."))
        _fail(ctx, found, late, Bad(Reason.VERIFICATION_TIMED_OUT, f"{sentence}."), one.last)
    elif event.again:
        after = taken_up(found.verification, now)
        touch(ctx, found, verification=after)
        _look(ctx, found, after, after.addresses if after.bake_until else after.open, again=True)


def _look(
    ctx: Context, found: Deployment, new: Verification, which: Iterable[int], *, again: bool = False
) -> None:
    """Have them looked at, and come back when the time of each is over."""
    now = ctx.clock.now()
    for n in which:
        look = LookAtCheck(
            deployment=found.id,
            check=n,
            turn=new.turn,
            ref=new.checks[n].ref,
            looked_at=now,
            due=now,
            again=again,
        )
        ctx.changes.publish(look)
    _come_back(ctx, found, new)


def _come_back(ctx: Context, found: Deployment, new: Verification) -> None:
    """When the time of each is over."""
    now = ctx.clock.now()
    for until in sorted({new.checks[n].until for n in new.open}):
        review = ReviewVerification(deployment=found.id)
        ctx.changes.publish(review, subject=found.lane, after=max(0.001, until - now))


def _as_planned(ctx: Context, found: Deployment, before: Verification) -> bool:
    """Whether what is looked at is what the configuration asks for. If not, that is looked at instead, from now on."""
    checks = checks_of(ctx, found)
    if plan_of(checks) == before.plan:
        return True
    stop_jobs(ctx, found, before)
    if place_gone(ctx, found):
        move(ctx, found, Happening.FAILED, reason=Reason.VERIFICATION_FAILED, sentence=PLACE_GONE)
        return False
    if not checks:
        _succeed(ctx, found, before)
        return False
    try:
        after = planned(ctx, found, checks, before)
    except Refused as no:
        sentence = CANT_BE_LOOKED_AT.format(why=no.sentence)
        move(ctx, found, Happening.FAILED, reason=Reason.VERIFICATION_FAILED, sentence=sentence)
        return False
    touch(ctx, found, verification=after)
    _look(ctx, found, after, after.open)
    return False


def _go_on(ctx: Context, found: Deployment, after: Verification, checks: Sequence[Check]) -> None:
    if not after.open:
        bakes = baking(after, checks, ctx.clock.now())
        if bakes is None and (not after.bake_until or baked(after)):
            _succeed(ctx, found, after)
            return
        if bakes is not None:
            after = bakes
            _look(ctx, found, after, after.addresses)
    if after != found.verification:
        touch(ctx, found, verification=after)


def _succeed(ctx: Context, found: Deployment, after: Verification) -> None:
    verification = ended_well(after)
    move(ctx, found, Happening.SUCCEEDED, reason=Reason.SUCCEEDED, verification=verification)


def _fail(
    ctx: Context, found: Deployment, n: int, bad: Bad, words: str, *, tail: tuple[str, ...] = ()
) -> None:
    assert found.verification is not None, "who calls has looked"
    said_no = bad.reason is Reason.VERIFICATION_FAILED
    stop_jobs(ctx, found, found.verification, but=n if said_no else None)
    move(
        ctx,
        found,
        Happening.FAILED,
        reason=bad.reason,
        sentence=bad.sentence,
        verification=marked_bad(found.verification, n, words),
        log_tail=tail or found.log_tail,
    )
