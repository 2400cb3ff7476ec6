"""Replies in a card's thread about what comes after the start: once each, by key."""

from __future__ import annotations

from bot.deployments import Deployment
from bot.events import PostNote
from bot.ports import Context
from bot.words import Bold, Button, Note, Words

ON_RELEASE = ": its buttons are here, because the card is that of the whole release."


def say(ctx: Context, found: Deployment, name: str, text: Words, buttons: tuple[Button, ...] = ()) -> None:
    """Reply once under this name, however often it is said."""
    note = PostNote(deployment=found.id, name=name, note=Note(text=text, buttons=buttons))
    ctx.changes.publish(note, id=f"note/{found.id}/{name}")


def offer_on_release(ctx: Context, found: Deployment, name: str, buttons: tuple[Button, ...]) -> None:
    """The part of a release has no card of its own, so what can be clicked is in the thread."""
    if found.release:
        what = Bold(f"{found.service} {found.version} → {found.environment}")
        say(ctx, found, f"{name}-{found.revision}", (what, ON_RELEASE), buttons)
