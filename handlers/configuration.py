"""What reloading and guarding have in common: what was accepted last, accepting another one, telling people."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from dataclasses import replace

import msgspec

from bot.audit import ENGINE
from bot.events import Announce, Tell
from bot.events.configuration import BringIntoForce
from bot.people import Place
from bot.ports import Context
from bot.reasons import Reason
from bot.standing import ConfigurationInForce
from bot.words import Words
from config.differences import Difference, differences
from config.faults import ConfigurationFaults
from config.guarded import PolicyPart, part_of, remembering, to_text
from config.holding import from_text
from config.models import Settings
from handlers.configuration_words import faults, faults_in_words, lined, sentences_of

log = logging.getLogger(__name__)

FAULTY = "The configuration can't be used, so the one in force stays: %s"
UNREADABLE = (
    "What was accepted last was written by another version and can't be compared: the file is taken as it is."
)


class Asker(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants the configuration read (`pilothouse` for a signal or a start), and where to answer."""

    id: str = ENGINE
    name: str = ""
    place: Place | None = None
    start: bool = False


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was read: its digest, what would be in force, what is different, and what needs a restart."""

    digest: str
    coming: Settings
    found: tuple[Difference, ...]
    needs_restart: tuple[str, ...]


async def in_force(ctx: Context) -> ConfigurationInForce | None:
    """What was accepted last; None before the first start has ended."""
    found = await ctx.store.standing(ConfigurationInForce, slot="in force")
    return found[0] if found else None


def guarded_part(ctx: Context, record: ConfigurationInForce | None) -> PolicyPart:
    """What is guarded: as it was accepted last, with protected places that have gone since."""
    if record is not None and (stored := from_text(record.part)) is not None:
        return stored
    if record is not None:
        log.warning(UNREADABLE)
    return part_of(ctx.settings)


def remember(
    ctx: Context,
    record: ConfigurationInForce | None,
    part: PolicyPart,
    *,
    digest: str,
    rejected: str = "",
) -> None:
    """Keep what is guarded, and the digest of what is in force, or is about to be."""
    known = record or ConfigurationInForce(
        id=f"in-force-{name_of(ctx)}", owner=ENGINE, made_at=ctx.clock.now(), digest="", part=""
    )
    text = to_text(part)
    if (known.digest, known.part, known.rejected) != (digest, text, rejected):
        ctx.changes.save(msgspec.structs.replace(known, digest=digest, part=text, rejected=rejected))


def accept(
    ctx: Context,
    asker: Asker,
    record: ConfigurationInForce | None,
    judged: Judged,
    *,
    approved_by: tuple[str, ...] = (),
) -> None:
    """It is the one from now on: what reads settings sees it as soon as this is committed."""
    part = remembering(guarded_part(ctx, record), part_of(judged.coming))
    remember(ctx, record, part, digest=judged.digest)
    sentences, more = sentences_of(judged.found)
    channels = (ctx.settings.slack.announce_channel, judged.coming.slack.announce_channel)
    ctx.changes.publish(
        BringIntoForce(
            digest=judged.digest,
            sentences=sentences,
            loosening=sum(one.looser for one in judged.found),
            more=more,
            needs_restart=judged.needs_restart,
            channels=tuple(dict.fromkeys(filter(None, channels))),
            start=asker.start,
            by=asker.id,
            place=asker.place,
            approved_by=approved_by,
        )
    )


async def differing(ctx: Context, coming: Settings, known: PolicyPart) -> tuple[Difference, ...]:
    """What is different from what is in force, and from what is `known` to be guarded; its sentences may be shown to anybody.

    In a thread: where many services share a job, holding each against each takes a good part of a second.
    """
    found = await asyncio.to_thread(differences, ctx.settings, coming, remembered=known)
    return tuple(replace(one, sentence=ctx.configuration.redacted(one.sentence)) for one in found)


def faulty(ctx: Context, asker: Asker, wrong: ConfigurationFaults) -> None:
    """The last good one stays; who asked and operations read what is wrong, with its line."""
    lines = [ctx.configuration.redacted(line) for line in faults(wrong)]
    ctx.changes.audit(
        "configuration_refused",
        actor=asker.id,
        reason=Reason.CONFIGURATION_FAULTY.value,
        faults=lines,
        count=len(wrong.faults),
    )
    log.warning(FAULTY, "; ".join(lines), extra={"action": "configuration_refused"})
    answer(ctx, asker, faults_in_words(lines))
    announce(ctx, ctx.settings.slack.announce_channel, faults_in_words(lines))


def answer(ctx: Context, asker: Asker, *lines: Words) -> None:
    """To who asked, where he asked; to nobody when it was a signal or a start."""
    if asker.place is not None:
        ctx.changes.publish(Tell(user=asker.id, place=asker.place, words=lined(lines)))


def announce(ctx: Context, channel: str | None, *lines: Words) -> None:
    """In a channel for operations, once."""
    if channel:
        name = f"configuration/{name_of(ctx)}/{channel}"
        ctx.changes.publish(Announce(deployment="", channel=channel, name=name, words=lined(lines)))


def name_of(ctx: Context) -> str:
    """A short name that is the same however often this message is handled."""
    return hashlib.blake2s(ctx.message.encode(), digest_size=6).hexdigest()
