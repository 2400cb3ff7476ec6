"""A verification that people bring to its end: it is fine without what is still open, or it is cancelled."""

from __future__ import annotations

import msgspec

from bot.deployments import Deployment
from bot.errors import Refused
from bot.events.verification import SkipVerification
from bot.lifecycle import Happening, State
from bot.people import Person
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.verification import CheckState
from handlers import authority
from handlers.deciding import may_decide
from handlers.held import hold
from handlers.lane import known, move, policy_of
from handlers.verification_plan import stop_jobs

router = Router()

CANCELLED = "{who} cancelled its verification. It was deployed all the same, and does not count as good."
SKIPPED = "{who} said that it is fine: {why}"
NOT_VERIFYING = "It is not being verified now."
NOT_ALLOWED = "You may not decide that it is fine: that is for {who}."
OWN = "You asked for this deployment, so you can't say that it is fine."
OWN_OUT = "Somebody else of {who} has to."
TAKES_CODE = "Saying that it is fine takes a code of your authenticator app there."
WITH_CODE = "It is fine, with a code…"
WHY = "A reason is needed."
WHY_OUT = "Say in a few words how you know."


@router.command(SkipVerification)
async def skip_verification(event: SkipVerification, ctx: Context) -> None:
    """Somebody who may approve there says that it is fine, and how he knows; with a code, where approving takes one."""
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    found = await known(ctx, event.deployment)
    if found.verification is None or found.state is not State.VERIFYING:
        raise Refused(Reason.ALREADY_DECIDED, NOT_VERIFYING)
    policy = policy_of(ctx, found)
    await may_decide(
        ctx,
        person,
        found,
        policy,
        reason=Reason.NOT_ALLOWED_TO_SKIP,
        sentence=NOT_ALLOWED,
        own=OWN,
        own_out=OWN_OUT,
    )
    why = " ".join(event.why.split())
    if not why:
        raise Refused(Reason.REASON_REQUIRED, WHY, way_out=WHY_OUT)
    if policy.step_up is not None and not event.coded:
        await hold(ctx, event, person, sentence=TAKES_CODE, label=WITH_CODE, subject=found.lane)
        return
    left = [one.name for one in found.verification.checks if one.state is not CheckState.GOOD]
    ctx.changes.audit(
        "verification_skipped", actor=person.id, about=found.id, why=why, left=left, coded=event.coded
    )
    stop_jobs(ctx, found, found.verification)
    skipped = msgspec.structs.replace(found.verification, skipped_by=person.id, skipped_why=why)
    sentence = SKIPPED.format(who=person.name, why=why)
    move(ctx, found, Happening.SUCCEEDED, reason=Reason.SUCCEEDED, sentence=sentence, verification=skipped)


def cancel_verification(ctx: Context, found: Deployment, person: Person) -> None:
    """Nobody looks any more. What was deployed stays, and what ran before stays the last good one."""
    if found.verification is not None:
        stop_jobs(ctx, found, found.verification)
    move(
        ctx,
        found,
        Happening.ABORTED,
        reason=Reason.CANCELLED,
        sentence=CANCELLED.format(who=person.name),
        cancelled_by=person.id,
        cancelled_at=ctx.clock.now(),
    )
