"""Runs that do not go as usual: not begun, hung, slower than nearly all before. The right people are told, once of each.

Each is a delayed message that looks when it fires, and comes back when it was too early.
"""

from __future__ import annotations

from bot.audit import ENGINE
from bot.deployments import Deployment, RunRecord
from bot.events import DeploymentStarted
from bot.events.verification import Trouble, Watchdog
from bot.lifecycle import State
from bot.ports import Context
from bot.routing import Router
from bot.words import Bold, Mention, Part
from config.models import Policy, is_chat_group, is_user
from handlers.after_notes import say
from handlers.card_view import duration
from handlers.lane import policy_of
from handlers.reaching import looked_lately

router = Router()

KINDS: tuple[Trouble, ...] = ("not_started", "hung", "slow")
PEOPLE_MOST = 10
SOON = 1.0
"""Seconds after the moment itself, so that what comes just then is seen."""
UNSEEN = 30.0
"""Seconds until it is looked again at what nobody has looked at lately."""

NOT_STARTED = " was to start {ago} ago, and its run has not begun."
HUNG = " has shown nothing new for {ago}, neither log nor stage."
SLOW = " is slower than usual: 95 of 100 runs of this job took {usual} at most, and it has been running for {ago}."
WHY = " Waiting: {why}"


@router.on(DeploymentStarted)
async def started(event: DeploymentStarted, ctx: Context) -> None:
    """From now on it is watched."""
    found = await ctx.store.deployment(event.deployment)
    if found is None:
        return
    policy = policy_of(ctx, found)
    for kind in KINDS:
        limit = _limit(found, policy, kind)
        if limit:
            dog = Watchdog(deployment=found.id, trouble=kind, since=ctx.clock.now())
            name = f"watch/{found.id}/{kind}/{found.revision}"
            ctx.changes.publish(dog, subject=found.lane, after=limit, id=name)


@router.command(Watchdog)
async def look(event: Watchdog, ctx: Context) -> None:
    """Is it so now? If it may become so, look again when it may."""
    found = await ctx.store.deployment(event.deployment)
    if found is None or found.state not in {State.STARTING, State.RUNNING}:
        return
    record = await ctx.store.run(found.id)
    if record is not None and record.ref is not None and not looked_lately(ctx, record):
        # The server was down, or its machine slept: one look at the run comes first.
        ctx.changes.publish(event, subject=found.lane, after=UNSEEN)
        return
    limit = _limit(found, policy_of(ctx, found), event.trouble)
    since = _since(ctx, found, event, record)
    if not limit or since is None:
        return
    ago = ctx.clock.now() - since
    if ago < limit:
        ctx.changes.publish(event, subject=found.lane, after=limit - ago + SOON)
        return
    ctx.changes.audit("watchdog_told", actor=ENGINE, about=found.id, kind=event.trouble, seconds=round(ago))
    _tell(ctx, found, event, ago)


def _limit(found: Deployment, policy: Policy, kind: str) -> float:
    """Seconds after which it is so; 0 when nobody wants to know, or nobody can say."""
    if kind == "not_started":
        return policy.watch.not_started or 0.0
    if kind == "hung":
        return policy.watch.hung or 0.0
    return found.slow_after if policy.watch.slow else 0.0


def _since(ctx: Context, found: Deployment, event: Watchdog, record: RunRecord | None) -> float | None:
    """Since when it has been so. None when it can't be any more; now while it can't be."""
    if event.trouble == "not_started":
        return max(event.since, ctx.booted_at) if found.state is State.STARTING else None
    if found.state is not State.RUNNING:
        return ctx.clock.now()
    if event.trouble == "slow":
        return found.started_at
    if found.input is not None or found.peer_away:
        # A person is waited for, or nobody can see whether there is anything new.
        return ctx.clock.now()
    if record is None:
        return found.started_at
    return max(found.started_at, record.moved_at, record.looks_since)


def _tell(ctx: Context, found: Deployment, event: Watchdog, ago: float) -> None:
    """Who asked; those the policy names for cancelling, too, when it stands still: one of them may have to."""
    people = [found.requester.id]
    if event.trouble != "slow":
        references = policy_of(ctx, found).cancel
        people += [member for who in references for member in ctx.settings.groups.get(who, [who])]
    named = [one for one in dict.fromkeys(people) if is_user(one) or is_chat_group(one)][:PEOPLE_MOST]
    words: list[Part] = []
    for one in named:
        words += [Mention(one, group=is_chat_group(one)), " "]
    template = {"not_started": NOT_STARTED, "hung": HUNG, "slow": SLOW}[event.trouble]
    what = f"#{found.number} {found.service} {found.version} → {found.environment}"
    words += [Bold(what), template.format(ago=duration(ago), usual=duration(found.slow_after))]
    if found.waits_for:
        words.append(WHY.format(why=found.waits_for))
    say(ctx, found, f"watch-{event.trouble}", tuple(words))
