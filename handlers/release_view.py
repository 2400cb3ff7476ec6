"""How the card of a release looks: a pure projection of it and of its parts, in the words of the cards of single deployments."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bot.deployments import Approval, Deployment
from bot.lifecycle import State
from bot.reasons import Reason
from bot.standing.releases import Part, Release
from bot.words import Bold, CardView, Code, Mention, When, Words
from bot.words import Part as Piece
from handlers import going_out
from handlers.card_view import STATES, duration, job, state_of, versions, voided, warned
from handlers.passing_view import without
from handlers.release_buttons import buttons
from handlers.votes_view import vote_lines

ORDER = (State.AWAITING_APPROVAL, State.VERIFYING, State.RUNNING, State.STARTING, State.QUEUED)
"""Of the states of the parts, that of the whole is the first of these."""
MANY = 8
JOB = ", job "
RUN_ASKS = "the run asks: "
TAKEN_BACK, BEING_TAKEN_BACK = ", rolled back by #{number}", ", being rolled back by #{number}"
ROLLBACK = "Rollback asked by "


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What is so around the card: `before` says by a part's service what became of the very same there, `back` that some part can go back."""

    before: dict[str, str] = {}
    back: bool = False


def view(release: Release, live: Sequence[Deployment | None], now: float, around: Around) -> CardView:
    """The card as it should look now."""
    emoji, word = _state(release, live)
    what = release.name or ", ".join(f"{part.service} {part.version}" for part in release.parts)
    there = [one for one in live if one is not None]
    return CardView(
        title=f"Release {what} → {release.environment}",
        emoji=emoji,
        state=(Bold(word), " · ", "asked by ", Mention(release.requester.id)),
        fallback=_fallback(release, live, word, what),
        fields=(("Environment", (release.environment,)), ("Time", _time(release, there, now))),
        lines=tuple(_lines(release, live, now, around)),
        buttons=tuple(buttons(release, there, back=around.back)),
        context=tuple(_context(release)),
        final=bool(release.ended_at),
    )


def _fallback(release: Release, live: Sequence[Deployment | None], word: str, what: str) -> str:
    parts = ", ".join(
        f"{part.service} {_part_state(release, one)[1].lower()}"
        for part, one in zip(release.parts, live, strict=True)
    )
    stopped = f" {release.stopped}" if release.stopped else ""
    return f"{word}: release of {what} to {release.environment}, asked by {release.requester.name}: {parts}.{stopped}"


def _state(release: Release, live: Sequence[Deployment | None]) -> tuple[str, str]:
    states = {one.state for one in live if one is not None}
    if release.stopped:
        return ("x", "Stopped" if release.ended_at else "Stopping")
    if release.ended_at:
        return ("white_check_mark", "Succeeded")
    for state in ORDER:
        if state in states:
            return STATES[state]
    return STATES[State.REQUESTED]


def _part_state(release: Release, one: Deployment | None) -> tuple[str, str]:
    if one is None:
        return STATES[State.REFUSED] if release.stopped else STATES[State.REQUESTED]
    return state_of(one)


def _time(release: Release, there: Sequence[Deployment], now: float) -> Words:
    """As on the card of a single deployment: of all parts together."""
    began = min((one.started_at for one in there if one.started_at), default=0.0)
    if release.ended_at:
        return ("took ", duration(release.ended_at - began)) if began else ("ended ", When(release.ended_at))
    if began:
        return (duration(now - began), ", started ", When(began))
    planned = max((one.not_before for one in there if not one.state.ended), default=release.not_before)
    return ("planned for ", When(planned, "date_time")) if planned else ("asked ", When(release.made_at))


def _context(release: Release) -> list[Words]:
    found: list[Words] = [("Requested ", When(release.made_at, "date_time"))]
    if release.ended_at:
        found.append(("ended ", When(release.ended_at, "date_time")))
    return found


def _lines(release: Release, live: Sequence[Deployment | None], now: float, around: Around) -> list[Words]:
    there = [one for one in live if one is not None]
    parts = [_line(release, part, one, now) for part, one in zip(release.parts, live, strict=True)]
    decided = [*_ended(release), *_to_decide(there, around)]
    # A card that grows too large is cut from its end: what is to be decided counts more than the last of many parts.
    found = [*decided, *parts] if len(parts) > MANY else [*parts, *decided]
    for one in there:
        out = going_out.short(one.outgoing, ended=one.state.ended)
        found += [(Bold(one.service), ": ", *words) for words in out]
    return found


def _ended(release: Release) -> list[Words]:
    """Why it stopped, and that it is taken back."""
    found: list[Words] = []
    if release.stopped:
        found.append((Bold("Stopped:"), " ", release.stopped))
    if release.rolled_back_by:
        why: Words = (": ", release.rolled_back_why) if release.rolled_back_why else (".",)
        found.append((ROLLBACK, Mention(release.rolled_back_by), *why))
    return found


def _to_decide(there: Sequence[Deployment], around: Around) -> list[Words]:
    """What whoever approves has to know, and who has approved."""
    found: list[Words] = []
    for one in there:
        found += [(Bold(one.service), ": ", *words) for words in voided(one)]
    # What all parts go in spite of was said once, for all of them.
    found += dict.fromkeys(line for one in there for line in without(one))
    found += [(Bold(service), ": ", *warned(sentence)) for service, sentence in around.before.items()]
    return [*found, *_approvals(there)]


def _line(release: Release, part: Part, one: Deployment | None, now: float) -> Words:
    word = _part_state(release, one)[1].lower()
    if one is None:
        return ("• ", Bold(part.service), " ", Code(part.version), f": {word}")
    words: list[Piece] = ["• ", Bold(part.service), " ", *versions(one), f": {word} (#{one.number})"]
    words += [JOB, *job(one)]
    if one.started_at:
        words.append(f", {duration((one.ended_at or now) - one.started_at)}")
    if not one.state.ended and one.waits_for:
        asks = RUN_ASKS if one.waits is Reason.INPUT_NEEDED else ""
        words.append(f", {asks}{one.waits_for}")
    if one.taken_back is not None:
        back = TAKEN_BACK if one.taken_back.at else BEING_TAKEN_BACK
        words.append(back.format(number=one.taken_back.number))
    if one.state.ended and one.sentence:
        words.append(f": {one.sentence}")
    return tuple(words)


def _approvals(there: Sequence[Deployment]) -> list[Words]:
    """Who has approved, with which word, and who is still needed: once for all parts of which the same is so."""
    alike: dict[object, list[Deployment]] = {}
    for one in there:
        if one.approval is not None:
            alike.setdefault(_said(one, one.approval), []).append(one)
    found: list[Words] = []
    for parts in alike.values():
        names = ", ".join(one.service for one in parts)
        found += [(Bold(names), ": ", *words) for words in vote_lines(parts[0])]
    ends = [one.approval.expires_at for one in there if one.approval and one.state is State.AWAITING_APPROVAL]
    if ends:
        found.append(("Expires ", When(min(ends), "relative"), "."))
    return found


def _said(one: Deployment, approval: Approval) -> object:
    """Equal for parts whose approvals are the same but for the moment in which each was written down."""
    votes = tuple((vote.by, vote.on_behalf, vote.comment, vote.carried) for vote in approval.votes)
    ladder = tuple((rung.after, rung.tell, rung.add, bool(rung.climbed_at)) for rung in approval.ladder)
    waits = one.state is State.AWAITING_APPROVAL
    return (waits, votes, approval.clauses, approval.four_eyes, approval.step_up, ladder)
