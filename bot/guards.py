"""Who has to say yes to a change of the configuration, and who has: pure, over the change and its differences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.approvals import missing
from bot.deployments import Clause, Vote
from bot.standing import ConfigurationChange, Question
from config.differences import Difference
from config.differences.wording import where

Key = tuple[str, str]


def questions_of(found: Iterable[Difference], every: Iterable[Key]) -> tuple[Question, ...]:
    """One question for all places with the same clauses: each place's people decide as they would about a deployment.

    `every` are all places that there are, for naming some of them shortly.
    """
    asked: dict[tuple[tuple[Clause, ...], bool, bool], dict[Key, None]] = {}
    for difference in found:
        for guard in difference.guards:
            clauses = tuple(Clause(count=one.count, of=tuple(one.of)) for one in guard.clauses)
            places = asked.setdefault((clauses, guard.four_eyes, guard.step_up), {})
            places[guard.service, guard.environment] = None
    known = list(every)
    return tuple(
        Question(clauses=clauses, four_eyes=four_eyes, where=where(sorted(places), known), step_up=step_up)
        for (clauses, four_eyes, step_up), places in asked.items()
    )


def references(change: ConfigurationChange) -> tuple[str, ...]:
    """Everybody who may approve or reject it."""
    return tuple(
        dict.fromkeys(one for asked in change.questions for clause in asked.clauses for one in clause.of)
    )


def open_questions(
    change: ConfigurationChange, votes: Sequence[Vote] | None = None
) -> tuple[tuple[Question, tuple[Clause, ...]], ...]:
    """The questions that are not answered, each with what is missing. `votes` counts others than the change's own.

    Where codes are asked for, what came without one answers nothing.
    """
    counted = change.votes if votes is None else votes
    left = (
        (asked, missing(asked.clauses, [one for one in counted if one.coded or not asked.step_up]))
        for asked in change.questions
    )
    return tuple((asked, clauses) for asked, clauses in left if clauses)


def helps(change: ConfigurationChange, belongs: Sequence[str]) -> bool:
    """Whether a vote by somebody of these groups and ids, with a code where it takes one, would fill a place that is still open."""
    vote = Vote(by="", name="", at=0, belongs=tuple(belongs), coded=True)

    def places(votes: Sequence[Vote]) -> int:
        return sum(clause.count for _, clauses in open_questions(change, votes) for clause in clauses)

    return places((*change.votes, vote)) < places(change.votes)


def takes_code(change: ConfigurationChange, belongs: Sequence[str]) -> bool:
    """Whether somebody of these groups and ids is among those who are asked for a code."""
    return any(
        not set(belongs).isdisjoint(clause.of)
        for asked in change.questions
        if asked.step_up
        for clause in asked.clauses
    )
