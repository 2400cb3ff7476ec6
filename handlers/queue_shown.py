"""`/deploy queue` shows who waits where, in order; `/deploy leave` takes one's own back before it has started."""

from __future__ import annotations

from bot.deployments import Deployment
from bot.errors import Refused
from bot.events import Cancel, Tell
from bot.events.queueing import LeaveQueue, ShowQueue
from bot.lifecycle import State
from bot.people import Person
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.standing import scope
from bot.words import Bold, Code, Mention, Part, When, Words, marked
from handlers import authority
from handlers.aside import held
from handlers.card_view import STATES
from handlers.situation import ahead_now, goes_back_no_more
from handlers.turns import goes_back_first, holder_of, waiting_in

router = Router()

LINES_MOST = 40
NOTHING = "Nobody waits{where}, and nothing runs."
MORE = "… and {count} more. Name a service to see fewer."
EXPECTED = ", expected to start "
HELD_UP = ", held: "
GOES_BACK = "goes back first, and waits for approval: "
NOTHING_WAITS = "You have nothing waiting{where}."
NOTHING_WAITS_OUT = "`{command} queue` shows who waits where."
NO_NUMBER = "There is no deployment #{number}."
SEVERAL = "Several of yours wait: {names}."
SEVERAL_OUT = "Say which: `{command} leave #{number}`"
NOT_STARTED = frozenset({State.REQUESTED, State.AWAITING_APPROVAL, State.QUEUED})


@router.command(ShowQueue)
async def show_queue(event: ShowQueue, ctx: Context) -> None:
    """Each place where something runs or waits; seen only by who asked."""
    person = await authority.admitted(ctx, event.by)
    lanes: dict[str, list[Deployment]] = {}
    for one in await ctx.store.live():
        if event.service in {"", one.service} and event.environment in {"", one.environment}:
            lanes.setdefault(one.lane, []).append(one)
    lines: list[Words] = []
    for name in sorted(lanes):
        lines += await _lane(ctx, lanes[name], person)
    where = f" ({scope(event.service, event.environment)})" if event.service or event.environment else ""
    shown = lines[:LINES_MOST] or [(NOTHING.format(where=where),)]
    if len(lines) > LINES_MOST:
        shown.append((MORE.format(count=len(lines) - LINES_MOST),))
    words: list[Part] = []
    for line in shown:
        words += ["\n"] if words else []
        words += line
    ctx.changes.publish(Tell(user=event.by.id, place=event.place, words=tuple(words)))


@router.command(LeaveQueue)
async def leave(event: LeaveQueue, ctx: Context) -> None:
    """Cancel what has not started; what has started meanwhile is not stopped by this."""
    person = await authority.admitted(ctx, event.by)
    found = await _meant(ctx, event, person.id)
    cancel = Cancel(by=event.by, place=event.place, text=event.text, deployment=found.id, only_waiting=True)
    ctx.changes.publish(cancel, subject=found.lane)


async def _lane(ctx: Context, live: list[Deployment], person: Person) -> list[Words]:
    """What runs, then who waits; nothing for a place where people are only asked."""
    holder, queue = holder_of(live), waiting_in(live)
    if holder is None and not queue:
        return []
    first = holder or queue[0]
    lines: list[Words] = [(Bold(scope(first.service, first.environment)),)]
    if holder is not None:
        lines.append((f"▶ {STATES[holder.state][1].lower()}: ", *_who(holder)))
    back = goes_back_first(live)
    if back is not None and not await goes_back_no_more(ctx, back, live):
        lines.append(("↩ ", GOES_BACK, *_who(back)))
    place, aside = 0, await held(ctx, queue, reader=person)
    for one in queue:
        if one.id in aside:
            lines.append(("⏸ ", *_who(one), HELD_UP, *marked(aside[one.id].said)))
            continue
        place += 1
        ahead = await ahead_now(ctx, one, live, aside)
        known = bool(ahead) and all(before.free_at for before in ahead)
        expected: Words = (EXPECTED, When(max(before.free_at for before in ahead))) if known else ()
        lines.append((f"{place}. ", *_who(one), *expected))
    return lines


def _who(one: Deployment) -> Words:
    return (f"#{one.number} ", Code(one.version), ", asked by ", Mention(one.requester.id))


async def _meant(ctx: Context, event: LeaveQueue, person: str) -> Deployment:
    command = ctx.settings.slack.command()
    if event.number:
        numbered = await ctx.store.numbered(event.number)
        if numbered is None:
            out = NOTHING_WAITS_OUT.format(command=command)
            raise Refused(Reason.UNKNOWN_DEPLOYMENT, NO_NUMBER.format(number=event.number), way_out=out)
        return numbered
    mine = [
        one
        for one in await ctx.store.live()
        if one.requester.id == person
        and one.state in NOT_STARTED
        and event.service in {"", one.service}
        and event.environment in {"", one.environment}
    ]
    if not mine:
        where = f" ({scope(event.service, event.environment)})" if event.service or event.environment else ""
        out = NOTHING_WAITS_OUT.format(command=command)
        raise Refused(Reason.UNKNOWN_DEPLOYMENT, NOTHING_WAITS.format(where=where), way_out=out)
    if len(mine) > 1:
        names = ", ".join(f"#{one.number} {one.service} → {one.environment}" for one in mine[:10])
        out = SEVERAL_OUT.format(command=command, number=mine[-1].number)
        raise Refused(Reason.AMBIGUOUS, SEVERAL.format(names=names), way_out=out)
    return mine[0]
