"""What a rollback would find: what is there, and what can be gone back to. Read only; everybody who needs it asks here."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import msgspec

from bot.deployments import Deployment
from bot.earlier import same
from bot.errors import Refused
from bot.events import lane
from bot.goods import LOOKED_BACK, found_wrong, goods, left, there
from bot.kinds import Kind
from bot.lifecycle import State
from bot.ports import Context
from bot.reasons import Reason
from bot.standing import BadVersion
from handlers.lane import place_gone
from handlers.sources import leads_there, pinned
from handlers.turns import holder_of

NOTHING_RAN = "Nothing of {service} has run in {environment} yet, so there is nothing to go back from."
NOTHING_RAN_OUT = "`{command} {service} {environment}` deploys it."
NO_OTHER = "There is nothing to go back to: nothing but {service} {version} has succeeded in {environment}, leaving out what is bad and what was rolled back."
NO_GOOD = "There is nothing to go back to: nothing of {service} has succeeded in {environment}, leaving out what is bad and what was rolled back. What ran there last, {version} (#{number}), {how}."
HOW = {
    State.SUCCEEDED: "succeeded",
    State.FAILED: "failed",
    State.ABORTED: "was aborted",
    State.LOST: "was lost",
}
UNDER_WAY = "has not ended yet"
NOT_BY_ITSELF = "There is nothing in {environment} to go back to by itself: {those}."
ELSEWHERE = "{version} (#{number}) ran there, and its name means another commit now"
UNTOLD = "{version} (#{number}) ran there, and which commit that was is not known"
WRONG = "{version} (#{number}) ran there, and was found wrong by who watched it"
NAMED_OUT = "`{command} rollback {service} {environment} to {version}` says that it is meant."
NO_OTHER_OUT = "`{command} {service} <version> {environment}` deploys another version."
NEVER_RAN = (
    "{service} {version} has never succeeded in {environment}: a rollback goes back to what ran there."
)
LEFT = "{service} {version} was rolled back in {environment} before: a rollback does not go there again."
OTHER_COMMIT = "{service} {version} was {then} when it succeeded in {environment} (#{number}), and not {asked}, which was asked for."
UNKNOWN = "a commit that nobody knew"
IS_THERE = "{service} {version} is what there is to go back from in {environment} (#{number})."
DEPLOY_OUT = "`{command} {service} {version} {environment}` deploys it."
NAMED_MOST = 3
BACK_OUT = "`{command} rollback {service} {environment}` goes back to the last good version."


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """From `away`, what runs there or ran there last, to any of `goods`, the last good one first."""

    away: Deployment
    goods: tuple[Deployment, ...]


async def way_back(ctx: Context, service: str, environment: str) -> Way | None:
    """None where nothing has run yet."""
    live = await ctx.store.live(lane=lane(service, environment))
    ran = await ctx.store.ran(service, environment, LOOKED_BACK)
    away = holder_of(live) or there(ran)
    if away is None:
        return None
    now = ctx.clock.now()
    marked = await ctx.store.standing(BadVersion, service=service)
    bad = [(one.version, one.digest) for one in marked if one.service == service and one.stands(now)]
    told = pinned(ctx, service, environment, away.version)
    found = goods(ran, away, bad=bad, told_digest=told)
    return Way(away=away, goods=tuple(found))


async def target_of(
    ctx: Context, service: str, environment: str, way: Way | None, *, version: str = "", digest: str = ""
) -> Deployment:
    """What is gone back to: the last good one, or the version that was named. Raises `Refused` when there is none."""
    words = {"command": ctx.settings.slack.command(), "service": service, "environment": environment}
    if way is None:
        out = NOTHING_RAN_OUT.format(**words)
        raise Refused(Reason.NOTHING_TO_GO_BACK_TO, NOTHING_RAN.format(**words), way_out=out)
    if not version:
        return await _last_good(ctx, way, words)
    for one in way.goods:
        if one.version == version and digest in {"", one.digest}:
            return one
    return await _named(ctx, way, version, digest, words)


async def to_be_had(ctx: Context, found: Iterable[Deployment]) -> list[Deployment]:
    """Those of them whose name still means the commit that ran then, or of which nobody can say."""
    these = list(found)
    there = await asyncio.gather(*(leads_there(ctx, one) for one in these))
    return [one for one, leads in zip(these, there, strict=True) if leads]


async def _last_good(ctx: Context, way: Way, words: dict[str, str]) -> Deployment:
    """The newest that can be had, and that nobody found wrong. Raises `Refused` when there is none."""
    left_out: list[str] = []
    named = ""
    for one in way.goods:
        leads = await leads_there(ctx, one)
        if leads and not found_wrong(one):
            return one
        named = named or (one.version if leads else "")
        template = WRONG if leads else ELSEWHERE if one.digest else UNTOLD
        left_out.append(template.format(version=one.version, number=one.number))
    if not left_out:
        raise await _no_other(ctx, way.away, words)
    sentence = NOT_BY_ITSELF.format(those="; ".join(left_out[:NAMED_MOST]), **words)
    out = NAMED_OUT if named else NO_OTHER_OUT
    raise Refused(Reason.NOTHING_TO_GO_BACK_TO, sentence, way_out=out.format(version=named, **words))


async def _no_other(ctx: Context, away: Deployment, words: dict[str, str]) -> Refused:
    """Nothing else has succeeded there; whether what is there ever did is said as it is."""
    succeeded = await ctx.store.went(away.lane, away.version) is not None
    sentence = (NO_OTHER if succeeded else NO_GOOD).format(
        version=away.version, number=away.number, how=HOW.get(away.state, UNDER_WAY), **words
    )
    return Refused(Reason.NOTHING_TO_GO_BACK_TO, sentence, way_out=NO_OTHER_OUT.format(**words))


async def _named(ctx: Context, way: Way, version: str, digest: str, words: dict[str, str]) -> Deployment:
    """A version that is not among those offered: longer ago, under another name, or marked as bad, which the gate says."""
    out = DEPLOY_OUT.format(version=version, **words)
    was = await ctx.store.went(way.away.lane, version)
    there = version == way.away.version or (
        was is not None and same(was.version, was.digest, way.away.version, way.away.digest)
    )
    if there:
        sentence = IS_THERE.format(version=version, number=way.away.number, **words)
        raise Refused(Reason.ALREADY_THERE, sentence, way_out=BACK_OUT.format(**words))
    if was is None:
        raise Refused(Reason.NEVER_RAN_THERE, NEVER_RAN.format(version=version, **words), way_out=out)
    if digest not in {"", was.digest}:
        sentence = OTHER_COMMIT.format(
            version=version, number=was.number, then=was.digest[:12] or UNKNOWN, asked=digest[:12], **words
        )
        raise Refused(Reason.NEVER_RAN_THERE, sentence, way_out=out)
    if await _left(ctx, was):
        raise Refused(Reason.NEVER_RAN_THERE, LEFT.format(version=version, **words), way_out=out)
    return was


async def _left(ctx: Context, was: Deployment) -> bool:
    """Whether somebody rolled back from it since, however long ago. Of what is marked as bad the gate says more."""
    marked = await ctx.store.standing(BadVersion, slot=f"{was.service}/{was.version}")
    if any(one.stands(ctx.clock.now()) for one in marked):
        return False
    told = pinned(ctx, was.service, was.environment, was.version)
    return left(was, await ctx.store.rolled_back_after(was.lane, was.ended_at), told_digest=told)


GOES_BACK = frozenset(
    {State.RUNNING, State.VERIFYING, State.SUCCEEDED, State.FAILED, State.ABORTED, State.LOST}
)


async def can_go_back(ctx: Context, found: Deployment) -> bool:
    """Whether a rollback from this very deployment could be asked for now."""
    if found.state not in GOES_BACK or found.taken_back is not None or place_gone(ctx, found):
        return False
    if found.kind is Kind.ROLLBACK and found.state is not State.SUCCEEDED:
        return False
    way = await way_back(ctx, found.service, found.environment)
    return way is not None and way.away.id == found.id and bool(way.goods)
