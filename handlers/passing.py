"""What a deployment is let pass by is said by name to those who approve it, and they are asked anew when it grows.

An override is for the freezes that held when it was asked for (those of then, for what is planned), and for no later one;
`removing` for the commits that were live then, and for none that came later.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from bot.approvals import changes
from bot.deployments import Deployment
from bot.events import ReviewApproval
from bot.gates import Situation
from bot.gates.freeze import deciding, named, unnamed
from bot.gates.lost_work import unnamed as unnamed_work
from bot.lifecycle import State
from bot.ports import Context
from bot.reasons import Reason
from handlers.going_out import kept
from handlers.lane import policy_of, touch
from handlers.questions import fingerprint_now, void
from handlers.situation import Wanted, situation
from handlers.terms import terms_for


async def named_now(ctx: Context, found: Deployment) -> Deployment:
    """The deployment as people are to be asked about it: with what has come since it was asked for.

    Raises `Unreachable` or `Rejected` while people can't be asked about.
    """
    if not (found.override or found.removing):
        return found
    more = _more(ctx, found, await situation(ctx, Wanted.of(found)))
    return touch(ctx, found, **more) if more else found


async def passes_more_now(ctx: Context, found: Deployment, *, glass: str = "") -> bool:
    """The same as `passes_more`, of how things are now; `glass` is the reason for going without approval.

    Raises `Unreachable` or `Rejected` while people can't be asked about.
    """
    if not (found.override or found.removing):
        return False
    return passes_more(ctx, found, await situation(ctx, Wanted.of(found, glass=glass)))


def passes_more(ctx: Context, found: Deployment, so: Situation) -> bool:
    """Whether it would pass what nobody was asked about: then that is named, approvals are void, and people are asked anew."""
    more = _more(ctx, found, so)
    if not more:
        return False
    after = msgspec.structs.replace(found, **more)
    different = changes(fingerprint_now(ctx, found), fingerprint_now(ctx, after))
    void(ctx, touch(ctx, found, **more), Reason.FINGERPRINT_CHANGED, different)
    return True


def review_open(ctx: Context, live: Iterable[Deployment]) -> None:
    """What freezes a place, or runs there, has changed: of these, ask whose question is open whether it passes more now."""
    for one in live:
        if one.state is State.AWAITING_APPROVAL and (one.override or one.removing):
            ctx.changes.publish(ReviewApproval(deployment=one.id), subject=one.lane)


def _more(ctx: Context, found: Deployment, so: Situation) -> dict[str, Any]:
    """What is to be named besides, as changes of the deployment. What is over by now stays named: it changes nothing.

    Where nobody has to be asked, nothing is named afterwards: the gates hold it.
    """
    more: dict[str, Any] = {}
    if freezes := unnamed(so):
        known = {one.id for one in found.passes}
        more["passes"] = (*found.passes, *(one for one in named(freezes) if one.id not in known))
        more["extra"] = tuple(dict.fromkeys((*found.extra, *deciding(freezes))))
    if taken := unnamed_work(so):
        more |= {"takes_away": taken, "outgoing": kept(so.outgoing)}
    asked = terms_for(msgspec.structs.replace(found, **more), policy_of(ctx, found)).clauses
    return more if asked else {}
