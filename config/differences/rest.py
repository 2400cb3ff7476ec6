"""Settings beside policies that are guarded: by a rule that says when they are tighter, else as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from config.differences.both import Both
from config.differences.difference import Difference, Guard
from config.differences.neutral import walked
from config.differences.wording import SECRET
from config.guarded import guarded_sections, part_of
from config.models import Settings, who_in
from config.strictness import no_more

OF_CHECKS = "{environment} of {service}: a secret of verify changed"
Tighter = Callable[[Both], bool]


def rest(both: Both) -> Iterator[Difference]:
    """What is not as it was may be looser, where no rule says otherwise."""
    for name in dict.fromkeys([*both.old.more, *both.new.more]):
        before, now = both.old.more.get(name), both.new.more.get(name)
        tighter = before == now or _tighter(name, both)
        guards = () if tighter else _guards(name, both)
        for path, sentence in walked(before, now, name):
            yield Difference(path=path, sentence=sentence, guards=guards, unguarded=not tighter)
    for service in sorted(both.old.services.keys() & both.new.services.keys()):
        old, new = both.old.services[service].more, both.new.services[service].more
        for path, sentence in unknown(old, new, f"services.{service}"):
            name = path.removeprefix(f"services.{service}.").split(".")[0]
            tighter = name in OF_SERVICES and OF_SERVICES[name](old.get(name), new.get(name))
            guards = () if tighter else both.guards_of(service)
            yield Difference(
                path=path, sentence=f"{service}: {sentence}", guards=guards, unguarded=not tighter
            )


def secrets(old: Settings, new: Settings, found: Sequence[Difference]) -> list[Difference]:
    """Changed secrets of guarded sections: they stand in no part that is compared."""
    both, told = Both(part_of(old), part_of(new)), {one.path for one in found}
    found_in_sections = [
        Difference(path=path, sentence=sentence, guards=(guards := _guards(name, both)), unguarded=not guards)
        for name in guarded_sections()
        for path, sentence in walked(getattr(old, name), getattr(new, name), name)
        if sentence.endswith(SECRET) and path not in told
    ]
    return [*found_in_sections, *_of_checks(old, new, both)]


def _of_checks(old: Settings, new: Settings, both: Both) -> Iterator[Difference]:
    """A secret header, or a value from the environment: where all else of the checks is as it was."""
    for key in sorted(both.before.keys() & both.now.keys()):
        before, now = (one.services[key[0]].environments[key[1]].verify for one in (old, new))
        if before != now and both.before[key].more == both.now[key].more:
            guard = both.guards.get(key)
            yield Difference(
                path=f"services.{key[0]}.environments.{key[1]}.verify",
                sentence=OF_CHECKS.format(service=key[0], environment=key[1]),
                guards=(guard,) if guard else (),
                unguarded=guard is None,
            )


def unknown(old: Mapping[str, Any], new: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    """Settings that nothing here knows by name, as they are stored: path and sentence of each difference."""
    for name in dict.fromkeys([*old, *new]):
        for inner, sentence in walked(old.get(name), new.get(name), name):
            yield f"{path}.{inner}", sentence


def _guards(name: str, both: Both) -> tuple[Guard, ...]:
    """Another key means that everybody enrols anew: what people then have to show is whatever they enrol now."""
    return both.guards_of_codes() if name == "step_up" else both.guards_of()


def _tighter(name: str, both: Both) -> bool:
    rule = RULES.get(name)
    return rule is not None and rule(both)


def _administrators(both: Both) -> bool:
    old, new = (who_in(part.more.get("administrators", []), part.groups) for part in (both.old, both.new))
    return no_more(old, new)


def _reloading(both: Both) -> bool:
    """Whether changes stay guarded; for how long approval is waited for is nobody's protection."""
    return bool(both.new.more.get("configuration", {}).get("guard", True))


def _all_still(name: str) -> Tighter:
    """Whether everything that kept deployments out is there as it was; more of it is tighter."""

    def rule(both: Both) -> bool:
        old, new = (part.more.get(name, {}) for part in (both.old, both.new))
        return all(new.get(one) == value for one, value in old.items())

    return rule


RULES: dict[str, Tighter] = {
    "administrators": _administrators,
    "configuration": _reloading,
    "freezes": _all_still("freezes"),
    "calendars": _all_still("calendars"),
    "step_up": lambda both: not both.old.more.get("step_up"),
}
OF_SERVICES: dict[str, Callable[[Any, Any], bool]] = {
    "needs": lambda old, new: set(old or ()) <= set(new or ()),
}
