"""What loosens the policy of a protected environment waits for the people it guards: the question, and its ends."""

from __future__ import annotations

import logging

import msgspec

from bot.approvals import describe
from bot.audit import ENGINE
from bot.events import Tell
from bot.events.configuration import ExpireChange, ShowChange
from bot.guards import questions_of
from bot.people import Place
from bot.ports import Context
from bot.reasons import Reason
from bot.standing import ConfigurationChange, ConfigurationInForce
from bot.words import Channel, Mention, Part, Words, marked
from config.guarded import part_of, remembering
from handlers.configuration import (
    Asker,
    Judged,
    announce,
    answer,
    guarded_part,
    name_of,
    remember,
)
from handlers.configuration_words import listed, sentences_of
from handlers.homes import changed

log = logging.getLogger(__name__)

WAITS = "This loosens a policy, so all of it waits for approval by {who}. The card is in "
WAITS_ALREADY = "That file waits for approval by {who} already. The card is in "
NOWHERE = "This loosens a policy, and there is nowhere to ask {who}: the configuration in force stays."
NOWHERE_OUT = "Set `slack.announce_channel`, or leave out what loosens:"
STILL_NO = "The configuration still loosens a policy, and people said no to it: the older policy holds there."
STILL_NO_OUT = "Say `{command} reload` to ask them once more."
HELD = "The configuration loosens the policy of protected environments: they keep the older one until people approve"
WITHDRAWN = "another file was read meanwhile"
REJECTED = ("Your change of the configuration was rejected by ", "; the one in force stays.")
EXPIRED = "Your change of the configuration was not approved in time; the one in force stays."
WITHDRAWN_NOW = "Your change of the configuration is not asked about any more: {why}."


async def open_change(ctx: Context) -> ConfigurationChange | None:
    """The change that waits for approval, if any."""
    found = await ctx.store.standing(ConfigurationChange, slot="change")
    return found[0] if found else None


def propose(ctx: Context, asker: Asker, record: ConfigurationInForce | None, judged: Judged) -> None:
    """Ask the guards; at a start not once more about what they said no to."""
    if asker.start:
        _hold(ctx, record, judged.digest)
        if record is not None and record.rejected == judged.digest:
            out = STILL_NO_OUT.format(command=ctx.settings.slack.command())
            announce(ctx, ctx.settings.slack.announce_channel, (STILL_NO,), marked(out))
            return
    change = _change(ctx, asker, judged)
    if not change.channel:
        _nowhere(ctx, asker, change)
        return
    save(ctx, change)
    ctx.changes.audit(
        "configuration_proposed",
        actor=asker.id,
        about=change.id,
        digest=change.digest,
        differences=[*change.sentences],
        questions=[describe(one.clauses) for one in change.questions],
    )
    ctx.changes.publish(ExpireChange(change=change.id), after=change.until - change.made_at)
    answer(ctx, asker, (WAITS.format(who=asked_of(change)), _place(change), "."), *_lines(change))


def waits_already(
    ctx: Context, asker: Asker, record: ConfigurationInForce | None, change: ConfigurationChange
) -> None:
    """The same file once more: one question is enough."""
    if asker.start:
        _hold(ctx, record, change.digest)
        if not change.held:
            save(ctx, msgspec.structs.replace(change, held=True))
    answer(ctx, asker, (WAITS_ALREADY.format(who=asked_of(change)), _place(change), "."))


def withdraw(ctx: Context, change: ConfigurationChange, why: str = WITHDRAWN) -> None:
    """The question is none any more."""
    reason = Reason.CONFIGURATION_OVERTAKEN.value
    ctx.changes.audit("configuration_withdrawn", actor=ENGINE, about=change.id, reason=reason, why=why)
    end(ctx, change, "withdrawn", why=why)


def end(ctx: Context, change: ConfigurationChange, decided: str, *, by: str = ENGINE, why: str = "") -> None:
    """It is decided; who asked hears how, unless what he asked for comes now."""
    ended = msgspec.structs.replace(change, ended_at=ctx.clock.now(), ended_by=by, decided=decided, why=why)
    save(ctx, ended)
    words: Words = {
        "approved": (),
        "rejected": (REJECTED[0], Mention(by), REJECTED[1]),
        "expired": (EXPIRED,),
        "withdrawn": (WITHDRAWN_NOW.format(why=why),),
    }[decided]
    if words and change.place is not None:
        ctx.changes.publish(Tell(user=change.owner, place=change.place, words=words))


def save(ctx: Context, change: ConfigurationChange) -> None:
    """Store the next revision; its card follows, and the homes of those whom it waits for."""
    ctx.changes.save(change)
    changed(ctx)
    ctx.changes.publish(ShowChange(change=change.id, revision=change.revision + 1))


def asked_of(change: ConfigurationChange) -> str:
    """Who has to approve: `2 of sre and 1 of owners`."""
    return " and ".join(dict.fromkeys(describe(one.clauses) for one in change.questions))


def _change(ctx: Context, asker: Asker, judged: Judged) -> ConfigurationChange:
    now, services = ctx.clock.now(), ctx.settings.services
    every = [
        (name, environment) for name, service in services.items() for environment in service.environments
    ]
    sentences, more = sentences_of(judged.found)
    place = asker.place if asker.place is not None and not asker.place.direct else None
    return ConfigurationChange(
        id=f"change-{name_of(ctx)}",
        owner=asker.id,
        owner_name=asker.name,
        made_at=now,
        until=now + ctx.settings.configuration.approve_within,
        digest=judged.digest,
        sentences=sentences,
        loosening=sum(one.looser for one in judged.found),
        more=more,
        needs_restart=judged.needs_restart,
        questions=questions_of(judged.found, every),
        channel=ctx.settings.slack.announce_channel or (place.channel if place else ""),
        place=_lasting(asker.place),
        held=ctx.configuration.held,
    )


def _lasting(place: Place | None) -> Place | None:
    """Where to answer when it is decided: an address that Slack gave for half an hour is no use then."""
    return None if place is None else msgspec.structs.replace(place, response_url="")


def _hold(ctx: Context, record: ConfigurationInForce | None, digest: str) -> None:
    """What is in force is the older policy where it was, and what is new of the file; that is what is guarded now."""
    part = remembering(guarded_part(ctx, record), part_of(ctx.settings))
    said_no = record.rejected if record is not None else ""
    remember(ctx, record, part, digest=ctx.configuration.digest, rejected=said_no)
    ctx.changes.audit("configuration_held", actor=ENGINE, digest=digest)
    log.warning(HELD, extra={"action": "configuration_held"})


def _nowhere(ctx: Context, asker: Asker, change: ConfigurationChange) -> None:
    reason = Reason.CONFIGURATION_GUARDED.value
    ctx.changes.audit("configuration_refused", actor=asker.id, reason=reason, digest=change.digest)
    log.warning(NOWHERE.format(who=asked_of(change)), extra={"action": "configuration_refused"})
    answer(ctx, asker, marked(NOWHERE.format(who=asked_of(change))), marked(NOWHERE_OUT), *_lines(change))


def _place(change: ConfigurationChange) -> Part:
    return change.channel if change.channel.startswith("#") else Channel(change.channel)


def _lines(change: ConfigurationChange) -> list[Words]:
    return listed(change.sentences, change.more, loosening=change.loosening)
