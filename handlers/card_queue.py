"""What a card says and offers about the queue and locks: a pure projection of what is stored."""

from __future__ import annotations

from bot.deployments import Deployment
from bot.events import button_value
from bot.lifecycle import State
from bot.reasons import Reason
from bot.standing.locks import failure_lock
from bot.words import Button, Confirm, Mention, When, Words

JUMP_SURE = Confirm(
    title="Let it go first?",
    text="It starts as soon as the place is free, before all others that wait there. They are told.",
    yes="Let it go first",
    no="Not now",
)
UNLOCK_SURE = Confirm(
    title="Unlock?",
    text="You have looked at what failed. What waits for this place starts at once.",
    yes="Unlock",
    no="Keep it locked",
)


def queue_lines(one: Deployment) -> list[Words]:
    """When it starts if all before it take as long as usual; whether it is to go first; what it left behind."""
    found: list[Words] = []
    if one.state is State.QUEUED:
        if one.queue_place and one.waits_until:
            found.append(("Expected to start ", When(one.waits_until), "."))
        if one.jumped_at and one.jump is not None:
            found.append(("Goes first, said ", Mention(one.jump.decided_by), ": ", one.jump.why))
        elif one.jump is not None and not one.jump.decided_by:
            found.append((Mention(one.jump.by), " asks that it goes first: ", one.jump.why))
    if one.locked:
        found.append(("Locked: nobody deploys there until somebody has looked at this. A rollback may go.",))
    return found


def queue_buttons(one: Deployment) -> list[Button]:
    """Going first, being told, and unlocking what a failure has locked."""
    found = []
    if one.state is State.QUEUED and one.jump is not None and not one.jump.decided_by:
        value = button_value(one.id, one.jump.request)
        found.append(Button(action="jump_allow", label="Let it go first", value=value, confirm=JUMP_SURE))
        found.append(Button(action="jump_deny", label="Keep its place", value=value))
    elif one.state is State.QUEUED and one.queue_place > 1 and not one.jumped_at:
        found.append(Button(action="jump", label="Go first…", value=button_value(one.id)))
    held_up = one.state is State.QUEUED and one.waits in {Reason.LOCKED, Reason.FROZEN}
    if one.state.holds_lane or held_up:
        found.append(Button(action="watch", label="Tell me when it is free", value=button_value(one.id)))
    if one.locked:
        found.append(
            Button(
                action="release_lock",
                label="Unlock",
                value=button_value(failure_lock(one.id)),
                style="danger",
                confirm=UNLOCK_SURE,
            )
        )
    return found
