"""The one card of a release: a projection of its parts."""

from __future__ import annotations

from bot.approvals import describe, missing
from bot.deployments import Deployment, Post
from bot.errors import Rejected
from bot.events import CardRefused, button_value
from bot.events.releases import ShowRelease
from bot.lifecycle import State
from bot.people import Posted
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.standing.releases import Part, Release
from bot.words import Bold, Button, CardView, Code, Confirm, Link, Mention, When, Words
from bot.words import Part as Piece
from handlers import going_out
from handlers.card_view import STATES, duration
from handlers.release_now import run_now_button
from handlers.release_parts import parts_of, questions, release_of

router = Router()

APPROVE_SURE = Confirm(
    title="Approve?",
    text="Every part that you may approve counts as approved by you. It starts as soon as all parts may.",
    yes="Approve",
    no="Not yet",
)
CANCEL_SURE = Confirm(
    title="Cancel this release?",
    text="What runs is stopped where it stands, what waits never starts; nothing is rolled back.",
    yes="Cancel it",
    no="Keep it",
)
BACK_SURE = Confirm(
    title="Roll back what was done?",
    text="Every part that succeeded goes back to what ran before, the last one first.",
    yes="Roll back",
    no="Leave it",
)


@router.command(ShowRelease)
async def show_release(event: ShowRelease, ctx: Context) -> None:
    """Post the card, or bring it to the newest state; a burst of changes becomes one edit."""
    release = await release_of(ctx, event.release)
    if release is None:
        return
    key = f"card/{release.id}"
    post = await ctx.store.post(key)
    stamp = _stamp(release, await parts_of(ctx, release))
    if post is not None and post.ts and post.shown >= stamp:
        return
    if post is None or not post.ts:
        await _first(ctx, release, key, stamp)
        return
    posted = Posted(channel=post.channel, ts=post.ts)
    drawn: list[int] = []

    async def draw() -> CardView:
        newest = await release_of(ctx, release.id) or release
        live = await parts_of(ctx, newest)
        drawn.append(_stamp(newest, live))
        return view(newest, live, ctx.clock.now())

    try:
        await ctx.chat.update_card(posted, key, draw, final=bool(release.ended_at), again=not ctx.fresh)
    except Rejected as no:
        if no.reason is not Reason.CHANNEL_UNREACHABLE:
            raise
        await _first(ctx, release, key, stamp)
    else:
        ctx.changes.save(_post(ctx, key, release, posted, drawn[-1]))


async def _first(ctx: Context, release: Release, key: str, stamp: int) -> None:
    live = await parts_of(ctx, release)
    try:
        drawn = view(release, live, ctx.clock.now())
        posted = await ctx.chat.post_card(release.channel, key, drawn, look_first=not ctx.fresh)
    except Rejected as no:
        facts = [
            (one.lane, CardRefused(deployment=one.id, channel=release.channel, sentence=no.sentence))
            for one in live
            if one is not None and not one.state.ended
        ]
        raise Rejected(no.reason, no.sentence, facts=facts) from no
    shown = stamp if ctx.fresh else 0
    ctx.changes.save(_post(ctx, key, release, posted, shown))
    if shown < stamp:
        ctx.changes.publish(ShowRelease(release=release.id))


def _post(ctx: Context, key: str, release: Release, posted: Posted, shown: int) -> Post:
    return Post(
        key=key,
        deployment=release.id,
        channel=posted.channel,
        ts=posted.ts,
        shown=shown,
        intended_at=ctx.clock.now(),
    )


def _stamp(release: Release, live: list[Deployment | None]) -> int:
    """Grows with every change of the release or of a part."""
    return release.revision + sum(one.revision for one in live if one is not None)


def view(release: Release, live: list[Deployment | None], now: float) -> CardView:
    """The card as it should look now."""
    emoji, word = _state(release, live)
    what = release.name or ", ".join(f"{part.service} {part.version}" for part in release.parts)
    return CardView(
        title=f"Release {what} → {release.environment}",
        emoji=emoji,
        state=(Bold(word), " · ", "asked by ", Mention(release.requester.id)),
        fallback=_fallback(release, live, word, what),
        lines=tuple(_lines(release, live, now)),
        buttons=tuple(_buttons(release, live)),
        context=(("Requested ", When(release.made_at, "date_time")),),
        final=bool(release.ended_at),
    )


def _fallback(release: Release, live: list[Deployment | None], word: str, what: str) -> str:
    parts = ", ".join(
        f"{part.service} {_part_state(release, one)[1].lower()}"
        for part, one in zip(release.parts, live, strict=True)
    )
    stopped = f" {release.stopped}" if release.stopped else ""
    return f"{word}: release of {what} to {release.environment}, asked by {release.requester.name}: {parts}.{stopped}"


def _state(release: Release, live: list[Deployment | None]) -> tuple[str, str]:
    states = {one.state for one in live if one is not None}
    if release.stopped:
        return ("x", "Stopped" if release.ended_at else "Stopping")
    if release.ended_at:
        return ("white_check_mark", "Succeeded")
    for state in (State.AWAITING_APPROVAL, State.VERIFYING, State.RUNNING, State.STARTING, State.QUEUED):
        if state in states:
            return STATES[state]
    return STATES[State.REQUESTED]


def _part_state(release: Release, one: Deployment | None) -> tuple[str, str]:
    if one is None:
        return STATES[State.REFUSED] if release.stopped else STATES[State.REQUESTED]
    return STATES[one.state]


def _lines(release: Release, live: list[Deployment | None], now: float) -> list[Words]:
    found: list[Words] = [
        _line(release, part, one, now) for part, one in zip(release.parts, live, strict=True)
    ]
    if release.stopped:
        found.append((Bold("Stopped:"), " ", release.stopped))
    if release.rolled_back_by:
        found.append(("Rolled back by ", Mention(release.rolled_back_by)))
    # Last, because a card that grows too large is cut from its end: how the parts are counts more.
    for one in filter(None, live):
        out = going_out.short(one.outgoing, ended=one.state.ended)
        found += [(Bold(one.service), ": ", *words) for words in out]
    return found


def _line(release: Release, part: Part, one: Deployment | None, now: float) -> Words:
    word = _part_state(release, one)[1]
    words: list[Piece] = ["• ", Bold(part.service), " ", Code(part.version), f": {word.lower()}"]
    if one is None:
        return tuple(words)
    words.append(f" (#{one.number})")
    if one.ref is not None and one.ref.url:
        words += [", ", Link("run", one.ref.url)]
    if one.started_at:
        words.append(f", {duration((one.ended_at or now) - one.started_at)}")
    if one.state is State.AWAITING_APPROVAL and one.approval is not None:
        words.append(f", {describe(missing(one.approval.clauses, one.approval.votes))} still needed")
    elif not one.state.ended and one.waits_for:
        words.append(f", {one.waits_for}")
    elif one.state.ended and one.sentence:
        words.append(f": {one.sentence}")
    return tuple(words)


def _buttons(release: Release, live: list[Deployment | None]) -> list[Button]:
    there = [one for one in live if one is not None]
    found: list[Button] = []
    if not release.ended_at and (request := questions(there)):
        value = button_value(release.id, request)
        found.append(_approve(there, value))
        found.append(Button(action="release_reject", label="Reject…", value=value, style="danger"))
    found += run_now_button(release, live)
    if not release.ended_at:
        value = button_value(release.id)
        found.append(Button(action="release_cancel", label="Cancel", value=value, confirm=CANCEL_SURE))
        if any(one.state.holds_lane for one in there):
            found.append(Button(action="release_watch", label="Tell me when it is free", value=value))
    done = [one for one in there if one.state is State.SUCCEEDED and one.replaces]
    if release.ended_at and release.stopped and done and not release.rolled_back_by:
        found.append(
            Button(
                action="release_back",
                label="Roll back what was done",
                value=button_value(release.id),
                style="danger",
                confirm=BACK_SURE,
            )
        )
    return found


def _approve(there: list[Deployment], value: str) -> Button:
    """At once, or with a code where a part that waits asks for one."""
    if any(one.state is State.AWAITING_APPROVAL and one.approval and one.approval.step_up for one in there):
        return Button(action="release_approve_code", label="Approve…", value=value, style="primary")
    return Button(
        action="release_approve", label="Approve", value=value, style="primary", confirm=APPROVE_SURE
    )
