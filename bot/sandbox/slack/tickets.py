"""Things an app may use only briefly: trigger ids and response URLs.

https://docs.slack.dev/interactivity/handling-user-interaction
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.sandbox.slack.refusals import Refusal

TRIGGER_SECONDS = 3.0
RESPONSE_SECONDS = 30 * 60.0
RESPONSE_USES = 5


@dataclass(kw_only=True)
class Trigger:
    """Leave to show `user` a modal. `view_id` is the modal from which a further one may be pushed."""

    id: str
    user: str
    at: float
    view_id: str = ""
    used: bool = False


@dataclass(kw_only=True)
class Response:
    """Leave to answer `user` in `channel`. `message_ts` is the message that was clicked, if one was."""

    id: str
    user: str
    channel: str
    at: float
    message_ts: str = ""
    ephemeral: bool = False
    thread_ts: str = ""
    uses: int = 0


@dataclass
class Tickets:
    clock: Callable[[], float]
    triggers: dict[str, Trigger] = field(default_factory=dict)
    responses: dict[str, Response] = field(default_factory=dict)

    def trigger(self, user: str, *, view_id: str = "") -> str:
        """A new `trigger_id`."""
        number = len(self.triggers) + 1
        made = Trigger(
            id=f"{7_000_000_000 + number}.{number}.{number:032x}", user=user, at=self.clock(), view_id=view_id
        )
        self.triggers[made.id] = made
        return made.id

    def exchange(self, trigger_id: str) -> Trigger:
        """Uses a trigger up.

        Raises:
            Refusal: `invalid_trigger_id`, `exchanged_trigger_id` the second time, `expired_trigger_id` after 3 s.
        """
        trigger = self.triggers.get(trigger_id)
        if trigger is None:
            raise Refusal("invalid_trigger_id", f"nobody was given {trigger_id!r}")
        if trigger.used:
            raise Refusal("exchanged_trigger_id", "a trigger_id works once")
        age = self.clock() - trigger.at
        if age > TRIGGER_SECONDS:
            raise Refusal(
                "expired_trigger_id", f"used after {age:.1f} s, at most {TRIGGER_SECONDS:.0f} s are allowed"
            )
        trigger.used = True
        return trigger

    def response(
        self, user: str, channel: str, *, message_ts: str = "", ephemeral: bool = False, thread_ts: str = ""
    ) -> Response:
        number = len(self.responses) + 1
        made = Response(
            id=f"{8_000_000_000 + number}/{number:024x}",
            user=user,
            channel=channel,
            at=self.clock(),
            message_ts=message_ts,
            ephemeral=ephemeral,
            thread_ts=thread_ts,
        )
        self.responses[made.id] = made
        return made

    def use_response(self, response_id: str) -> Response:
        """Counts a use.

        Raises:
            Refusal: `no_service` for an unknown one, `used_url` the sixth time, `expired_url` after 30 minutes.
        """
        response = self.responses.get(response_id)
        if response is None:
            raise Refusal("no_service", "no such response_url", status=404)
        if response.uses >= RESPONSE_USES:
            raise Refusal("used_url", f"a response_url works {RESPONSE_USES} times", status=404)
        if self.clock() - response.at > RESPONSE_SECONDS:
            raise Refusal("expired_url", "a response_url works for 30 minutes", status=404)
        response.uses += 1
        return response
