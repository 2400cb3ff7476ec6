"""Why something did not happen, in three names, so that only the bus decides what to do about it.

::

    Failure
    ├── Refused       no, and why: told to the person who asked, then done
    ├── Unreachable   later: the peer is away or busy; tried again with backoff
    └── Rejected      a human must look: parked, with its reason, where `pilothouse journal` shows it

    Conflict          two wrote at once: the message is handled again on fresh state
    BadRequest        bytes from outside that do not verify or parse; answered 4xx, never journalled
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.events import Event
    from bot.reasons import Reason


class Failure(Exception):  # noqa: N818 - the three words of the house are the names
    """Something did not happen. `reason` is from the closed list, `sentence` is for a person.

    `facts` are (subject, fact) pairs that the bus publishes together with what it decides (a retry, a park, a
    refusal), so that the card can tell what the bus knows.
    """

    def __init__(self, reason: Reason, sentence: str, *, facts: Sequence[tuple[str, Event]] = ()) -> None:
        super().__init__(f"{reason.value}: {sentence}")
        self.reason = reason
        self.sentence = sentence
        self.facts = tuple(facts)


class Refused(Failure):
    """No, and why. `way_out` says what the person can do instead; both are plain text, escaped when shown."""

    def __init__(
        self, reason: Reason, sentence: str, *, way_out: str = "", facts: Sequence[tuple[str, Event]] = ()
    ) -> None:
        super().__init__(reason, sentence, facts=facts)
        self.way_out = way_out


class Unreachable(Failure):
    """The peer is away, busy or limits us. `retry_after` is in seconds, `None` leaves it to the backoff.

    `maybe_done` is true when the request may have reached the peer all the same (a time-out after sending):
    whoever tries again must look first.
    """

    def __init__(
        self,
        reason: Reason,
        sentence: str,
        *,
        retry_after: float | None = None,
        maybe_done: bool = False,
        facts: Sequence[tuple[str, Event]] = (),
    ) -> None:
        super().__init__(reason, sentence, facts=facts)
        self.retry_after = retry_after
        self.maybe_done = maybe_done


class Rejected(Failure):
    """The peer understood and said no, or the answer makes no sense: trying again won't help, a human must look."""


class Conflict(Exception):  # noqa: N818 - it is an answer, not an error
    """The state changed between reading and committing. The bus handles the message again on fresh state."""


class BadRequest(Exception):  # noqa: N818 - HTTP's own name
    """Bytes from outside that are not what they claim to be. `status` is the HTTP answer (4xx)."""

    def __init__(self, sentence: str, *, status: int = 400) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status
