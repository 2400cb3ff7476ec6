"""A way round every policy: a program that verification would run as the server's user can do whatever the server can."""

from __future__ import annotations

from collections.abc import Iterator

from config.differences.both import Both
from config.differences.difference import Difference
from config.guarded import Key

RUNS = "verifying {environment} of {service} runs {program} as the server's user, which can do all that the server can"
ASKS = "verifying {environment} of {service} asks {program}, where jobs are started"


def commands(both: Both) -> Iterator[tuple[Key, Difference]]:
    """Commands that are in force nowhere yet, also those of places that nobody guards."""
    known = {one.digest for place in both.before.values() if not place.gone for one in place.commands}
    guards = both.guards_of()
    for key, place in both.now.items():
        was = both.before.get(key)
        if was is not None and not was.gone and was.run is None:
            # Written by a program that kept nothing to compare it by.
            continue
        for one in place.commands:
            if one.digest in known:
                continue
            sentence = (RUNS if one.program.startswith("/") else ASKS).format(
                service=key[0], environment=key[1], program=one.program
            )
            path = f"services.{key[0]}.environments.{key[1]}.verify"
            yield key, Difference(path=path, sentence=sentence, guards=guards, unguarded=not guards)
