"""Announcements: said once in a channel; what is said there of a lock or a freeze is kept true for as long as it stands.

Such an announcement is a projection like a card. When the lock or the freeze changes or ends, it is edited in place. One that
somebody deleted loses nothing: the end is announced by itself.
"""

from __future__ import annotations

from bot.deployments import Post
from bot.errors import Rejected
from bot.events import Announce, Tell
from bot.events.announcing import ShowAnnounced
from bot.events.freezing import FreezeDeclared, FreezeEnded
from bot.events.locks import AboutGivenLock, LockEnded, LockGiven
from bot.people import Posted
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.standing import Freeze, Lock, Standing
from bot.standing.base import announced_name
from bot.words import Bold, Mention, Note
from handlers import freeze_words, lock_words
from handlers.notes import not_announced, unannounced

router = Router()

KEY = "announce/{about}/{name}"
SAID_ANEW = " is announced anew further down, by "
NEVER_STALE = 2**53
"""What an earlier announcement shows, once it says that there is a newer one: that stays true whatever comes."""


@router.command(Announce)
async def announce(event: Announce, ctx: Context) -> None:
    """Say it once in the channel that the configuration names; when it can't be, say that where it concerns people."""
    key = KEY.format(about=event.deployment, name=event.name)
    if await ctx.store.post(key) is not None:
        return
    try:
        posted = await ctx.chat.announce(
            event.channel, key, event.words, buttons=event.buttons, look_first=not ctx.fresh
        )
    except Rejected as no:
        if event.user and event.place is not None and no.reason is Reason.CHANNEL_UNREACHABLE:
            words = not_announced(event, no.sentence)
            ctx.changes.publish(Tell(user=event.user, place=event.place, words=words))
            return
        found = await ctx.store.deployment(event.deployment)
        if found is None:
            raise
        raise Rejected(no.reason, no.sentence, facts=unannounced(ctx, found, event, no.sentence)) from no
    post = Post(
        key=key,
        deployment=event.deployment,
        channel=posted.channel,
        ts=posted.ts,
        # It may be an older one that was found, and edited since.
        shown=event.shown if ctx.fresh else 0,
        intended_at=ctx.clock.now(),
    )
    ctx.changes.save(post)
    if event.standing:
        # It may have changed while this waited for its turn, and what was announced of it before is not the newest any more.
        ctx.changes.publish(ShowAnnounced(standing=event.standing))


@router.on(LockGiven, LockEnded)
async def lock_changed(event: AboutGivenLock, ctx: Context) -> None:
    ctx.changes.publish(ShowAnnounced(standing=event.lock))


@router.on(FreezeDeclared)
async def freeze_declared(event: FreezeDeclared, ctx: Context) -> None:
    ctx.changes.publish(ShowAnnounced(standing=event.freeze))


@router.on(FreezeEnded)
async def freeze_ended(event: FreezeEnded, ctx: Context) -> None:
    ctx.changes.publish(ShowAnnounced(standing=event.freeze))


@router.command(ShowAnnounced)
async def show_announced(event: ShowAnnounced, ctx: Context) -> None:
    """Edit what is not true any more; in each channel only the newest announcement has words of its own, and buttons."""
    found = await ctx.store.stood(event.standing)
    if found is None:
        return
    posts = await ctx.store.posts(KEY.format(about="", name=announced_name(found.id)))
    newest = {one.channel: one.key for one in sorted(posts, key=lambda one: float(one.ts or 0))}
    for post in posts:
        is_newest = newest[post.channel] == post.key
        if post.shown < (found.revision if is_newest else NEVER_STALE):
            await _edit(ctx, post, found, is_newest=is_newest)


async def _edit(ctx: Context, post: Post, found: Standing, *, is_newest: bool) -> None:
    """When its turn has come, as it is then. One that can't be edited any more is left alone."""
    shown = [found.revision if is_newest else NEVER_STALE]

    async def draw() -> Note:
        now = await ctx.store.stood(found.id) or found
        if not is_newest:
            return Note(text=(Bold(now.scope), SAID_ANEW, Mention(now.owner), "."))
        shown.append(now.revision)
        return _drawn(now)

    posted = Posted(channel=post.channel, ts=post.ts)
    try:
        await ctx.chat.update_note(posted, post.key, draw, final=bool(found.ended_at), again=not ctx.fresh)
    except Rejected as no:
        if no.reason is not Reason.CHANNEL_UNREACHABLE:
            raise
    ctx.changes.save(
        Post(
            key=post.key,
            deployment=post.deployment,
            channel=post.channel,
            ts=post.ts,
            shown=shown[-1],
            intended_at=post.intended_at,
        )
    )


def _drawn(now: Standing) -> Note:
    """As it stands, with the buttons that fit; or how it ended, without any."""
    match now:
        case Lock(ended_at=0.0):
            return Note(text=lock_words.described(now), buttons=tuple(lock_words.announced(now)))
        case Lock():
            return Note(text=lock_words.ended(now))
        case Freeze(ended_at=0.0):
            return Note(text=freeze_words.declared(now), buttons=freeze_words.buttons(now))
        case Freeze():
            return Note(text=freeze_words.ended(now))
        case _:
            raise AssertionError(f"nobody announces {type(now).__name__}")
