"""The card of a change of the configuration that waits for approval: what is different, who has to say yes, the buttons."""

from __future__ import annotations

from collections.abc import Iterable

from bot.approvals import describe
from bot.deployments import Clause, Post
from bot.errors import Rejected
from bot.events import PostNote, Tell, button_value
from bot.events.configuration import ShowChange
from bot.guards import open_questions
from bot.people import Posted
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.standing import ConfigurationChange
from bot.words import Bold, Button, CardView, Code, Confirm, Mention, Note, Part, When, Words
from handlers.configuration_words import listed, needs_restart
from handlers.notes import mentions

router = Router()

TITLE = "Configuration: a policy gets looser"
STATES = {
    "": ("raised_hand", "Waiting for approval"),
    "approved": ("white_check_mark", "Approved"),
    "rejected": ("no_entry_sign", "Rejected"),
    "expired": ("alarm_clock", "Expired"),
    "withdrawn": ("heavy_multiplication_x", "Withdrawn"),
}
FALLBACK = "{state}: a change of the configuration that loosens the policy of {where}."
ASKED_BY, FOUND_AT_START = "read by ", "found at the start"
BY_SIGNAL = "read because of a signal"
HELD = "Until then each of these places keeps the policy it had before the start; everything else of the file is in force."
NOT_IN_FORCE = "Nothing of the file is in force until then."
NEEDED = "Still needed for "
NOT_SELF = ", not by who had it read"
ASKS = " The configuration would loosen a policy that you guard: please look at the card."
UNSHOWN = "The card that asks for approval can't be shown: {why}"
SHOWN_MOST, LONGEST = 10, 150
"""Differences on the card, and characters of each: what is still needed has to fit below them."""
SURE = Confirm(
    title="Approve the change?",
    text="The whole file comes into force as soon as all approvals are there.",
    yes="Approve",
    no="Not yet",
)
NO_SURE = Confirm(
    title="Reject the change?",
    text="Nothing of the file comes into force; the configuration stays as it is.",
    yes="Reject",
    no="Not yet",
)


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


def card(change: ConfigurationChange) -> CardView:
    """The card as it should look now."""
    emoji, state = STATES[change.decided]
    where = " and ".join(one.where for one in change.questions)
    return CardView(
        title=TITLE,
        emoji=emoji,
        state=(Bold(state), " · ", *_asker(change)),
        fallback=FALLBACK.format(state=state, where=where),
        lines=tuple(_lines(change)),
        buttons=() if change.decided else _buttons(change),
        context=((Code(change.digest),), ("asked ", When(change.made_at, "date_time"))),
        final=bool(change.decided),
    )


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
        whole = "\n".join(change.sentences) if len(change.sentences) > SHOWN_MOST else ""
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


def _asker(change: ConfigurationChange) -> Words:
    if change.held:
        return (FOUND_AT_START,)
    return (ASKED_BY, Mention(change.owner)) if change.place is not None else (BY_SIGNAL,)


def _lines(change: ConfigurationChange) -> list[Words]:
    short = [one if len(one) <= LONGEST else one[: LONGEST - 1] + "…" for one in change.sentences]
    found = listed(short, change.more, loosening=change.loosening, most=SHOWN_MOST)
    found += needs_restart(change.needs_restart)
    if not change.decided:
        found.append((HELD if change.held else NOT_IN_FORCE,))
        for asked, clauses in open_questions(change):
            not_self = NOT_SELF if asked.four_eyes and change.place is not None else ""
            found.append((NEEDED, asked.where, ": ", Bold(describe(clauses)), not_self, "."))
    if change.votes:
        names: list[Part] = []
        for vote in change.votes:
            names += [", " if names else "", Mention(vote.by), " at ", When(vote.at)]
        found.append(("Approved by ", *names))
    if change.decided == "rejected":
        found.append(("Rejected by ", Mention(change.ended_by), " at ", When(change.ended_at)))
    if change.why:
        found.append((f"{change.why[:1].upper()}{change.why[1:]}.",))
    if not change.decided:
        found.append(("Expires ", When(change.until, "relative"), "."))
    return found


def _buttons(change: ConfigurationChange) -> tuple[Button, ...]:
    value = button_value(change.id)
    return (
        Button(action="approve_change", label="Approve", value=value, style="primary", confirm=SURE),
        Button(action="reject_change", label="Reject", value=value, style="danger", confirm=NO_SURE),
    )


def _post(ctx: Context, key: str, change: ConfigurationChange, posted: Posted, shown: int) -> Post:
    return Post(
        key=key,
        deployment=change.id,
        channel=posted.channel,
        ts=posted.ts,
        shown=shown,
        intended_at=ctx.clock.now(),
    )
