"""What is different between two configurations, in sentences, and what of it loosens a protected environment's policy.

Pure. Protected is an environment whose old policy names people who decide there; they are its guards. What is not provably
as strict as before counts as looser, also when it is a setting that nothing here knows.
"""

from __future__ import annotations

from collections.abc import Iterable

from config.differences.both import Both
from config.differences.difference import Difference, Guard
from config.differences.neutral import neutral
from config.differences.people import admission, groups
from config.differences.places import changed_places, come_and_gone
from config.differences.rest import rest, secrets
from config.differences.ways_round import ways_round
from config.guarded import PolicyPart, part_of
from config.models import Settings

__all__ = ["Difference", "Guard", "differences", "policy_differences"]


def differences(
    old: Settings, new: Settings, *, remembered: PolicyPart | None = None
) -> tuple[Difference, ...]:
    """Everything that is different: what people are asked about first, then what is looser all the same.

    `remembered` is the part of `old` that is guarded, with protected places that have left the configuration.
    """
    found = list(policy_differences(remembered or part_of(old), part_of(new)))
    found += [Difference(path=path, sentence=sentence) for path, sentence in neutral(old, new)]
    found += secrets(old, new, found)
    return _loosening_first(found)


def policy_differences(old: PolicyPart, new: PolicyPart) -> tuple[Difference, ...]:
    """What is different in who may do what, what is looser first."""
    if old == new:
        return ()
    both = Both(old, new)
    by_group: dict[str, list[Guard | None]] = {}
    found = list(changed_places(both, by_group))
    found += [*come_and_gone(both), *groups(both, by_group), *ways_round(both), *admission(both), *rest(both)]
    return _loosening_first(found)


def _loosening_first(found: Iterable[Difference]) -> tuple[Difference, ...]:
    return tuple(sorted(found, key=lambda one: (not one.loosens, not one.looser)))
