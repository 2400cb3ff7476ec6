"""How somebody's home of the app looks. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from bot.approvals import describe, missing
from bot.deployments import Deployment
from bot.errors import Refused
from bot.events import button_value, overview_value
from bot.guards import open_questions
from bot.pages import Buttons, Heading, Page, Rule, Say, Shown, Small
from bot.standing import ConfigurationChange, Lock
from bot.words import Bold, Button, Code, Mention, Part, When, Words, refusal
from config.models import Settings
from handlers.card_view import CANCEL_SURE, STATES
from handlers.change_view import change_buttons
from handlers.lock_words import release
from handlers.overview import Cell
from handlers.overview_view import line
from handlers.votes_view import approve_buttons

FALLBACK = "Your deployments and approvals."
APPROVALS, MINE, LOCKS, LIVE = (
    "Approvals waiting for you",
    "Your deployments",
    "Locks you hold",
    "What is live",
)
NO_APPROVALS = "Nobody waits for your approval."
NO_DEPLOYMENTS = "Nothing of yours is going on."
NO_LOCKS = "You have locked nothing."
NO_LIVE = "Nothing has been deployed yet."
NEWEST = "Where something happened last: {shown} of {all} places."
MORE = "… and {count} more."
DEPLOY, EVERYTHING, MY_PLACES = "Deploy…", "What is where", "Only mine"
REJECT, CANCEL = "Reject…", "Cancel"
UNLOCK = "`{command} unlock {scope}` lets deployments in again."

CHANGE = "A configuration that loosens a policy"
CHANGE_MORE = "… and more, on its card."

SHOWN_MOST = 10
SENTENCES_MOST, LONGEST = 5, 150
PLACES_MOST = 12


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in a home. `ended` are his newest deployments that are over, `change` what waits for his approval, too."""

    approvals: tuple[Deployment, ...] = ()
    change: ConfigurationChange | None = None
    mine: tuple[Deployment, ...] = ()
    ended: tuple[Deployment, ...] = ()
    locks: tuple[Lock, ...] = ()
    cells: tuple[Cell, ...] = ()


def refused(no: Refused) -> Page:
    """Whoever may not speak here sees why, and nothing else."""
    return Page(parts=(Say(refusal(no.sentence, no.way_out)),), fallback=no.sentence)


def home(seen: Seen, settings: Settings) -> Page:
    parts: list[Shown] = [Buttons((Button(action="deploy", label=DEPLOY, style="primary"),))]
    parts += [Heading(APPROVALS), *_approvals(seen)]
    parts += [Rule(), Heading(MINE), *_mine(seen.mine, seen.ended)]
    parts += [Rule(), Heading(LOCKS), *_locks(seen.locks, settings)]
    parts += [Rule(), Heading(LIVE), *_live(seen.cells)]
    return Page(parts=tuple(parts), fallback=FALLBACK)


def _approvals(seen: Seen) -> Iterator[Shown]:
    waiting = seen.approvals
    if not waiting and seen.change is None:
        yield Say((NO_APPROVALS,))
    if seen.change is not None:
        yield from _change(seen.change)
    for one in waiting[:SHOWN_MOST]:
        approval = one.approval
        assert approval is not None, "what waits for approval has its question"
        still = describe(missing(approval.clauses, approval.votes))
        expires = When(approval.expires_at, "relative")
        yield Say(
            (*_what(one), " asked by ", Mention(one.requester.id), f"; needs {still}; expires ", expires)
        )
        value = button_value(one.id, approval.request)
        no = Button(action="reject", label=REJECT, value=value, style="danger")
        yield Buttons((*approve_buttons(one), no))
    yield from _more(len(waiting))


def _change(change: ConfigurationChange) -> Iterator[Shown]:
    words: list[Part] = [Bold(CHANGE)]
    for asked, clauses in open_questions(change):
        words += ["; ", asked.where, " needs ", describe(clauses)]
    words += ["; expires ", When(change.until, "relative")]
    words += [f"\n• {sentence[:LONGEST]}" for sentence in change.sentences[:SENTENCES_MOST]]
    yield Say(tuple(words))
    if len(change.sentences) + change.more > SENTENCES_MOST:
        yield Small((CHANGE_MORE,))
    yield Buttons(change_buttons(change))


def _mine(live: tuple[Deployment, ...], ended: tuple[Deployment, ...]) -> Iterator[Shown]:
    if not live:
        yield Say((NO_DEPLOYMENTS,))
    for one in live[:SHOWN_MOST]:
        wait = f": {one.waits_for}" if one.waits_for else ""
        cancel = Button(
            action="cancel", label=CANCEL, value=button_value(one.id), style="danger", confirm=CANCEL_SURE
        )
        yield Say((*_what(one), f" {STATES[one.state][1].lower()}{wait}"), cancel)
    yield from _more(len(live))
    words: list[Part] = []
    for one in ended:
        words += ["\n"] if words else []
        words += [*_what(one), f" {STATES[one.state][1].lower()} ", When(one.ended_at, "relative")]
    if words:
        yield Small(tuple(words))


def _locks(locks: tuple[Lock, ...], settings: Settings) -> Iterator[Shown]:
    if not locks:
        yield Say((NO_LOCKS,))
    command = settings.slack.command()
    for one in locks[:SHOWN_MOST]:
        until: Words = (" until ", When(one.until, "date_time")) if one.until else ()
        scope = " ".join(filter(None, (one.service, one.environment))) or "everything"
        out = UNLOCK.format(command=command, scope=scope)
        yield Say((Bold(one.scope), *until, f": {one.reason}\n", *refusal(out, "")), release(one))
    yield from _more(len(locks))


def _live(cells: tuple[Cell, ...]) -> Iterator[Shown]:
    """Where something happened last comes first; the whole is a click away."""
    lately = sorted((one for one in cells if one.last or one.live), key=_when, reverse=True)
    if not lately:
        yield Say((NO_LIVE,))
    for cell in lately[:PLACES_MOST]:
        yield Say((Bold(cell.service), " ", *line(cell)))
    if lately:
        yield Small((NEWEST.format(shown=min(len(lately), PLACES_MOST), all=len(cells)),))
    everything = overview_value(service="", environment="", mine=False, like="", at_page=0)
    mine = overview_value(service="", environment="", mine=True, like="", at_page=0)
    yield Buttons(
        (
            Button(action="status", label=EVERYTHING, value=everything),
            Button(action="status", label=MY_PLACES, value=mine),
        )
    )


def _when(cell: Cell) -> float:
    ended = cell.last.ended_at if cell.last else 0.0
    return max([ended, *(one.requested_at for one in cell.live)])


def _what(one: Deployment) -> Words:
    return (Bold(f"{one.service} → {one.environment}"), " ", Code(one.version), f" #{one.number}")


def _more(count: int) -> Iterator[Shown]:
    if count > SHOWN_MOST:
        yield Small((MORE.format(count=count - SHOWN_MOST),))
