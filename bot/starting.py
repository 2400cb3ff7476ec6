"""What is decided before anything is handled: which configuration comes into force at a start."""

from __future__ import annotations

from bot.standing import ConfigurationInForce
from bot.store import Store
from config.differences import policy_differences
from config.guarded import part_of
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
