"""Differences place by place: policies that changed, places and services that came and went."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from config.differences import checks
from config.differences.both import Both
from config.differences.difference import Difference, Guard
from config.differences.neutral import walked
from config.differences.policies import WHERE, said
from config.differences.rest import unknown
from config.differences.wording import NOTHING, where
from config.guarded import Key, PlacePart, ServicePart
from config.models import Policy
from config.strictness import PEOPLE

NEW_PLACE = "{service}: new environment {environment} ({place})"
BACK = "{service}: environment {environment} is back ({place})"
NO_PLACE = "{service}: environment {environment} is gone"
NEW_SERVICE, NO_SERVICE = "new service {service} ({environments})", "service {service} is gone"
OTHER_POLICY = "{where}: policy {old} → {new}"
LOOSER = "{where}: {name} is for more people, because who may deploy is"
VERIFY = "verify"


@dataclass
class _Said:
    """One sentence, and every place that it is so for."""

    keys: list[Key] = field(default_factory=list)
    guards: list[Guard] = field(default_factory=list)
    unguarded: bool = False


def changed_places(both: Both, by_group: dict[str, list[Guard | None]]) -> Iterator[Difference]:
    """What is different in the policies of places that were there before, each thing once for all of them.

    Where only the members of groups make it looser, `by_group` hears of it: those differences carry the guards, None for a
    place that nobody guards.
    """
    sentences: dict[tuple[str, str], _Said] = {}
    for key in (key for key in both.before if key in both.now):
        guard = both.guards.get(key)
        if both.before[key].gone:
            continue
        for path, template, looser in _of_place(both, key, by_group):
            one = sentences.setdefault((path, template), _Said())
            one.keys.append(key)
            one.guards += [guard] if guard and looser else []
            one.unguarded |= looser and guard is None
    every = [*both.now, *(key for key, place in both.before.items() if not place.gone)]
    for (path, template), one in sentences.items():
        sentence = template.replace(WHERE, where(sorted(one.keys), every))
        yield Difference(path=path, sentence=sentence, guards=tuple(one.guards), unguarded=one.unguarded)


def _of_place(
    both: Both, key: Key, by_group: dict[str, list[Guard | None]]
) -> Iterator[tuple[str, str, bool]]:
    """The path, the sentence, and whether it is looser."""
    old, new = both.before[key], both.now[key]
    before, now = both.old.side(old).policy, both.new.side(new).policy
    place = f"services.{key[0]}.environments.{key[1]}"
    if old.policy != new.policy:
        yield f"{place}.policy", OTHER_POLICY.format(where=WHERE, old=old.policy, new=new.policy), False
    fields = both.looser(old, new)
    for name in Policy.model_fields:
        path, sentence = f"policies.{new.policy}.{name}", said(name, before, now)
        if sentence:
            yield path, sentence, name in fields
        elif name in fields and not _by_groups(both, key, name, by_group):
            yield path, LOOSER.format(where=WHERE, name=name), True
    yield from ((path, f"{WHERE}: {told}", True) for path, told in _verify(old, new, place))
    was, is_now = ({name: one for name, one in part.more.items() if name != VERIFY} for part in (old, new))
    yield from ((path, f"{WHERE}: {told}", True) for path, told in unknown(was, is_now, place))


def _verify(old: PlacePart, new: PlacePart, place: str) -> Iterator[tuple[str, str]]:
    before, now = old.more.get(VERIFY) or [], new.more.get(VERIFY) or []
    if before != now and checks.kinds_of(before) != checks.kinds_of(now):
        yield f"{place}.{VERIFY}", checks.others(before, now)
    elif before != now:
        for one, other, called in checks.pairs(before, now):
            for path, sentence in walked(one, other, called):
                yield f"{place}.{path}", sentence


def _by_groups(both: Both, key: Key, name: str, by_group: dict[str, list[Guard | None]]) -> bool:
    """Whether it is looser because more people are in its groups."""
    policy = both.new.side(both.now[key]).policy
    if name in {"approve", "rollback_approve", "override"}:
        references = [one for clause in getattr(policy, name) or () for one in clause.of]
    elif name == "ladder":
        references = [one for rung in policy.ladder for one in rung.add]
    else:
        references = list(getattr(policy, name) or policy.deploy) if name in PEOPLE else []
    grown = [one for one in dict.fromkeys(references) if _grown(both, one)]
    for group in grown:
        by_group.setdefault(group, []).append(both.guards.get(key))
    return bool(grown)


def _grown(both: Both, group: str) -> bool:
    return bool(set(both.new.groups.get(group, ())) - set(both.old.groups.get(group, ())))


def come_and_gone(both: Both) -> Iterator[Difference]:
    """Services and environments that are new, gone, or back."""
    old, new = ({name for name, of in part.services.items() if _there(of)} for part in (both.old, both.new))
    for service in sorted(new - old - {key[0] for key in both.before}):
        places = (f"{name}: {_in_words(one)}" for name, one in both.new.services[service].places.items())
        words = NEW_SERVICE.format(service=service, environments="; ".join(places))
        yield Difference(path=f"services.{service}", sentence=words)
    for service in sorted(old - new):
        yield Difference(path=f"services.{service}", sentence=NO_SERVICE.format(service=service))
    for key in sorted(both.now.keys() | both.before.keys()):
        sentence, guarded = _came_or_went(both, key, known=key[0] in old & new)
        if sentence:
            guards = (both.guards[key],) if guarded else ()
            path = f"services.{key[0]}.environments.{key[1]}"
            yield Difference(path=path, sentence=sentence, guards=guards)


def _came_or_went(both: Both, key: Key, *, known: bool) -> tuple[str, bool]:
    """The sentence, empty when there is none to say, and whether it is looser. `known`: the service stayed."""
    before, now = both.before.get(key), both.now.get(key)
    words = {"service": key[0], "environment": key[1], "place": _in_words(now) if now else ""}
    if before is not None and before.gone:
        if now is None:
            return "", False
        return BACK.format(**words), key in both.guards and bool(both.looser(before, now))
    if before is None and known:
        return NEW_PLACE.format(**words), False
    return (NO_PLACE.format(**words), False) if now is None and known else ("", False)


def _in_words(place: PlacePart) -> str:
    """Its policy, what runs there, and how it is verified."""
    verified = checks.in_words(place.more.get(VERIFY) or [])
    words = [f"policy {place.policy}", str(place.run) if place.run else ""]
    return ", ".join(filter(None, [*words, f"verified by {verified}" if verified != NOTHING else ""]))


def _there(service: ServicePart) -> bool:
    return any(not place.gone for place in service.places.values())
