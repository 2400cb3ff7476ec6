"""A way round a protected policy that leaves it as it is: another place that can run the same, or start it to verify."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from config.differences.both import Both
from config.differences.difference import Difference
from config.differences.freezes import frozen_less
from config.differences.wording import where
from config.guarded import Key, PlacePart
from config.running import Mark, RunPart, marked, same_job, telling
from config.strictness import looser

RUNS = "{environment} of {service} can run what {other} runs, with less asked: {run}"
VERIFIES = "verifying {environment} of {service} can run what {other} runs, with less asked: {run}"


class Protected(NamedTuple):
    """What runs at one protected place or ran there: `before`, and with what it runs now. `changed`: that is another run."""

    key: Key
    before: tuple[Mark, ...]
    runs: tuple[Mark, ...]
    changed: bool


class Pair(NamedTuple):
    """A run that can't be told from that of a protected place. `together`: on the same server, as far as is known."""

    run: str
    together: bool


class Other(NamedTuple):
    """A place as it is now and as it was; `was` is None for one that is new, or back."""

    key: Key
    now: PlacePart
    was: PlacePart | None


def same_runs(both: Both) -> Iterator[tuple[Key, Difference]]:
    """Every place, and every job that verifies one, is held against all that a protected place runs, before and after.

    What could not be told apart before is no news, unless its policy gets looser.
    """
    protected = [_protected(both, key) for key in both.guards]
    every, changed = _by_job(protected), _by_job(one for one in protected if one.changed)
    for key, place in both.now.items():
        was = both.before.get(key)
        other = Other(key=key, now=place, was=None if was is None or was.gone else was)
        as_it_was = other.was is not None and _as_it_was(both, other.was, place)
        for run, sentence in _runs(place):
            alike = (changed if as_it_was else every).get(run.key, {}).values()
            weaker = [one.key for one in alike if _is_news(both, one, other, run)]
            if weaker:
                words = {"service": key[0], "environment": key[1], "other": where(weaker, both.before)}
                found = Difference(
                    path=f"services.{key[0]}.environments.{key[1]}",
                    sentence=sentence.format(**words, run=run),
                    guards=tuple(both.guards[one] for one in weaker),
                )
                yield key, found


def _protected(both: Both, key: Key) -> Protected:
    before, now = both.before[key], both.now.get(key)
    by = _telling(both, key, before)
    new = now.run if now is not None and now.run != before.run else None
    ago = tuple(marked(run, by) for run in {run.whole: run for run in before.runs}.values())
    runs = (*ago, marked(new, by)) if new else ago
    return Protected(key=key, before=ago, runs=runs, changed=new is not None)


def _telling(both: Both, key: Key, before: PlacePart) -> frozenset[str]:
    """The constants that already tell it from less strict places of its service, on the same job."""
    if before.run is None:
        return frozenset()
    others = [
        place.run
        for environment, place in both.old.services[key[0]].places.items()
        if environment != key[1]
        and place.run
        and not place.gone
        and same_job(before.run, place.run)
        and looser(both.old.side(before), both.old.side(place))
    ]
    return telling(before.run, others)


def _is_news(both: Both, protected: Protected, other: Other, run: RunPart) -> bool:
    was, now = other.was, other.now
    if protected.key == other.key:
        return False
    if not both.looser(both.before[protected.key], now) and not frozen_less(both, protected.key, other.key):
        return False
    pair = _pair(protected.runs, run)
    if pair is None or was is None or both.looser(was, now):
        return pair is not None
    if was.run is None:
        # Written by a program that kept nothing to compare it by.
        return False
    ago = {_pair(protected.before, one) for one, _ in _runs(was)}
    return ago.isdisjoint({pair, Pair(run=pair.run, together=True)})


def _as_it_was(both: Both, was: PlacePart, now: PlacePart) -> bool:
    return was.run == now.run and was.checks == now.checks and not both.looser(was, now)


def _by_job(protected: Iterable[Protected]) -> dict[tuple[str, str], dict[Key, Protected]]:
    found: dict[tuple[str, str], dict[Key, Protected]] = {}
    for one in protected:
        for mark in one.runs:
            found.setdefault(mark.run.key, {})[one.key] = one
    return found


def _pair(marks: Sequence[Mark], run: RunPart) -> Pair | None:
    alike = [one.run for one in marks if same_job(one.run, run) and not one.told_from(run)]
    if not alike:
        return None
    return Pair(run=run.whole, together=any(one.address == run.address for one in alike))


def _runs(place: PlacePart) -> Iterator[tuple[RunPart, str]]:
    if place.run is not None:
        yield place.run, RUNS
    yield from ((one, VERIFIES) for one in place.checks)
