"""Short tales for the judge: how things go, and how they must not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.audit import Fault
from bot.earlier import GoingBack
from bot.kinds import Kind
from bot.lifecycle import State
from bot.sandbox.slack.harbour import DANA, OLU, SAM
from tests.properties.model import Lock, Meaning
from tests.properties.stories import Story

Tale = Callable[[Story], None]
PLACE = ("checkout", "production")
FOR_EVER = 1e9


def good_day(told: Story) -> None:
    """Something of everything, as it should be."""
    told.said(DANA, "checkout 1.4.0 to staging", "deploy", "staging", "checkout", "1.4.0")
    told.ran("1.4.0", words="checkout 1.4.0 to staging")
    told.step()
    told.said(DANA, "promote checkout", "promote", "checkout")
    told.ran("1.4.0", "production", kind=Kind.PROMOTE, words="promote checkout")
    told.step()
    told.ran("1.4.1")
    told.step(lambda so: so.freeze(OLU, ("", "staging"), FOR_EVER, 0))
    told.said(DANA, "rollback checkout staging", "rollback", "checkout", "staging", "")
    back(told, "1.4.0", "1.4.1", words="rollback checkout staging")
    told.step(lambda so: so.unfreeze(OLU, ("", "staging"), 0))
    release(told)


def back(told: Story, to: str, left: str, **more: Any) -> None:
    rolls_back = GoingBack(deployment="d", number=0, environment="staging", version=left)
    told.ran(to, kind=Kind.ROLLBACK, rolls_back=rolls_back, **more)


def release(
    told: Story, *, order: tuple[str, str] = ("payments", "checkout"), state: str = "succeeded"
) -> None:
    """Two services to staging, of which checkout needs payments."""
    told.row("release_requested", "r1", DANA, command="", services=["payments 1", "checkout 1"])
    for service in ("payments", "checkout"):
        told.asked("1", service=service, kind=Kind.RELEASE, release="r1")
    parts = {one.service: one for one in told.evidence.deployments if one.release}
    for service in order:
        told.row("queued", parts[service].id)
    for index, service in enumerate(order):
        told.started(parts[service])
        told.ended(parts[service], state if index == 0 else "succeeded")
    if state != "succeeded":
        told.row("release_stopped", "r1")
    told.row("release_ended", "r1")
    told.step()


def left_waiting(told: Story) -> None:
    one = told.asked("1")
    told.row("queued", one.id)
    told.changed(one, state=State.QUEUED)
    told.step()


def promoted(version: str, *there: str) -> Tale:
    """With these having run in staging."""

    def tale(told: Story) -> None:
        for before in there:
            told.ran(before)
        told.step()
        told.said(DANA, "promote checkout", "promote", "checkout")
        told.asked(version, "production", kind=Kind.PROMOTE, words="promote checkout")
        told.step()

    return tale


def refused(words: str, reason: str, *of: str, ran: tuple[str, ...] = ("1.4.0", "1.4.1")) -> Tale:
    """What somebody said was refused, with these having run in staging."""

    def tale(told: Story) -> None:
        for version in ran:
            told.ran(version)
        told.step()
        told.said(DANA, words, words.split(maxsplit=1)[0], *of)
        told.row("refused", "", DANA, reason, command=words)
        told.evidence.whispers = {DANA: 1}
        told.step()

    return tale


def out_of_order(told: Story) -> None:
    """What was rolled back in staging goes to production."""
    told.ran("1", service="search")
    told.ran("2", service="search")
    back(told, "1", "2", service="search")
    told.step()
    told.ran("2", "production", service="search")
    told.step()


def rolled_back(to: str, left: str, *ran: str, environment: str = "staging") -> Tale:
    def tale(told: Story) -> None:
        for version in ran:
            told.ran(version, environment)
        back(told, to, left, environment=environment)
        told.step()

    return tale


def planned(
    *, at: float, said: float = 0.0, down: float = 0.0, confirmed: bool = False, anew: bool = True
) -> Tale:
    """For so many seconds later, though perhaps another time was said; down from then on for so long."""

    def tale(told: Story) -> None:
        now = told.evidence.now
        told.said(DANA, "checkout in 1h", "deploy", after=said or at)
        one = told.asked("1", "production", words="checkout in 1h", not_before=now + at)
        told.approved(one, SAM)
        told.step()
        if down:
            told.evidence.downs.append((now + at - 1, now + at + down))
            told.evidence.now = now + at + down
        if confirmed:
            told.row("missed_plan_confirmed", one.id, DANA)
            if anew:
                told.approved(one, SAM)
        told.started(one)
        told.step()

    return tale


def twice(told: Story) -> None:
    """Two runs side by side in one place."""
    told.started(told.asked("1"))
    told.started(told.asked("2"))
    told.step()


def called_good(told: Story) -> None:
    """A run that failed, and its deployment succeeded."""
    told.ran("1")
    told.evidence.builds[0].result = "FAILURE"
    told.step()


def overtaken(told: Story) -> None:
    one = told.asked("1")
    told.row("queued", one.id)
    told.ran("2")
    told.row("started", one.id)
    told.step()


def asked_again(told: Story) -> None:
    told.asked("1")
    told.asked("1", who=SAM)
    told.step()


def unheard(told: Story) -> None:
    told.row("refused", "", DANA)
    told.evidence.whispers = {DANA: 0}
    told.step()


def changed_by_hand(told: Story) -> None:
    told.evidence.faults.append(Fault(seq=1, problem="row 1 was changed"))


def requested_twice(told: Story) -> None:
    one = told.asked("1")
    told.row("requested", one.id, DANA)
    told.step()


def unanswered(told: Story) -> None:
    told.said(DANA, "checkout 2 to staging", "deploy")
    told.step()


def one_of_two_unanswered(told: Story) -> None:
    """Both lock the same at once, and nobody tells the second."""
    told.said(SAM, "lock checkout", "lock")
    told.said(OLU, "lock checkout", "lock")
    told.row("lock_given", "l", SAM)
    told.step()


def kept_out(meaning: Meaning) -> Tale:
    """A start in spite of what stands."""

    def tale(told: Story) -> None:
        one = told.asked("1")
        told.step(meaning)
        told.row("asked")
        told.step()
        told.started(one)
        told.step()

    return tale


def stands_by_words_alone(told: Story) -> None:
    told.step(lambda so: so.lock(SAM, PLACE, Lock(SAM), 0))


LOCKED = kept_out(lambda so: so.lock(SAM, ("", "staging"), Lock(SAM), 0))
FROZEN = kept_out(lambda so: so.freeze(SAM, ("", "staging"), FOR_EVER, 0))


def without_the_other(told: Story) -> None:
    """A part starts before the other may."""
    told.row("release_requested", "r1", DANA, command="", services=["payments 1", "search 1"])
    one = told.asked("1", service="payments", kind=Kind.RELEASE, release="r1")
    told.asked("1", service="search", kind=Kind.RELEASE, release="r1")
    told.started(one)
    told.step()


def without_what_it_needs(told: Story) -> None:
    release(told, order=("checkout", "payments"))


def after_a_failure(told: Story) -> None:
    release(told, state="failed")


def without_an_end(told: Story) -> None:
    release(told)
    told.evidence.audited.pop()


def without_a_release(told: Story) -> None:
    told.asked("1", kind=Kind.RELEASE, release="r9")
    told.step()


def of_two_parts(told: Story) -> None:
    """One is there, the other waits."""
    told.row("release_requested", "r1", DANA, command="", services=["payments 1", "search 1"])
    told.ran("1", service="payments", kind=Kind.RELEASE, release="r1")
    told.asked("1", service="search", kind=Kind.RELEASE, release="r1")
    told.step()


def cancelled_in_vain(told: Story) -> None:
    of_two_parts(told)
    told.model.clicks(DANA, "release_cancel", "r1")
    told.row("asked", "", DANA)
    told.step()


def cancelled_by_anybody(told: Story) -> None:
    one = told.asked("1", "production")
    told.row("cancel_asked", one.id, OLU)
    told.step()


def taken_back_in_part(told: Story) -> None:
    of_two_parts(told)
    told.model.clicks(DANA, "release_back", "r1")
    told.row("release_rolled_back", "r1", DANA)
    told.step()
