"""Short tales about approvals: whose word counts, by which rules."""

from __future__ import annotations

from typing import Any

from bot.sandbox.slack.harbour import DANA, OLU, SAM
from tests.properties.model import Delegation
from tests.properties.stories import Story
from tests.properties.tales import FOR_EVER, Tale


def by(*voters: str, policy: str = "", **more: Any) -> Tale:
    """A production run by the word of these."""

    def tale(told: Story) -> None:
        one = told.asked("1", "production", **more)
        told.approved(one, *voters, policy=policy)
        told.started(one)
        told.step()

    return tale


def lent(*, until: float = FOR_EVER, before: bool = True) -> Tale:
    """Dana approves for Sam, who lets her, or does so when it is too late."""

    def tale(told: Story) -> None:
        told.row("asked")
        if before:
            told.step(lambda so: so.delegate(Delegation(SAM, ("", "production"), DANA, until), 0))
        by(DANA, who=OLU)(told)

    return tale


def taken_back(told: Story) -> None:
    """Dana approves for Sam, who takes that back before it starts."""
    told.step(lambda so: so.delegate(Delegation(SAM, ("", "production"), DANA, FOR_EVER), 0))
    one = told.asked("1", "production", who=OLU)
    told.approved(one, DANA)
    told.step(lambda so: so.take_back(SAM))
    told.row("asked")
    told.step()
    told.started(one)
    told.step()


def stricter(*voters: str, policy: str = "2 of sre") -> Tale:
    def tale(told: Story) -> None:
        told.step(lambda so: so.read(1))
        by(*voters, policy=policy)(told)

    return tale


def loosened(*agreed: str) -> Tale:
    """Two have to approve; a file says that one is enough, and these agree."""

    def tale(told: Story) -> None:
        told.step(lambda so: so.read(1))
        told.step(lambda so: so.read(0, DANA))
        for who in agreed:
            told.step(lambda so, who=who: so.agree(who))
        by(SAM, policy="1 of sre")(told)

    return tale


def unheard_approval(told: Story) -> None:
    one = told.asked("1", "production")
    told.row("approval_requested", one.id, request="r", fingerprint={"policy": "1 of sre"})
    told.step()
    told.model.clicks(SAM, "approve", one.id)
    told.row("asked", "", SAM)
    told.step()
