"""What a card says of approvals: who, for whom, since when and with what word; who is still needed, and what is tried next."""

from __future__ import annotations

from bot.approvals import describe, missing
from bot.deployments import Approval, Clause, Deployment, Rung, Vote
from bot.events import button_value
from bot.lifecycle import State
from bot.words import Bold, Button, Confirm, Mention, Part, When, Words

APPROVE_SURE = Confirm(
    title="Approve?",
    text="{service} {version} goes to {environment} as soon as all approvals are there.",
    yes="Approve",
    no="Not yet",
)
NOT_SELF = ", not by who asked"
WITH_CODE = ", each with a code"
CONFIRM = "Still needed: who asked confirms it with a code."


def vote_lines(one: Deployment) -> list[Words]:
    """Everything that is known of the approvals, a line each."""
    if one.approval is None:
        return []
    found: list[Words] = []
    if one.approval.votes:
        names: list[Part] = []
        for vote in one.approval.votes:
            names += [", " if names else "", *_vote(vote)]
        found.append(("Approved by ", *names))
        found += [_comment(vote) for vote in one.approval.votes if vote.comment]
    if one.state is State.AWAITING_APPROVAL:
        found += _needed(one, one.approval)
    found += [_climbed(rung) for rung in one.approval.ladder if rung.climbed_at and (rung.tell or rung.add)]
    if one.state is State.AWAITING_APPROVAL:
        found += _next(one.approval)
    return found


def approve_buttons(one: Deployment) -> list[Button]:
    """The ways to say yes: at once, with a word; or with a code, where one is asked for."""
    assert one.approval is not None, "only what was asked is approved"
    value = button_value(one.id, one.approval.request)
    if one.approval.step_up:
        label = "Confirm…" if _confirms(one, one.approval) else "Approve…"
        return [Button(action="approve_code", label=label, value=value, style="primary")]
    sure = Confirm(
        title=APPROVE_SURE.title,
        text=APPROVE_SURE.text.format(service=one.service, version=one.version, environment=one.environment),
        yes=APPROVE_SURE.yes,
        no=APPROVE_SURE.no,
    )
    return [
        Button(action="approve", label="Approve", value=value, style="primary", confirm=sure),
        Button(action="approve_comment", label="Approve…", value=value),
    ]


def _vote(vote: Vote) -> list[Part]:
    words: list[Part] = [Mention(vote.by)]
    if vote.on_behalf:
        words += [" for ", Mention(vote.on_behalf)]
    words += [" at ", When(vote.at)]
    if vote.carried:
        words.append(f" (carried over from #{vote.carried})")
    return words


def _comment(vote: Vote) -> Words:
    return (Mention(vote.by), f": “{vote.comment}”")


def _needed(one: Deployment, approval: Approval) -> list[Words]:
    still = missing(approval.clauses, approval.votes)
    if not still:
        return []
    if _confirms(one, approval):
        return [(CONFIRM,)]
    not_self = NOT_SELF if approval.four_eyes else ""
    code = WITH_CODE if approval.step_up else ""
    return [("Still needed: ", Bold(describe(still)), not_self, code, ".")]


def _confirms(one: Deployment, approval: Approval) -> bool:
    """Whether nobody is asked but who asked."""
    return approval.step_up and approval.clauses == (Clause(count=1, of=(one.requester.id,)),)


def _climbed(rung: Rung) -> Words:
    words: list[Part] = []
    if rung.tell:
        words += [f"Escalated to {', '.join(rung.tell)} at ", When(rung.climbed_at)]
    if rung.add:
        added = f"{' or '.join(rung.add)} may approve as well since "
        words += ["; " if words else "", added, When(rung.climbed_at)]
    return (*words, ".")


def _next(approval: Approval) -> list[Words]:
    """The next rung of which others than those who are asked will hear."""
    coming = [rung for rung in approval.ladder if not rung.climbed_at and (rung.tell or rung.add)]
    if not coming:
        return []
    rung = coming[0]
    told = [f"{', '.join(rung.tell)} will be told"] if rung.tell else []
    told += [f"{' or '.join(rung.add)} may approve as well"] if rung.add else []
    return [(" and ".join(told), " from ", When(approval.asked_at + rung.after), " on, if it still waits.")]
