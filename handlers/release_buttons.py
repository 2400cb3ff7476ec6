"""What can be clicked on the card of a release: pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.deployments import Deployment
from bot.events import GIVE_UP, button_value
from bot.lifecycle import State
from bot.standing.releases import Release
from bot.words import Button, Confirm
from handlers.release_now import run_now_button
from handlers.release_parts import questions

APPROVE_SURE = Confirm(
    title="Approve?",
    text="Every part that you may approve counts as approved by you. It starts as soon as all parts may.",
    yes="Approve",
    no="Not yet",
)
CANCEL_SURE = Confirm(
    title="Cancel this release?",
    text="What runs is stopped where it stands, what waits never starts; nothing is rolled back.",
    yes="Cancel it",
    no="Keep it",
)
GIVE_UP_SURE = Confirm(
    title="Give up following?",
    text="Runs that can't be reached may still be going on: look at them where they run. Those parts end here as lost.",
    yes="Give it up",
    no="Keep waiting",
)
AGAIN_SURE = Confirm(
    title="Release again?",
    text="The same parts are asked for again, in your name; every gate is asked anew.",
    yes="Release",
    no="Never mind",
)


def buttons(release: Release, there: Sequence[Deployment], *, back: bool) -> list[Button]:
    """`back`: some part can go back to what ran before."""
    if release.ended_at:
        return _afterwards(release, back=back)
    found: list[Button] = []
    if request := questions(there):
        value = button_value(release.id, request)
        found += _approve(there, value)
        found.append(Button(action="release_reject", label="Reject…", value=value, style="danger"))
    found += run_now_button(release, there)
    found.append(_cancel(release, there))
    if any(one.state.holds_lane for one in there):
        value = button_value(release.id)
        found.append(Button(action="release_watch", label="Tell me when it is free", value=value))
    return found


def _approve(there: Sequence[Deployment], value: str) -> list[Button]:
    """At once, or with a word; with a code where a part that waits asks for one."""
    if any(one.state is State.AWAITING_APPROVAL and one.approval and one.approval.step_up for one in there):
        return [Button(action="release_approve_code", label="Approve…", value=value, style="primary")]
    return [
        Button(action="release_approve", label="Approve", value=value, style="primary", confirm=APPROVE_SURE),
        Button(action="release_approve_comment", label="Approve…", value=value),
    ]


def _cancel(release: Release, there: Sequence[Deployment]) -> Button:
    """Cancel, cancel again when it did not help, or stop waiting for runs that can't be reached."""
    asked = [one for one in there if one.cancelled_by and not one.state.ended]
    if any(one.peer_away for one in asked):
        value = button_value(release.id, GIVE_UP)
        label = "Give up following…"
        return Button(action="release_cancel", label=label, value=value, style="danger", confirm=GIVE_UP_SURE)
    label = "Cancel again" if asked else "Cancel"
    return Button(action="release_cancel", label=label, value=button_value(release.id), confirm=CANCEL_SURE)


def _afterwards(release: Release, *, back: bool) -> list[Button]:
    value, found = button_value(release.id), []
    if release.stopped:
        found.append(Button(action="release_again", label="Release again", value=value, confirm=AGAIN_SURE))
    if back and not release.rolled_back_by:
        label = "Roll back what was done…" if release.stopped else "Roll back…"
        found.append(Button(action="release_back", label=label, value=value))
    return found
