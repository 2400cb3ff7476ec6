"""Ways round a protected policy that leave it as it is: the same run elsewhere, a program, an order without its first step."""

from __future__ import annotations

from collections.abc import Iterator

from config.differences.both import Both
from config.differences.commands import commands
from config.differences.difference import Difference
from config.differences.same_runs import same_runs
from config.differences.wording import joined
from config.guarded import Key, PolicyPart

NO_STEP = "{environment} of {service} goes without having been in {steps} before"


def ways_round(both: Both) -> Iterator[Difference]:
    yield from (found for _, found in _places(both))
    yield from _missing_steps(both)


def gone_round(old: PolicyPart, new: PolicyPart) -> frozenset[Key]:
    """The places by which a protected one would be gone round."""
    both = Both(old, new)
    return frozenset(key for key, found in _places(both) if found.guards)


def _places(both: Both) -> Iterator[tuple[Key, Difference]]:
    yield from same_runs(both)
    yield from commands(both)


def _missing_steps(both: Both) -> Iterator[Difference]:
    """An environment that a service does not have is passed over by `after`."""
    for key, before in both.before.items():
        now, guard = both.now.get(key), both.guards.get(key)
        if now is None:
            continue
        wanted = both.old.side(before).policy.after
        still = both.new.side(now).policy.after
        gone = [one for one in wanted if one in still and _left(both, (key[0], one))]
        if gone:
            sentence = NO_STEP.format(service=key[0], environment=key[1], steps=joined(gone))
            yield Difference(
                path=f"services.{key[0]}.environments.{key[1]}",
                sentence=sentence,
                guards=(guard,) if guard else (),
                unguarded=guard is None,
            )


def _left(both: Both, key: Key) -> bool:
    before = both.before.get(key)
    return before is not None and not before.gone and key not in both.now
