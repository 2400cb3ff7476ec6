"""Taking back what a release did: the parts that succeeded, the last first, each by a rollback of its own."""

from __future__ import annotations

import msgspec

from bot.errors import Refused
from bot.events.releases import RollBackRelease, ShowRelease
from bot.events.rollback import RollBackDeployment
from bot.lifecycle import State
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from handlers import authority
from handlers.lane import policy_of
from handlers.release_parts import parts_of, release_of

router = Router()

NOT_OVER = "Cancel the release first, or wait for its end: then what was done can be rolled back."
BACK_ALREADY = "Somebody has rolled it back already."
NOT_BACK = "You may not roll back any part of this release: that is for those who may deploy it."
NOTHING_DONE = "Nothing of this release was done."
WHY = "A reason is needed."
WHY_OUT = "Say in a few words why it is rolled back."


@router.command(RollBackRelease)
async def roll_back_release(event: RollBackRelease, ctx: Context) -> None:
    """Each part with its own rights and approvals; the reason stands on the card of each rollback."""
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    release = await release_of(ctx, event.release)
    if release is None or not release.ended_at:
        raise Refused(Reason.ALREADY_DECIDED, NOT_OVER)
    if release.rolled_back_by:
        raise Refused(Reason.ALREADY_DECIDED, BACK_ALREADY)
    done = [one for one in await parts_of(ctx, release) if one is not None and one.state is State.SUCCEEDED]
    if not done:
        raise Refused(Reason.NOTHING_BEFORE, NOTHING_DONE)
    may = [
        one
        for one in done
        if await authority.belongs(ctx, person, policy_of(ctx, one).deploy, at_most=authority.DECISIVE)
    ]
    if not may:
        raise Refused(Reason.NOT_ALLOWED_TO_DEPLOY, NOT_BACK)
    why = " ".join(event.why.split())
    if not why:
        raise Refused(Reason.REASON_REQUIRED, WHY, way_out=WHY_OUT)
    for one in sorted(may, key=lambda one: one.ended_at, reverse=True):
        back = RollBackDeployment(by=event.by, place=event.place, text=event.text, deployment=one.id, why=why)
        ctx.changes.publish(back, subject=one.lane)
    ctx.changes.save(msgspec.structs.replace(release, rolled_back_by=person.id, rolled_back_why=why))
    ctx.changes.audit("release_rolled_back", actor=person.id, about=release.id, why=why)
    ctx.changes.publish(ShowRelease(release=release.id))
