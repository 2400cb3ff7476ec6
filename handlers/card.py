"""What the chat shows: cards as a projection of state, notes in their threads, words to one person. Each by key."""

from __future__ import annotations

from bot.deployments import Deployment, Post
from bot.errors import Rejected
from bot.events import Announce, PostNote, ShowCard, Tell
from bot.lifecycle import State
from bot.people import Posted
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.words import CardView
from handlers.card_view import Approvers, card
from handlers.lane import policy_of

router = Router()

NO_CARD = "There is no card to reply to."


@router.command(ShowCard)
async def show_card(event: ShowCard, ctx: Context) -> None:
    """Post the card, or bring it to the newest revision; a burst of changes becomes one edit."""
    found = await ctx.store.deployment(event.deployment)
    if found is None:
        return
    key = f"card/{found.id}"
    post = await ctx.store.post(key)
    if post is None or not post.ts:
        if found.state is State.REFUSED or (found.state is State.REQUESTED and found.waits is None):
            return
        posted = await ctx.chat.post_card(found.channel, key, _draw(ctx, found), look_first=not ctx.fresh)
        shown = 0 if not ctx.fresh else found.revision
        ctx.changes.save(_post(ctx, key, found, posted, shown))
        if shown < found.revision:
            # It may be an older card that was found: bring it up to date.
            ctx.changes.publish(ShowCard(deployment=found.id, revision=found.revision))
        return
    if post.shown >= found.revision:
        return
    posted = Posted(channel=post.channel, ts=post.ts)
    drawn: list[int] = []

    async def draw() -> CardView:
        newest = await ctx.store.deployment(found.id) or found
        drawn.append(newest.revision)
        return _draw(ctx, newest)

    await ctx.chat.update_card(posted, key, draw, final=found.state.ended)
    ctx.changes.save(_post(ctx, key, found, posted, drawn[-1]))


@router.command(PostNote)
async def post_note(event: PostNote, ctx: Context) -> None:
    """Reply in the thread, once."""
    key = f"note/{event.deployment}/{event.name}"
    if await ctx.store.post(key) is not None:
        return
    card_post = await ctx.store.post(f"card/{event.deployment}")
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


@router.command(Announce)
async def announce(event: Announce, ctx: Context) -> None:
    """Say it once in the channel that the configuration names."""
    key = f"announce/{event.deployment}/{event.name}"
    if await ctx.store.post(key) is not None:
        return
    posted = await ctx.chat.announce(event.channel, key, event.words, look_first=not ctx.fresh)
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
    await ctx.chat.tell(event.user, event.place, event.words)


def _draw(ctx: Context, found: Deployment) -> CardView:
    return card(found, ctx.clock.now(), Approvers(break_glass=bool(policy_of(ctx, found).break_glass)))


def _post(ctx: Context, key: str, found: Deployment, posted: Posted, shown: int) -> Post:
    return Post(
        key=key,
        deployment=found.id,
        channel=posted.channel,
        ts=posted.ts,
        shown=shown,
        intended_at=ctx.clock.now(),
    )
