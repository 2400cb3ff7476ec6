"""What is decided before anything is handled: which configuration comes into force at a start, and what is taken up again."""

from __future__ import annotations

import time

from bot.events import ReviewApproval, ShowCard
from bot.events.configuration import ReadAgain
from bot.events.locks import RemindOfLock
from bot.lifecycle import State
from bot.messages import Message, message
from bot.ports import Clock
from bot.standing import ConfigurationInForce, Lock
from bot.store import Store
from config.differences import policy_differences
from config.guarded import digest_of, part_of
from config.holding import from_text, held
from config.models import Settings


async def to_start_with(store: Store, read: Settings) -> tuple[Settings, bool]:
    """The settings to start with, and whether some of their places are held by an older policy than the file's.

    Compared is with what was accepted last. Where that was guarded, and the file loosens the policy of a protected place,
    everything that is guarded stays as it was; people are asked once the bus is there.
    """
    stored = await store.standing(ConfigurationInForce, slot="in force")
    known = from_text(stored[0].part) if stored else None
    if known is None or not known.more.get("configuration", {}).get("guard", True):
        return read, False
    if not any(one.loosens for one in policy_differences(known, part_of(read))):
        return read, False
    return held(known, read), True


async def left_over(store: Store, read: Settings, clock: Clock) -> list[Message]:
    """What to do about everything that an earlier process left.

    Its messages go on by themselves. Cards that do not show the newest state are drawn anew, open questions are held
    against the policy as it is now, so is when to remind of a lock, and the configuration that was `read` is judged.
    """
    boot = f"boot/{time.time_ns()}"
    now = clock.now()
    judge = ReadAgain(start=True, digest=digest_of(read))
    again: list[Message] = [message(judge, id=f"{boot}/configuration", at=now)]
    again += [
        message(ShowCard(deployment=one.id, revision=one.revision), id=f"{boot}/card/{one.id}", at=now)
        for one in await store.stale_cards()
    ]
    again += [
        message(ReviewApproval(deployment=one.id), id=f"{boot}/review/{one.id}", at=now, subject=one.lane)
        for one in await store.live()
        if one.state is State.AWAITING_APPROVAL
    ]
    again += [
        message(RemindOfLock(lock=one.id, due=0.0), id=f"{boot}/remind/{one.id}", at=now)
        for one in await store.standing(Lock)
        if not one.nagged_at
    ]
    return again
