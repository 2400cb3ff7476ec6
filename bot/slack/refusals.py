"""What Slack's answers mean to us: `Unreachable` (later), or `SlackRejected` (a human must look), with the way out.

Error codes: https://docs.slack.dev/reference/methods/chat.postMessage#errors and the pages of the other methods.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeVar

from bot.errors import Rejected, Unreachable
from bot.reasons import Reason

T = TypeVar("T")

RATE_LIMITED = "Slack limits how often {method} may be called; going on in {seconds} s."
BROKEN = "Slack answered {method} with HTTP {status}."
STUMBLED = "Slack could not do {method} just now ({code})."
NOT_SLACK = "The answer to {method} (HTTP {status}) is none that Slack gives; look at slack.api_url."
INCOMPLETE = "The answer to {method} does not tell its {name} as Slack does; look at slack.api_url."
NOT_OFFERED = "Slack's side at slack.api_url does not offer {method} (HTTP {status})."
MISSING_SCOPE = (
    "Slack wants the scope {needed} for {method}: add it under OAuth & Permissions and reinstall the app."
)
OTHERWISE = "Slack refused {method}: {code}."

DEFAULT_RETRY_AFTER = 5.0
LONGEST_RETRY_AFTER = 3600.0

TRANSIENT = frozenset(
    {
        "fatal_error",
        "internal_error",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
        "update_failed",
        "external_channel_migrating",
    }
)
LIMITS = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})

SENTENCES: dict[str, tuple[Reason, str]] = {
    "not_in_channel": (
        Reason.CHANNEL_UNREACHABLE,
        "I am not a member of that channel. Invite me there: /invite @{app}",
    ),
    "channel_not_found": (
        Reason.CHANNEL_UNREACHABLE,
        "I can't see that channel: it is gone, or private and I am not in it. Invite me there: /invite @{app}",
    ),
    "is_archived": (
        Reason.CHANNEL_UNREACHABLE,
        "That channel is archived. Unarchive it or name another one.",
    ),
    "user_not_in_channel": (Reason.CHANNEL_UNREACHABLE, "That person is not a member of the channel."),
    "restricted_action": (
        Reason.CHANNEL_UNREACHABLE,
        "A workspace setting forbids posting there. Let @{app} post in that channel, or name another one.",
    ),
    "message_not_found": (Reason.CHANNEL_UNREACHABLE, "The message is gone; somebody deleted it."),
    "thread_not_found": (Reason.CHANNEL_UNREACHABLE, "The thread is gone; somebody deleted it."),
    "cant_update_message": (
        Reason.CHANNEL_UNREACHABLE,
        "That message can't be edited: it was written by another app or token.",
    ),
    "edit_window_closed": (
        Reason.CHANNEL_UNREACHABLE,
        "The workspace no longer allows that message to be edited. Allow it: Settings > Message editing.",
    ),
    "invalid_auth": (Reason.CREDENTIALS_WRONG, "Slack does not accept the token. Look at slack.bot_token."),
    "not_authed": (Reason.CREDENTIALS_WRONG, "Slack got no token. Look at slack.bot_token."),
    "account_inactive": (
        Reason.CREDENTIALS_WRONG,
        "The app was removed from the workspace. Install it again.",
    ),
    "token_revoked": (
        Reason.CREDENTIALS_WRONG,
        "The token was revoked. Install the app again and set the new one.",
    ),
    "token_expired": (
        Reason.CREDENTIALS_WRONG,
        "The token has expired. Install the app again and set the new one.",
    ),
    "not_allowed_token_type": (
        Reason.CREDENTIALS_WRONG,
        "This kind of token can't do {method}. slack.bot_token is xoxb-…, slack.app_token is xapp-….",
    ),
    "forbidden_team": (Reason.PERMISSION_MISSING, "Socket Mode is switched off for the app. Switch it on."),
    "ekm_access_denied": (
        Reason.PERMISSION_MISSING,
        "The workspace's key management forbids it. Ask its owners.",
    ),
    "no_such_subteam": (
        Reason.PERMISSION_MISSING,
        "Slack knows no user group with that id. Look at the S… ids under groups and policies.",
    ),
    "invalid_blocks": (Reason.ANSWER_UNREADABLE, "Slack refused how the message is drawn: {detail}"),
    "invalid_blocks_format": (Reason.ANSWER_UNREADABLE, "Slack refused how the message is drawn: {detail}"),
    "msg_blocks_too_long": (Reason.ANSWER_UNREADABLE, "The message is too long for Slack."),
    "msg_too_long": (Reason.ANSWER_UNREADABLE, "The message is too long for Slack."),
    "no_text": (Reason.ANSWER_UNREADABLE, "The message was empty."),
    "expired_trigger_id": (Reason.PEER_SLOW, "It took too long to open the dialog. Click again."),
}


class SlackRejected(Rejected):
    """Slack said no. `code` is Slack's own word, `needed` the scopes it asks for (comma separated) if it does."""

    def __init__(self, reason: Reason, sentence: str, *, code: str, needed: str = "") -> None:
        super().__init__(reason, sentence)
        self.code = code
        self.needed = needed


def failure(
    method: str, status: int, headers: Mapping[str, str], body: object, *, app: str, reads: bool = False
) -> Unreachable | SlackRejected:
    """What an answer that is not `ok` means. `body` is the parsed JSON, or anything else that came.

    `reads` says that the method changes nothing: where it is not offered at all, nobody has to wait for it.
    """
    said: Mapping[str, Any] = body if isinstance(body, Mapping) else {}
    code = said.get("error", "")
    code = code if isinstance(code, str) else ""
    if status == 429 or code in LIMITS:
        seconds = retry_after(headers)
        sentence = RATE_LIMITED.format(method=method, seconds=math.ceil(seconds))
        return Unreachable(Reason.RATE_LIMITED, sentence, retry_after=seconds)
    if status >= 500:
        return Unreachable(Reason.PEER_BROKEN, BROKEN.format(method=method, status=status), maybe_done=True)
    if code in TRANSIENT:
        return Unreachable(Reason.PEER_BROKEN, STUMBLED.format(method=method, code=code), maybe_done=True)
    if not code and reads and status in {404, 405}:
        sentence = NOT_OFFERED.format(method=method, status=status)
        return SlackRejected(Reason.ANSWER_UNREADABLE, sentence, code="unknown_method")
    if not code:
        # Something stands between us and Slack, which may have done it; nobody should post again without looking.
        sentence = NOT_SLACK.format(method=method, status=status)
        return Unreachable(Reason.ANSWER_UNREADABLE, sentence, maybe_done=True)
    return _rejected(method, code, said, app)


def held(method: str, answer: Mapping[str, Any], name: str, kind: type[T]) -> T:
    """What an answer has to hold. Raises `Unreachable`: without it, nothing follows from the answer."""
    found = answer.get(name)
    if not isinstance(found, kind):
        raise Unreachable(Reason.ANSWER_UNREADABLE, INCOMPLETE.format(method=method, name=name))
    return found


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds to wait, from `Retry-After`; bounded, because it is only a header."""
    value = headers.get("Retry-After", "")
    seconds = float(value) if value.isascii() and value.isdigit() else DEFAULT_RETRY_AFTER
    return min(max(seconds, 1.0), LONGEST_RETRY_AFTER)


def _rejected(method: str, code: str, said: Mapping[str, Any], app: str) -> SlackRejected:
    if code == "missing_scope":
        needed = str(said.get("needed", "")) or "it does not name"
        sentence = MISSING_SCOPE.format(needed=needed, method=method)
        return SlackRejected(Reason.PERMISSION_MISSING, sentence, code=code, needed=needed)
    reason, sentence = SENTENCES.get(code, (Reason.ANSWER_UNREADABLE, OTHERWISE))
    return SlackRejected(
        reason, sentence.format(method=method, code=code, app=app, detail=_detail(said)), code=code
    )


def _detail(said: Mapping[str, Any]) -> str:
    """What Slack complains about, which names places of the message but holds none of its text."""
    errors = said.get("errors")
    return (
        "; ".join(map(str, errors[:5]))[:500] if isinstance(errors, list) and errors else str(said["error"])
    )
