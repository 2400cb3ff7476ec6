"""The gate approval: have the right people said yes."""

from __future__ import annotations

from bot.approvals import describe, missing
from bot.deployments import Clause
from bot.gates.situation import Situation
from bot.gates.verdict import Outcome, Verdict
from bot.reasons import Reason

GATE = "approval"
NEEDED = "approval by {who} is needed"
WITH_CODE = ", each with a code"
CONFIRMED = "{name} confirms it with a code"
GLASS = "goes without approval: the glass is broken"


def approval(so: Situation) -> Verdict:
    if so.goes_without:
        return Verdict(gate=GATE, sentence=GLASS)
    if so.votes_gone:
        return _asked(so, Reason.APPROVER_GONE, "; ".join(so.votes_gone))
    clauses = so.approval.clauses if so.approval else so.clauses
    still = missing(clauses, so.approval.votes if so.approval else ())
    if not still:
        return Verdict(gate=GATE)
    return _asked(so, Reason.APPROVAL_NEEDED, _needed(so, still))


def _needed(so: Situation, still: tuple[Clause, ...]) -> str:
    if still == (Clause(count=1, of=(so.actor,)),) and so.policy.step_up:
        return CONFIRMED.format(name=so.actor_name or so.actor)
    return NEEDED.format(who=describe(still)) + (WITH_CODE if so.policy.step_up else "")


def _asked(so: Situation, reason: Reason, sentence: str) -> Verdict:
    clauses = so.approval.clauses if so.approval else so.clauses
    who = tuple(dict.fromkeys(one for clause in clauses for one in clause.of))
    return Verdict(gate=GATE, outcome=Outcome.WAIT, reason=reason, sentence=sentence, who=who)
