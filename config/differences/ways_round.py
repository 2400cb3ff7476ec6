"""Other ways to a protected run: a place that would run what a protected one runs has to be as strict."""

from __future__ import annotations

from collections.abc import Iterator

from config.differences.both import Both
from config.differences.difference import Difference
from config.differences.wording import where
from config.guarded import Key

SAME_RUN = "{environment} of {service} would run what {other} runs, under a looser policy"


def ways_round(both: Both) -> Iterator[Difference]:
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
