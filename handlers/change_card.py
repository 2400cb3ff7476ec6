"""The card of a change of the configuration that waits for approval: what is different, who has to say yes, the buttons."""

from __future__ import annotations

from collections.abc import Iterable

from bot.deployments import Clause, Post
from bot.errors import Rejected
from bot.events import PostNote, Tell
from bot.events.configuration import ShowChange
from bot.guards import open_questions
from bot.people import Posted
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.standing import ConfigurationChange
from bot.words import CardView, Note, Part
from handlers.change_view import card, shortened
from handlers.notes import mentions

router = Router()

ASKS = " The configuration would loosen a policy that you guard: please look at the card."
UNSHOWN = "The card that asks for approval can't be shown: {why}"


@router.command(ShowChange)
async def show_change(event: ShowChange, ctx: Context) -> None:
    """Post the card, or bring it to the newest revision."""
    change = await ctx.store.stood(event.change)
    if not isinstance(change, ConfigurationChange):
        return
    key = f"card/{change.id}"
    post = await ctx.store.post(key)
    if post is None or not post.ts:
        if not change.ended_at:
            await _first(ctx, change, key)
        return
    if post.shown >= change.revision:
        return
    posted, drawn = Posted(channel=post.channel, ts=post.ts), [change.revision]

    async def draw() -> CardView:
        newest = await ctx.store.stood(change.id)
        assert isinstance(newest, ConfigurationChange), "nothing that stood is ever removed"
        drawn.append(newest.revision)
        return card(newest)

    await ctx.chat.update_card(posted, key, draw, final=bool(change.ended_at), again=not ctx.fresh)
    ctx.changes.save(_post(ctx, key, change, posted, drawn[-1]))


async def _first(ctx: Context, change: ConfigurationChange, key: str) -> None:
    """Post it, and mention below it those who have to act."""
    try:
        posted = await ctx.chat.post_card(change.channel, key, card(change), look_first=not ctx.fresh)
    except Rejected as no:
        raise Rejected(no.reason, no.sentence, facts=_unshown(change, no)) from no
    ctx.changes.save(_post(ctx, key, change, posted, change.revision if ctx.fresh else 0))
    if not ctx.fresh:
        ctx.changes.publish(ShowChange(change=change.id, revision=change.revision))
    clauses = [clause for _, clauses in open_questions(change) for clause in clauses]
    if people := _people(ctx, change, clauses):
        whole = "\n".join(change.sentences) if shortened(change) else ""
        note = Note(text=(*people, ASKS), preformatted=whole)
        ctx.changes.publish(
            PostNote(deployment=change.id, name="approval", note=note), id=f"note/{change.id}/approval"
        )


def _unshown(change: ConfigurationChange, no: Rejected) -> list[tuple[str, Tell]]:
    if change.place is None:
        return []
    told = Tell(user=change.owner, place=change.place, words=(UNSHOWN.format(why=no.sentence),))
    return [(told.subject, told)] if no.reason is Reason.CHANNEL_UNREACHABLE else []


def _people(ctx: Context, change: ConfigurationChange, clauses: Iterable[Clause]) -> list[Part]:
    own = any(one.four_eyes for one in change.questions)
    return mentions(ctx, clauses, but=change.owner if own else "")


def _post(ctx: Context, key: str, change: ConfigurationChange, posted: Posted, shown: int) -> Post:
    return Post(
        key=key,
        deployment=change.id,
        channel=posted.channel,
        ts=posted.ts,
        shown=shown,
        intended_at=ctx.clock.now(),
    )
