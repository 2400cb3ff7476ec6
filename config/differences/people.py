"""Who is in which group, and whose word counts at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from config.differences.both import Both
from config.differences.difference import Difference, Guard
from config.differences.wording import joined, shown
from config.guarded import ADMISSION

JOINS = ("{group}: {who} joins", "{group}: {who} join")
LEAVES = ("{group}: {who} leaves", "{group}: {who} leave")
NEW_GROUP, NO_GROUP = "new group {group}: {who}", "group {group} is gone"
FROM_TO = "slack.{name}: {old} → {new}"
NAMED_MOST = 10


def groups(both: Both, guards: Mapping[str, Sequence[Guard | None]]) -> Iterator[Difference]:
    """Who joined and left. `guards` are the places that are looser because a group has grown."""
    for name in sorted(both.old.groups.keys() | both.new.groups.keys()):
        for sentence, grows in _group(name, both.old.groups.get(name), both.new.groups.get(name)):
            places = guards.get(name, ()) if grows else ()
            if grows and name in _named_beside(both):
                places = (*places, *(both.guards_of() or (None,)))
            yield Difference(
                path=f"groups.{name}",
                sentence=sentence,
                guards=tuple({(one.service, one.environment): one for one in places if one}.values()),
                unguarded=None in places,
            )


def _named_beside(both: Both) -> set[str]:
    """The groups that are named outside policies: who may reload, and who lets through a freeze."""
    more = both.new.more
    scoped = [one for section in ("freezes", "calendars") for one in more.get(section, {}).values()]
    clauses = [clause for one in scoped for clause in one.get("override") or ()]
    return {*more.get("administrators", ()), *(who for clause in clauses for who in clause["of"])}


def _group(name: str, old: Sequence[str] | None, new: Sequence[str] | None) -> Iterator[tuple[str, bool]]:
    if new is None:
        yield NO_GROUP.format(group=name), False
        return
    if old is None:
        yield NEW_GROUP.format(group=name, who=joined(new, NAMED_MOST)), True
        return
    come, go = ([one for one in these if one not in those] for these, those in ((new, old), (old, new)))
    for people, words in ((come, JOINS), (go, LEAVES)):
        if people:
            sentence = words[len(people) > 1].format(group=name, who=joined(people, NAMED_MOST))
            yield sentence, people is come


def admission(both: Both) -> Iterator[Difference]:
    """Whose word counts at all; more of them may be more people everywhere."""
    for name in ADMISSION:
        old, new = both.old.admission.get(name, []), both.new.admission.get(name, [])
        if old == new:
            continue
        # No workspace named is the token's own, which is not known here.
        tighter = set(new) <= set(old) and (name != "workspaces" or bool(new))
        sentence = FROM_TO.format(name=name, old=shown(old), new=shown(new))
        guards = () if tighter else both.guards_of()
        yield Difference(path=f"slack.{name}", sentence=sentence, guards=guards, unguarded=not tighter)
