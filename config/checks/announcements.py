"""Who goes without approval is announced: so there has to be somewhere."""

from __future__ import annotations

from collections.abc import Iterator

from config.checks.declared import Declared
from config.faults import Problem
from config.models import Settings

UNHEARD = "needs slack.announce_channel: whoever breaks the glass is announced there, for all to see"


def check(settings: Settings, _declared: Declared) -> Iterator[Problem]:
    if settings.slack.announce_channel is not None:
        return
    for name, policy in settings.policies.items():
        if policy.break_glass:
            yield Problem(path=("policies", name, "break_glass"), problem=UNHEARD)
