"""The gate lost work: would it take away what is live."""

from __future__ import annotations

from bot.gates.situation import Situation
from bot.gates.verdict import Outcome, Verdict
from bot.kinds import Kind
from bot.outgoing import Outgoing
from bot.reasons import Reason

GATE = "lost_work"
NAMED_MOST = 3
REMOVES = "This removes {count} live {commits}{by}."
OUT = "`{command}` says that it is meant."
UNKNOWN = "what goes out is not known: {why}"


def lost_work(so: Situation) -> Verdict:
    found = so.outgoing
    if found is None:
        return Verdict(gate=GATE)
    if not found.known:
        return Verdict(gate=GATE, sentence=UNKNOWN.format(why=found.why))
    if not found.removed_count:
        return Verdict(gate=GATE)
    sentence = removes(found)
    if so.kind is Kind.ROLLBACK or so.removing:
        return Verdict(gate=GATE, sentence=sentence)
    return Verdict(
        gate=GATE,
        outcome=Outcome.BLOCK,
        reason=Reason.LOST_WORK,
        sentence=sentence,
        who=(so.actor,),
        way_out=OUT.format(command=so.again("removing")),
    )


def removes(found: Outgoing) -> str:
    """In words: `This removes 3 live commits by ana and bo`."""
    authors = list(dict.fromkeys(one.author for one in found.removed if one.author))
    names = authors[:NAMED_MOST] + (["others"] if len(authors) > NAMED_MOST else [])
    by = f" by {' and '.join(filter(None, (', '.join(names[:-1]), names[-1])))}" if names else ""
    commits = "commit" if found.removed_count == 1 else "commits"
    return REMOVES.format(count=found.removed_count, commits=commits, by=by)
