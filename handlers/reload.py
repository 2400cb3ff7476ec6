"""Read the configuration again while the server runs: judged whole, the last good one kept, everything told."""

from __future__ import annotations

import logging

from bot.audit import ENGINE
from bot.errors import Refused
from bot.events import ReviewApproval
from bot.events.configuration import BringIntoForce, ConfigurationSwitched, ReadAgain, Reload
from bot.lifecycle import State
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.words import Mention, Part, Words, marked
from config.faults import ConfigurationFaults
from config.guarded import digest_of
from config.models import Settings
from handlers import authority, guarding
from handlers.configuration import (
    Asker,
    Judged,
    accept,
    announce,
    answer,
    differing,
    faulty,
    guarded_part,
    in_force,
    remember,
)
from handlers.configuration_words import listed, needs_restart
from handlers.queue import wake

log = logging.getLogger(__name__)

router = Router()

NOT_ALLOWED = "You may not have the configuration read again: that is for {who}."
NOT_ALLOWED_OUT = "Ask one of them, or whoever runs the server: SIGHUP does the same."
NOBODY = "nobody, because `administrators` names nobody"
NOTHING = "Nothing is different from the configuration in force."
ON_ITS_WAY = "That file was read a moment ago and is coming into force: nothing more to do."
IN_FORCE = "The configuration was read again and is in force."
LOGGED = "The configuration was read again and is in force: %s"
LOADED = "The configuration was read again"
STARTED = "The configuration is another one than before the start:"
APPROVED = ", approved by "
OVERTAKEN = "The file has changed again before it came into force, so it is not."
OVERTAKEN_OUT = "Say `{command} reload` once more."


@router.command(Reload)
async def reload(event: Reload, ctx: Context) -> None:
    """By words, for those whom the configuration names."""
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    administrators = ctx.settings.administrators
    if not await authority.belongs(ctx, person, administrators, at_most=authority.DECISIVE):
        who = authority.named(administrators) if administrators else NOBODY
        raise Refused(Reason.NOT_ALLOWED_TO_RELOAD, NOT_ALLOWED.format(who=who), way_out=NOT_ALLOWED_OUT)
    await _read(Asker(id=person.id, name=person.name, place=event.place), ctx)


@router.command(ReadAgain)
async def read_again(event: ReadAgain, ctx: Context) -> None:
    """By a signal; and at every start, when the file may be another one than before."""
    if not event.start:
        await _read(Asker(), ctx)
    elif (read := ctx.configuration.remembered(event.digest)) is not None:
        await _judge(Asker(start=True), ctx, read)


async def _read(asker: Asker, ctx: Context) -> None:
    try:
        new = await ctx.configuration.read()
    except ConfigurationFaults as wrong:
        faulty(ctx, asker, wrong)
    else:
        await _judge(asker, ctx, new)


async def _judge(asker: Asker, ctx: Context, new: Settings) -> None:
    """Nothing, a change that waits for approval, or another configuration: one of these comes of it."""
    record = await in_force(ctx)
    coming, waiting = ctx.configuration.coming(new)
    found = await differing(ctx, coming, guarded_part(ctx, record))
    judged = Judged(digest=digest_of(new), coming=coming, found=found, needs_restart=waiting)
    loosens = any(one.loosens for one in found)
    if record is not None and record.digest == judged.digest != ctx.configuration.digest:
        answer(ctx, asker, (ON_ITS_WAY,))
        return
    change = await guarding.open_change(ctx)
    if change is not None and change.digest == judged.digest and loosens:
        guarding.waits_already(ctx, asker, record, change)
        return
    if change is not None:
        guarding.withdraw(ctx, change)
    if loosens and _guarded(ctx, asker, judged):
        guarding.propose(ctx, asker, record, judged)
    elif found or (record is not None and record.digest != judged.digest and not asker.start):
        accept(ctx, asker, record, judged)
    else:
        remember(ctx, record, guarded_part(ctx, record), digest=ctx.configuration.digest)
        answer(ctx, asker, (NOTHING,), *needs_restart(waiting))


def _guarded(ctx: Context, asker: Asker, judged: Judged) -> bool:
    """Whether what loosens has to be approved; what came into force at a start already needed nobody."""
    if ctx.configuration.held:
        return True
    started = asker.start and judged.digest == ctx.configuration.digest
    return ctx.settings.configuration.guard and not started


@router.command(BringIntoForce)
async def bring_into_force(event: BringIntoForce, ctx: Context) -> None:
    """Switch, tell what is different, and have everything that waits looked at again."""
    asker = Asker(id=event.by or ENGINE, place=event.place, start=event.start)
    try:
        switched = await ctx.configuration.switch(event.digest)
    except ConfigurationFaults as wrong:
        faulty(ctx, asker, wrong)
        return
    if not switched:
        out = OVERTAKEN_OUT.format(command=ctx.settings.slack.command())
        reason = Reason.CONFIGURATION_OVERTAKEN.value
        ctx.changes.audit("configuration_refused", actor=asker.id, reason=reason, digest=event.digest)
        answer(ctx, asker, (OVERTAKEN,), marked(out))
        return
    ctx.changes.audit(
        "configuration_loaded",
        actor=asker.id,
        digest=event.digest,
        differences=[*event.sentences],
        more=event.more,
        needs_restart=[*event.needs_restart],
        approved_by=[*event.approved_by],
    )
    log.info(LOGGED, "; ".join(event.sentences) or NOTHING, extra={"action": "configuration_loaded"})
    lines = listed(event.sentences, event.more, loosening=event.loosening) + needs_restart(
        event.needs_restart
    )
    answer(ctx, asker, (IN_FORCE,), *lines)
    for channel in event.channels:
        announce(ctx, channel, _headline(event), *lines)
    ctx.changes.publish(ConfigurationSwitched(digest=event.digest))


@router.on(ConfigurationSwitched)
async def look_again(_: ConfigurationSwitched, ctx: Context) -> None:
    """Open questions may not be the right ones any more, and what waits in a queue may go on, or not."""
    for one in await ctx.store.live():
        if one.state is State.AWAITING_APPROVAL:
            ctx.changes.publish(ReviewApproval(deployment=one.id), subject=one.lane)
    await wake(ctx, "", "")


def _headline(event: BringIntoForce) -> Words:
    if event.start:
        return (STARTED,)
    words: list[Part] = [LOADED]
    if event.place is not None:
        words += [" by ", Mention(event.by)]
    for index, one in enumerate(event.approved_by):
        words += [", " if index else APPROVED, Mention(one)]
    return (*words, ":")
