"""What the chat shows: cards as a projection of state, notes in their threads, words to one person. Each by key."""

from __future__ import annotations

from contextlib import suppress

from bot.deployments import Deployment, Post
from bot.errors import Failure, Rejected, Unreachable
from bot.events import CardRefused, PostNote, ShowCard, ShowPage, Tell
from bot.lifecycle import State
from bot.people import Posted
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.words import CardView, Channel, Words
from handlers.card_links import Links, others
from handlers.card_view import Approvers, card
from handlers.going_back import can_go_back
from handlers.lane import policy_of
from handlers.not_good import remark

router = Router()

NO_CARD = "There is no card to reply to."
ELSEWHERE = "The card of this deployment is in "
OUTSIDE = "The card of this deployment is in the channel, below which its own thread is."


@router.command(ShowCard)
async def show_card(event: ShowCard, ctx: Context) -> None:
    """Post the card, or bring it to the newest revision; a burst of changes becomes one edit."""
    found = await ctx.store.deployment(event.deployment)
    if found is None or found.release:
        return
    key = f"card/{found.id}"
    post = await ctx.store.post(key)
    if post is None or not post.ts:
        if _needs_none(found):
            return
        await _first(ctx, found, key, again=False)
        return
    if post.shown >= found.revision:
        return
    posted = Posted(channel=post.channel, ts=post.ts)
    drawn: list[int] = []
    links = await _links(ctx, found)

    async def draw() -> CardView:
        newest = await ctx.store.deployment(found.id) or found
        # Without a link that belongs there it is not the last word: it is drawn again when the other card is there.
        drawn.append(newest.revision - (not links.keys() >= set(others(newest))))
        return await _draw(ctx, newest, links)

    try:
        await ctx.chat.update_card(posted, key, draw, final=found.state.ended, again=not ctx.fresh)
    except Rejected as no:
        if no.reason is not Reason.CHANNEL_UNREACHABLE:
            raise
        # Somebody deleted it, or threw us out of the channel: there has to be another one.
        await _first(ctx, found, key, again=True)
    else:
        ctx.changes.save(_post(ctx, key, found, posted, drawn[-1]))


def _needs_none(found: Deployment) -> bool:
    """While it is checked; and when it was refused then, which who asked was told, or because it can't be shown."""
    if found.state is State.REQUESTED:
        return found.waits is None
    waited = found.approval is not None or bool(found.queued_at)
    return found.state is State.REFUSED and not (waited and found.reason is not Reason.CHANNEL_UNREACHABLE)


@router.command(PostNote)
async def post_note(event: PostNote, ctx: Context) -> None:
    """Reply in the thread, once."""
    key = f"note/{event.deployment}/{event.name}"
    if await ctx.store.post(key) is not None:
        return
    found = await ctx.store.deployment(event.deployment)
    release = found.release if found else ""
    card_post = await ctx.store.post(f"card/{release or event.deployment}")
    if release and (card_post is None or not card_post.ts):
        raise Unreachable(Reason.CHANNEL_UNREACHABLE, NO_CARD)
    if card_post is None or not card_post.ts:
        raise Rejected(Reason.CHANNEL_UNREACHABLE, NO_CARD)
    thread = Posted(channel=card_post.channel, ts=card_post.ts)
    posted = await ctx.chat.post_note(thread, key, event.note, look_first=not ctx.fresh)
    ctx.changes.save(
        Post(
            key=key,
            deployment=event.deployment,
            channel=posted.channel,
            ts=posted.ts,
            intended_at=ctx.clock.now(),
        )
    )


@router.command(Tell)
async def tell(event: Tell, ctx: Context) -> None:
    """Said to one person; it may be said twice after a crash, and is never kept."""
    await ctx.chat.tell(event.user, event.place, event.words, buttons=event.buttons)


@router.command(ShowPage)
async def show_page(event: ShowPage, ctx: Context) -> None:
    """Shown to one person; it may be shown twice after a crash, and is never kept."""
    await ctx.chat.show(event.user, event.place, event.page, replaces=event.replaces)


async def _first(ctx: Context, found: Deployment, key: str, *, again: bool) -> None:
    """Post the card, and tell who asked where it is when that is not where he asked."""
    view = await _draw(ctx, found, await _links(ctx, found))
    try:
        posted = await ctx.chat.post_card(found.channel, key, view, look_first=not ctx.fresh)
    except Rejected as no:
        posted = await _in_direct_message(ctx, found, key, view, no)
    else:
        _tell_where(ctx, found, posted, again=again)
    shown = 0 if not ctx.fresh else found.revision
    ctx.changes.save(_post(ctx, key, found, posted, shown))
    if shown < found.revision:
        # It may be an older card that was found: bring it up to date.
        ctx.changes.publish(ShowCard(deployment=found.id, revision=found.revision))
    if found.rolls_back is not None:
        left = await ctx.store.deployment(found.rolls_back.deployment)
        if left is not None:
            ctx.changes.publish(ShowCard(deployment=left.id, revision=left.revision))


async def _in_direct_message(
    ctx: Context, found: Deployment, key: str, view: CardView, no: Rejected
) -> Posted:
    """The channel does not take the card: who asked gets it, and the lane hears of it. Raises `Rejected`."""
    fact = CardRefused(deployment=found.id, channel=found.channel, sentence=no.sentence)
    if no.reason is not Reason.CHANNEL_UNREACHABLE:
        raise Rejected(no.reason, no.sentence, facts=[(found.lane, fact)]) from no
    if found.broken is not None and (seen := await _announced(ctx, found, key, view)) is not None:
        return seen
    try:
        # A user's id stands for the direct message with him.
        posted = await ctx.chat.post_card(found.told, key, view, look_first=not ctx.fresh)
    except Rejected as neither:
        raise Rejected(neither.reason, neither.sentence, facts=[(found.lane, fact)]) from neither
    ctx.changes.publish(fact, subject=found.lane)
    return posted


async def _announced(ctx: Context, found: Deployment, key: str, view: CardView) -> Posted | None:
    """The card of what went without approval, where such things are announced; None when that is no better place."""
    channel = ctx.settings.slack.announce_channel
    if channel in {None, found.channel}:
        return None
    try:
        posted = await ctx.chat.post_card(str(channel), key, view, look_first=not ctx.fresh)
    except Rejected as no:
        if no.reason is not Reason.CHANNEL_UNREACHABLE:
            raise
        return None
    _tell_where(ctx, found, posted, again=False)
    return posted


def _tell_where(ctx: Context, found: Deployment, posted: Posted, *, again: bool) -> None:
    place = found.place
    if again or (posted.channel == place.channel and (place.direct or not place.thread)):
        return
    words: Words = (
        (OUTSIDE,) if posted.channel == place.channel else (ELSEWHERE, Channel(posted.channel), ".")
    )
    ctx.changes.publish(Tell(user=found.told, place=place, words=words, deployment=found.id))


async def _draw(ctx: Context, found: Deployment, links: Links) -> CardView:
    policy = policy_of(ctx, found)
    around = Approvers(
        break_glass=bool(policy.break_glass),
        glass_code=policy.step_up is not None,
        back=await can_go_back(ctx, found),
        links=links,
        before=await remark(ctx, found),
    )
    return card(found, ctx.clock.now(), around)


async def _links(ctx: Context, found: Deployment) -> Links:
    """Where the cards are that this one speaks of; a card without a link says the number all the same."""
    links: dict[str, str] = {}
    for id_ in others(found):
        other = await ctx.store.deployment(id_)
        post = await ctx.store.post(f"card/{(other.release if other else '') or id_}")
        if post is not None and post.ts:
            with suppress(Failure):
                links[id_] = await ctx.chat.permalink(Posted(channel=post.channel, ts=post.ts))
    return links


def _post(ctx: Context, key: str, found: Deployment, posted: Posted, shown: int) -> Post:
    return Post(
        key=key,
        deployment=found.id,
        channel=posted.channel,
        ts=posted.ts,
        shown=shown,
        intended_at=ctx.clock.now(),
    )
