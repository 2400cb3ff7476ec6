"""What is different between two policies, a sentence for each field; `{where}` stands for the places that it is so for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from config.differences.wording import joined, shown
from config.models import Clause, Policy
from config.strictness import PEOPLE

WHERE = "{where}"
FEWER = WHERE + ": {old} → {new}"
ASKED = WHERE + " needs approval now: {clauses}"
OTHERS = WHERE + ": approval by {old} → {new}"
FOUR_EYES = {True: f"four eyes is on for {WHERE}", False: f"four eyes is off for {WHERE}"}
ROLLBACK = "rollbacks of " + WHERE + ": approval by {old} → {new}"
AS_USUAL = "whoever approves deployments"
MAY, MAY_NOT = "{who} may {verb}", "{who} may not {verb} any more"
FROM_TO = WHERE + ": {name} {old} → {new}"


def said(name: str, old: Policy, new: Policy) -> str:
    """One field's difference as a sentence with `{where}` in it; empty when there is none."""
    before, now = getattr(old, name), getattr(new, name)
    if before == now:
        return ""
    if name == "approve":
        return _approvals(before, now)
    if name == "rollback_approve":
        return _filled(ROLLBACK, old=_back(before), new=_back(now))
    if name == "four_eyes":
        return FOUR_EYES[now]
    if name in PEOPLE:
        return f"{WHERE}: {_people(before, now, PEOPLE[name])}"
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        return f"{WHERE}: {_by_name(name, before, now)}"
    field = Policy.model_fields[name]
    return _filled(FROM_TO, name=name.replace("_", " "), old=shown(before, field), new=shown(now, field))


def clauses_in_words(clauses: Sequence[Clause]) -> str:
    return joined(map(str, clauses), most=6)


def _back(clauses: Sequence[Clause] | None) -> str:
    return AS_USUAL if clauses is None else clauses_in_words(clauses) or "nobody"


def _approvals(old: Sequence[Clause], new: Sequence[Clause]) -> str:
    before, now = (sum(clause.count for clause in clauses) for clauses in (old, new))
    if not before:
        return _filled(ASKED, clauses=clauses_in_words(new))
    if not now:
        return _filled(FEWER, old=_count(before), new="none")
    if before != now:
        return _filled(FEWER, old=_count(before), new=f"{now} ({clauses_in_words(new)})")
    return _filled(OTHERS, old=clauses_in_words(old), new=clauses_in_words(new))


def _people(old: Sequence[str], new: Sequence[str], verb: str) -> str:
    come, go = ([one for one in these if one not in those] for these, those in ((new, old), (old, new)))
    parts = []
    if come:
        parts.append(MAY.format(who=joined(come, most=6), verb=verb))
    if go:
        parts.append(MAY_NOT.format(who=joined(go, most=6), verb=verb))
    return "; ".join(parts) or f"who may {verb}, in another order"


def _by_name(name: str, old: Mapping[str, object], new: Mapping[str, object]) -> str:
    words = [f"{name} {shown(list(old))} → {shown(list(new))}"] if list(old) != list(new) else []
    words += [f"{one} is {shown(new[one])}" for one in new if one not in old]
    words += [f"{one} was {shown(old[one])}" for one in old if one not in new]
    words += [
        f"{name} {one} {shown(old[one])} → {shown(new[one])}"
        for one in new
        if one in old and old[one] != new[one]
    ]
    return "; ".join(words)


def _count(approvals: int) -> str:
    return "1 approval" if approvals == 1 else f"{approvals} approvals"


def _filled(template: str, **words: str) -> str:
    """The template with everything but the place filled in."""
    return template.format(where=WHERE, **words)
