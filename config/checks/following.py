"""How often a run is looked at."""

from __future__ import annotations

from collections.abc import Iterator

from config.checks.declared import Declared
from config.durations import written
from config.faults import Problem
from config.models import Settings

CROSSED = "is shorter than at_least ({at_least})"


def check(settings: Settings, _declared: Declared) -> Iterator[Problem]:
    following = settings.following
    if following.at_most < following.at_least:
        problem = CROSSED.format(at_least=written(following.at_least))
        yield Problem(path=("following", "at_most"), problem=problem)
