"""Ways round a protected policy that leave it as it is: another place with the same run, an order without its first step."""

from __future__ import annotations

from collections.abc import Iterator

from config.differences.both import Both
from config.differences.difference import Difference
from config.differences.wording import joined, where
from config.guarded import Key

NO_STEP = "{environment} of {service} goes without having been in {steps} before"
SAME_RUN = "{environment} of {service} would run what {other} runs, under a looser policy"


def ways_round(both: Both) -> Iterator[Difference]:
    yield from _same_runs(both)
    yield from _missing_steps(both)


def _missing_steps(both: Both) -> Iterator[Difference]:
    """An environment that a service does not have is passed over by `after`."""
    for key, guard in both.guards.items():
        now = both.now.get(key)
        if now is None:
            continue
        wanted = both.old.side(both.before[key]).policy.after
        still = both.new.side(now).policy.after
        gone = [one for one in wanted if one in still and _left(both, (key[0], one))]
        if gone:
            sentence = NO_STEP.format(service=key[0], environment=key[1], steps=joined(gone))
            yield Difference(
                path=f"services.{key[0]}.environments.{key[1]}", sentence=sentence, guards=(guard,)
            )


def _left(both: Both, key: Key) -> bool:
    before = both.before.get(key)
    return before is not None and not before.gone and key not in both.now


def _same_runs(both: Both) -> Iterator[Difference]:
    """A place that would run what a protected one runs has to be as strict."""
    protected: dict[str, list[Key]] = {}
    for key in both.guards:
        protected.setdefault(both.before[key].run, []).append(key)
    for key, place in both.now.items():
        was = both.before.get(key)
        if was is not None and was.run == place.run and not both.looser(was, place):
            continue
        others = [other for other in protected.get(place.run, ()) if other != key]
        weaker = [other for other in others if both.looser(both.before[other], place)]
        if weaker and place.run:
            sentence = SAME_RUN.format(service=key[0], environment=key[1], other=where(weaker, both.before))
            yield Difference(
                path=f"services.{key[0]}.environments.{key[1]}",
                sentence=sentence,
                guards=tuple(both.guards[other] for other in weaker),
            )
