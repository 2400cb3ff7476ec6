"""The one card of a release: posted when all its parts are there, and kept at their newest state."""

from __future__ import annotations

from collections.abc import Sequence

from bot.deployments import Deployment, Post
from bot.errors import Rejected
from bot.events import CardRefused, DeploymentRequested, Event, Tell
from bot.events.releases import ShowRelease
from bot.lifecycle import State
from bot.people import Posted
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.standing.releases import Release
from bot.words import CardView
from handlers.going_back import can_go_back
from handlers.not_good import remark
from handlers.release_parts import parts_of, release_of
from handlers.release_place import named
from handlers.release_view import Around, view

router = Router()

NO_CARD = "I can't show this release in "
GOES_ON = " What runs goes on all the same; the card is in our direct messages."


@router.on(DeploymentRequested)
async def part_is_there(event: DeploymentRequested, ctx: Context) -> None:
    """The last of them makes the card whole."""
    found = await ctx.store.deployment(event.deployment)
    if found is not None and found.release:
        ctx.changes.publish(ShowRelease(release=found.release))


@router.command(ShowRelease)
async def show_release(event: ShowRelease, ctx: Context) -> None:
    """Post the card once no part is missing on it, or bring it to the newest state; a burst of changes becomes one edit."""
    release = await release_of(ctx, event.release)
    if release is None:
        return
    key = f"card/{release.id}"
    post = await ctx.store.post(key)
    live = await parts_of(ctx, release)
    stamp = _stamp(release, live)
    if post is None or not post.ts:
        if all(one is not None or part.refused for part, one in zip(release.parts, live, strict=True)):
            await _first(ctx, release, key)
        return
    if post.shown >= stamp:
        return
    posted = Posted(channel=post.channel, ts=post.ts)
    drawn: list[int] = []

    async def draw() -> CardView:
        newest = await release_of(ctx, release.id) or release
        parts = await parts_of(ctx, newest)
        drawn.append(_stamp(newest, parts))
        return await _draw(ctx, newest, parts)

    try:
        await ctx.chat.update_card(posted, key, draw, final=bool(release.ended_at), again=not ctx.fresh)
    except Rejected as no:
        if no.reason is not Reason.CHANNEL_UNREACHABLE:
            raise
        await _first(ctx, release, key)
    else:
        ctx.changes.save(_post(ctx, key, release, posted, drawn[-1]))


async def _first(ctx: Context, release: Release, key: str) -> None:
    live = await parts_of(ctx, release)
    stamp = _stamp(release, live)
    drawn = await _draw(ctx, release, live)
    try:
        posted = await ctx.chat.post_card(release.channel, key, drawn, look_first=not ctx.fresh)
    except Rejected as no:
        posted = await _in_direct_message(ctx, release, live, drawn, no)
    shown = stamp if ctx.fresh else 0
    ctx.changes.save(_post(ctx, key, release, posted, shown))
    if shown < stamp:
        ctx.changes.publish(ShowRelease(release=release.id))


async def _in_direct_message(
    ctx: Context, release: Release, live: Sequence[Deployment | None], drawn: CardView, no: Rejected
) -> Posted:
    """The channel does not take the card: who asked gets it, and the parts hear of it. Raises `Rejected`.

    What only waits is refused then, as nobody else could approve it there.
    """
    left = [one for one in live if one is not None and not one.state.ended]
    facts: list[tuple[str, Event]] = [
        (one.lane, CardRefused(deployment=one.id, channel=release.channel, sentence=no.sentence))
        for one in left
    ]
    goes_on = GOES_ON if any(one.state.holds_lane for one in left) else ""
    told = Tell(
        user=release.requester.id,
        place=release.place,
        words=(NO_CARD, named(release.channel), ": ", no.sentence, goes_on),
    )
    facts.append((told.subject, told))
    if no.reason is not Reason.CHANNEL_UNREACHABLE:
        raise Rejected(no.reason, no.sentence, facts=facts) from no
    try:
        # A user's id stands for the direct message with him.
        key = f"card/{release.id}"
        posted = await ctx.chat.post_card(release.requester.id, key, drawn, look_first=not ctx.fresh)
    except Rejected as neither:
        raise Rejected(neither.reason, neither.sentence, facts=facts) from neither
    for subject, fact in facts:
        ctx.changes.publish(fact, subject=subject)
    return posted


async def _draw(ctx: Context, release: Release, live: Sequence[Deployment | None]) -> CardView:
    there = [one for one in live if one is not None]
    before = {one.service: said for one in there if (said := await remark(ctx, one))}
    back = False
    if release.ended_at and not release.rolled_back_by:
        back = any([await can_go_back(ctx, one) for one in there if one.state is State.SUCCEEDED])
    return view(release, live, ctx.clock.now(), Around(before=before, back=back))


def _post(ctx: Context, key: str, release: Release, posted: Posted, shown: int) -> Post:
    return Post(
        key=key,
        deployment=release.id,
        channel=posted.channel,
        ts=posted.ts,
        shown=shown,
        intended_at=ctx.clock.now(),
    )


def _stamp(release: Release, live: Sequence[Deployment | None]) -> int:
    """Grows with every change of the release or of a part."""
    return release.revision + sum(one.revision for one in live if one is not None)
