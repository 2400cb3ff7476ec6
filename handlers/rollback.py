"""`/rollback checkout production`: back to what ran there before; by words, from a card, or by the engine after a failure."""

from __future__ import annotations

import msgspec

from bot.audit import ENGINE
from bot.deployments import Deployment
from bot.earlier import GoingBack
from bot.errors import Failure, Refused, Unreachable
from bot.events import Cancel, Deploy, DeploymentQueued
from bot.events.planning import ShowPlan
from bot.events.rollback import RollBack, RollBackDeployment, RollBackFailed
from bot.goods import earlier
from bot.kinds import Kind
from bot.people import Person
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from handlers import authority, lock_rights
from handlers.deploy import place_of, request
from handlers.going_back import Way, target_of, way_back
from handlers.lane import known, rolls_itself_back, touch
from handlers.rollback_notes import itself, not_itself

router = Router()

WHY_BAD = "Say why it is bad: whoever wants to deploy it reads that."
WHY_LOCK = "Say why the place is locked: whoever wants to deploy there reads that."
WHY_OUT = "`{command} rollback {service} {environment} {words} because …`"
MAY_NOT_LOCK = "You may not lock {service} in {environment}: that is for {who}."
MAY_NOT_LOCK_OUT = "Leave `lock` out, and it is rolled back."
MAY_NOT_MARK = "You may not mark versions of {service} as bad: that is for {who}."
MAY_NOT_MARK_OUT = "Leave `bad` out, and it is rolled back."
MOVED_ON = "#{number} ({version}) is not what is there any more: #{there} ({now}) is."
MOVED_ON_OUT = "`{command} rollback {service} {environment}` goes back from that."
BY_ITSELF = "(by itself) rollback {service} {environment} to {version}, because #{number} failed"
PILOTHOUSE = Person(id=ENGINE, name="pilothouse", bot=True)
"""The engine, where it asks for something itself."""


@router.command(RollBack)
async def roll_back(event: RollBack, ctx: Context) -> None:
    person = await authority.admitted(ctx, event.by)
    place_of(ctx, event.service, event.environment)
    way = await way_back(ctx, event.service, event.environment)
    to = await target_of(
        ctx, event.service, event.environment, way, version=event.version_wanted, digest=event.digest
    )
    assert way is not None, "there is nothing to go back to where nothing ran"
    await _may_mark(ctx, event, person)
    asked = asks(event, way, to)
    if event.plan:
        fields = {name: getattr(asked, name) for name in ShowPlan.__struct_fields__ if name != "place"}
        ctx.changes.publish(ShowPlan(place=event.place, **fields))
        return
    await request(ctx, asked, person)


@router.command(RollBackDeployment)
async def roll_back_deployment(event: RollBackDeployment, ctx: Context) -> None:
    """From a card: it has to be still what is there. What still runs is cancelled first, if that was asked for."""
    person = await authority.admitted(ctx, event.by)
    found = await known(ctx, event.deployment)
    place_of(ctx, found.service, found.environment)
    way = await way_back(ctx, found.service, found.environment)
    if way is None or way.away.id != found.id:
        raise _moved_on(ctx, found, way)
    chosen = await ctx.store.deployment(event.to) if event.to else None
    if chosen is not None and chosen.lane != found.lane:
        chosen = None
    version, digest = (chosen.version, chosen.digest) if chosen else ("", "")
    to = await target_of(ctx, found.service, found.environment, way, version=version, digest=digest)
    said = RollBack(
        by=event.by,
        place=event.place,
        text=event.text,
        service=found.service,
        environment=found.environment,
        why=event.why,
        mark_bad=event.mark_bad,
        lock_place=event.lock_place,
    )
    await _may_mark(ctx, said, person)
    await request(ctx, asks(said, way, to), person)
    if event.cancel_first and not found.state.ended and not found.cancelled_by:
        cancel = Cancel(by=event.by, place=event.place, text=event.text, deployment=found.id)
        ctx.changes.publish(cancel, subject=found.lane)


@router.command(RollBackFailed)
async def roll_back_failed(event: RollBackFailed, ctx: Context) -> None:
    """In the engine's own name, linked to what failed. When it can't be, people hear why, and the queue goes on."""
    failed = await known(ctx, event.deployment)
    wanted = rolls_itself_back(ctx, failed)
    if failed.back_next:
        failed = touch(ctx, failed, back_next=False)
    if not wanted:
        _go_on(ctx, failed)
        return
    try:
        await _ask_itself(ctx, failed)
    except Unreachable:
        raise
    except Failure as no:
        not_itself(ctx, failed, no.reason, no.sentence)
        _go_on(ctx, failed)


async def _ask_itself(ctx: Context, failed: Deployment) -> None:
    way = await way_back(ctx, failed.service, failed.environment)
    if way is None or way.away.id != failed.id:
        raise _moved_on(ctx, failed, way)
    to = await target_of(ctx, failed.service, failed.environment, way)
    # What the engine says is said on cards; there is no address of Slack's to answer at.
    place = msgspec.structs.replace(failed.place, response_url="")
    text = BY_ITSELF.format(
        service=failed.service, environment=failed.environment, version=to.version, number=failed.number
    )
    assert failed.reason is not None, "every end has a reason code"
    event = RollBack(
        by=PILOTHOUSE,
        place=place,
        text=text,
        service=failed.service,
        environment=failed.environment,
        why=failed.sentence,
    )
    asked = asks(event, way, to, automatic=failed.reason.value)
    new = await request(ctx, asked, PILOTHOUSE)
    ctx.changes.audit("auto_rollback", actor=ENGINE, about=failed.id, deployment=new.id, version=to.version)
    itself(ctx, failed, to.version)


def asks(event: RollBack, way: Way, to: Deployment, *, automatic: str = "") -> Deploy:
    """The deployment that goes back to that."""
    back = msgspec.structs.asdict(earlier(way.away))
    return Deploy(
        by=event.by,
        place=event.place,
        text=event.text,
        service=event.service,
        environment=event.environment,
        version_wanted=to.version,
        digest=to.digest,
        kind=Kind.ROLLBACK,
        break_glass=event.break_glass,
        rolls_back=GoingBack(
            **back, why=event.why, mark_bad=event.mark_bad, lock_place=event.lock_place, automatic=automatic
        ),
    )


async def _may_mark(ctx: Context, event: RollBack, person: Person) -> None:
    """Raises `Refused` when a mark or a lock lacks its reason, or this person may not lock there."""
    command = ctx.settings.slack.command()
    words = {"command": command, "service": event.service, "environment": event.environment}
    if (event.mark_bad or event.lock_place) and not event.why:
        said = " ".join(word for word, so in (("bad", event.mark_bad), ("lock", event.lock_place)) if so)
        out = WHY_OUT.format(words=said, **words)
        raise Refused(Reason.REASON_REQUIRED, WHY_BAD if event.mark_bad else WHY_LOCK, way_out=out)
    # A version is bad everywhere, so whoever says so may lock the service in all its places.
    for wanted, environment, sentence, out in (
        (event.mark_bad, "", MAY_NOT_MARK, MAY_NOT_MARK_OUT),
        (event.lock_place, event.environment, MAY_NOT_LOCK, MAY_NOT_LOCK_OUT),
    ):
        if wanted and not await lock_rights.may_lock(ctx, person, event.service, environment):
            who = lock_rights.lifters(ctx.settings, event.service, environment)
            said = authority.named(who) if who else lock_rights.ALL_OF_THEM
            raise Refused(Reason.NOT_ALLOWED_TO_LOCK, sentence.format(who=said, **words), way_out=out)


def _moved_on(ctx: Context, found: Deployment, way: Way | None) -> Refused:
    there = way.away if way else found
    words = {"number": found.number, "version": found.version, "there": there.number, "now": there.version}
    out = MOVED_ON_OUT.format(
        command=ctx.settings.slack.command(), service=found.service, environment=found.environment
    )
    return Refused(Reason.MOVED_ON, MOVED_ON.format(**words), way_out=out)


def _go_on(ctx: Context, failed: Deployment) -> None:
    """The queue waited for what would become of it."""
    ctx.changes.publish(DeploymentQueued(deployment=failed.id), subject=failed.lane)
