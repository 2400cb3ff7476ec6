"""Accept a configuration by the command line, while no server runs: for when nobody is left who could approve it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec

from bot import audit
from bot.clock import SystemClock
from bot.events import Announce
from bot.events.configuration import ShowChange
from bot.messages import insert, message
from bot.reader import Reader
from bot.saving import save_standing
from bot.standing import ConfigurationChange, ConfigurationInForce, Standing
from bot.store import Store
from bot.words import Words
from bot.writer import Writer
from config.differences import Difference, policy_differences
from config.guarded import digest_of, part_of, remembering, to_text
from config.holding import from_text
from config.models import Settings

ANNOUNCED = "The configuration was accepted by the command line, without the approval of those it guards, by {by}: {why}"
ENDED = "it was accepted by the command line"


async def accept(path: Path, settings: Settings, by: str, why: str) -> tuple[Difference, ...]:
    """Write down that it is accepted: the next start brings it into force whole. What is different in who may do what.

    Audited, and announced at the next start. Raises `DatabaseInUse` while a server runs.
    """
    async with Writer(path) as writer, Reader(path) as reader:
        store, now = Store(reader), SystemClock().now()
        record = next(iter(await store.standing(ConfigurationInForce, slot="in force")), None)
        changes = await store.standing(ConfigurationChange, slot="change")
        part = part_of(settings)
        known = (from_text(record.part) if record else None) or part
        found = policy_differences(known, part)
        before = record or ConfigurationInForce(
            id=f"in-force-{int(now * 1000)}", owner=audit.ENGINE, made_at=now, digest="", part=""
        )
        text, digest = to_text(remembering(known, part)), digest_of(settings)
        saves: list[Standing] = [
            msgspec.structs.replace(before, digest=digest, part=text, rejected=""),
            *(_ended(change, now, by) for change in changes),
        ]
        sentences = [one.sentence for one in found]
        entry = audit.Entry(
            at=now,
            actor=by,
            action="configuration_accepted",
            detail={"digest": digest, "why": why, "differences": sentences},
        )
        channel = settings.slack.announce_channel

        def change(connection: sqlite3.Connection) -> None:
            for one in saves:
                save_standing(connection, one)
            for one in changes:
                shown = ShowChange(change=one.id, revision=one.revision + 1)
                insert(connection, message(shown, id=f"accepted/{one.id}", at=now))
            audit.append(connection, entry)
            if channel is not None:
                name = f"accepted/{digest}/{now:.3f}"
                words: Words = (ANNOUNCED.format(by=by, why=why), *(f"\n• {one}" for one in sentences[:20]))
                news = Announce(deployment="", channel=channel, name=name, words=words)
                insert(connection, message(news, id=name, at=now))

        await writer.submit(change)
        return found


def _ended(change: ConfigurationChange, now: float, by: str) -> ConfigurationChange:
    return msgspec.structs.replace(change, ended_at=now, ended_by=by, decided="withdrawn", why=ENDED)
