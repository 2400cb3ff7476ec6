"""The configuration that was accepted last, and a change of it that waits for the people it guards."""

from __future__ import annotations

import msgspec

from bot.deployments import Clause, Vote
from bot.people import Place
from bot.standing.base import Standing


class ConfigurationInForce(Standing, frozen=True, kw_only=True):
    """What was accepted last: `digest` of the file, `part` what of it is guarded, as JSON without secrets.

    `rejected` is the digest of a file that people said no to: it is not asked about again at every start.
    """

    digest: str
    part: str
    rejected: str = ""

    @property
    def slot(self) -> str:
        return "in force"


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of the approvers of some places, each of which has these clauses. `where` says which in words.

    With `step_up` only an approval counts that came with a code, as these places want it.
    """

    clauses: tuple[Clause, ...]
    four_eyes: bool
    where: str
    step_up: bool = False


class ConfigurationChange(Standing, frozen=True, kw_only=True):
    """A file that loosens protected policies and waits: every question has to be answered by its own people.

    `owner` is who asked for the reload. `sentences` are the differences, those that loosen first, `loosening` how many these
    are, `more` how many are not listed. `decided` is how it ended: approved, rejected, expired, withdrawn.
    """

    digest: str
    sentences: tuple[str, ...]
    loosening: int
    more: int = 0
    needs_restart: tuple[str, ...] = ()
    questions: tuple[Question, ...]
    channel: str
    owner_name: str = ""
    place: Place | None = None
    held: bool = False
    votes: tuple[Vote, ...] = ()
    decided: str = ""
    why: str = ""

    @property
    def slot(self) -> str:
        return "change"
