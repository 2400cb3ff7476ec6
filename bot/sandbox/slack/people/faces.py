"""Who acts, and where, in the words a script or the page uses."""

from __future__ import annotations

from bot.sandbox.slack.delivery.parcel import NOBODY, TIMED_OUT, Ack
from bot.sandbox.slack.messages import Json
from bot.sandbox.slack.workspace import Workspace
from bot.sandbox.slack.world import Channel, Person


class NotPossible(Exception):  # noqa: N818 - it is an answer, not an error
    """A person can't do that in Slack. `code` is for scripts, the sentence for whoever reads it."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def actor(workspace: Workspace, who: str) -> Person:
    """By id, `name` or `@name`: somebody who can act, neither deactivated nor a bot."""
    try:
        person = workspace.world.person(who)
    except KeyError as unknown:
        raise NotPossible("user_not_found", f"there is nobody called {who!r}") from unknown
    if person.deleted or person.is_bot:
        raise NotPossible("user_not_active", f"{person.name} can't act")
    return person


def room(workspace: Workspace, where: str, person: Person) -> Channel:
    """By id, `name` or `#name`: a conversation the person is in."""
    try:
        channel = workspace.world.channel(where)
    except KeyError as unknown:
        raise NotPossible("channel_not_found", f"there is no channel {where!r}") from unknown
    if person.id not in channel.members:
        raise NotPossible("not_in_channel", f"{person.name} is not in {channel.name or channel.id}")
    return channel


def shown_error(ack: Ack) -> str:
    """What Slack tells the person when the app did not take what was sent."""
    if ack.ok:
        return ""
    return {TIMED_OUT: "operation_timeout", NOBODY: "app_did_not_respond"}.get(ack.error, "dispatch_failed")


def outcome(ack: Ack, ms: float, **more: object) -> Json:
    """`{ok, ack_ms, status, error?}` and what the act adds."""
    error = shown_error(ack)
    return {
        "ok": not error,
        "ack_ms": round(ms, 3),
        "status": ack.status,
        **({"error": error} if error else {}),
        **more,
    }
