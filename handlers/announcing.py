"""What others have to notice, said once where the configuration announces such things."""

from __future__ import annotations

import hashlib

from bot.events import Announce
from bot.ports import Context
from bot.words import Words


def announce(ctx: Context, name: str, words: Words) -> None:
    """In `slack.announce_channel`, where there is one; once for each message that is handled, by this name."""
    channel = ctx.settings.slack.announce_channel
    if channel:
        whole = f"{name}-{hashlib.blake2s(ctx.message.encode(), digest_size=6).hexdigest()}"
        said = Announce(deployment="", channel=channel, name=whole, words=words)
        ctx.changes.publish(said, id=f"announce/{whole}")
