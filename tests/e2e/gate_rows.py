"""The table of all gates: every state that something not yet asked for can be in, and what its gate says there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.audit import ENGINE
from bot.gates import Outcome
from bot.reasons import Reason
from bot.sandbox.jenkins.jobs import Job
from bot.standing import BadVersion, Freeze, Lock, Standing
from tests.e2e.gate_sources import (
    BUILDS,
    built,
    it_moved,
    it_moved_after_something_else_came,
    it_only_brings,
    it_would_take_away,
    nobody_can_say_which_commit_it_is,
    nobody_knew_its_commit,
    the_repository_is_gone,
)
from tests.e2e.house import DANA, OLU, SAM, House, jobs, long_jobs
from tests.e2e.test_step_up import CodedHouse

HOUR = 3600.0
VERSION = "1.2.3"

Prepare = Callable[[House], Awaitable[None]]


async def nothing(_house: House) -> None:
    """The world as it is."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One gate in one state. `says` are words of its sentence; "" for a pass that has nothing to say.

    It is asked by `words`, the usual ones when there are none, with those `behind` them; what is `typed` into fields of the
    form says the same. `form` and `why` are why that can't be asked there; "" where it can.
    """

    gate: str
    outcome: Outcome
    reason: Reason | None = None
    state: str
    says: str = ""
    version: str = VERSION
    environment: str = "staging"
    user: str = DANA
    words: str = ""
    behind: str = ""
    typed: dict[str, str] = field(default_factory=dict)
    form: str = ""
    why: str = ""
    house: type[House] = House
    policy: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    prepare: Prepare = nothing
    jenkins: Callable[[], list[Job]] = jobs

    @property
    def asked(self) -> str:
        """The words of the command, behind its name."""
        words = self.words or f"checkout {self.version} {self.environment}"
        return " ".join(f"{words} {self.behind}".split())

    def __str__(self) -> str:
        return f"{self.gate}-{self.outcome.value}-{self.state}"


def stands(make: Callable[[float], Standing]) -> Prepare:
    async def prepare(house: House) -> None:
        await house.stand(make(house.clock.now()))

    return prepare


def lock(**more: Any) -> Prepare:
    def make(now: float) -> Standing:
        given = {name: value(now) if callable(value) else value for name, value in more.items()}
        return Lock(
            **{
                "id": "lock-1",
                "service": "checkout",
                "environment": "staging",
                "owner": SAM,
                "owner_name": "sam",
                "reason": "migrating",
                "made_at": now,
                **given,
            }
        )

    return stands(make)


def freeze(hours: float) -> Prepare:
    """For so long; for 0 until somebody lifts it."""
    return stands(
        lambda now: Freeze(
            id="freeze-1",
            environment="staging",
            owner=SAM,
            owner_name="sam",
            reason="the big sale",
            made_at=now,
            until=now + hours * HOUR if hours else 0.0,
        )
    )


async def one_runs(house: House) -> None:
    await house.say(SAM, "/deploy checkout 1.0.0 staging")
    await house.card("Running")


async def one_failed(house: House) -> None:
    await house.say(SAM, "/deploy checkout 1.0.0 production")
    await house.card("Succeeded")
    await house.say(SAM, "/deploy checkout 9.0.0 production")
    await house.card("Waiting for approval", index=2)


def nines_fail() -> list[Job]:
    return jobs(result=lambda values: "FAILURE" if str(values["VERSION"]).startswith("9.") else "SUCCESS")


async def it_was_in_staging(house: House) -> None:
    await house.say(DANA, f"/deploy checkout {VERSION} staging")
    await house.card("Succeeded")


async def the_same_runs(house: House) -> None:
    await house.say(SAM, f"/deploy checkout {VERSION} staging")
    await house.card("Running")


async def it_was_replaced_in_staging(house: House) -> None:
    await it_was_in_staging(house)
    await house.say(DANA, "/deploy checkout 2.0.0 staging")
    await house.card("Succeeded", index=1)


async def it_was_rolled_back_in_staging(house: House) -> None:
    await house.say(DANA, "/deploy checkout 1.0.0 staging")
    await house.card("Succeeded")
    await house.say(DANA, f"/deploy checkout {VERSION} staging")
    await house.card("Succeeded", index=1)
    await house.say(DANA, "/rollback checkout staging")
    await house.card("Succeeded", index=2)


async def a_version_fits_no_more(house: House) -> None:
    await house.say(DANA, "/deploy checkout main staging")
    await house.card("Succeeded")
    await house.restart(services={"checkout": {"version_pattern": "[0-9.]+"}})


PASS, WAIT, BLOCK = Outcome.PASS, Outcome.WAIT, Outcome.BLOCK
THEN = f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d} 09:00"
STEP_UP = {"approve": ["2 of sre"], "step_up": "totp"}
PROMOTE = "promote checkout from staging to production"
NO_GLASS = "it speaks of what is in the way of anybody, with the glass whole"
NO_TIMES = "it speaks of now"
IN_THREE_DAYS = f"{datetime.now(UTC) + timedelta(days=3):%a}".lower()
OPEN = {"approve": [], "break_glass": []}
ORDER = {"after": ["staging"], "approve": [], "break_glass": []}
MARKED_BAD = stands(
    lambda now: BadVersion(
        id="bad-1",
        service="checkout",
        version=VERSION,
        owner=SAM,
        owner_name="sam",
        reason="leaks",
        made_at=now,
    )
)
ROWS = [
    Row(gate="permission", outcome=PASS, state="everyone may"),
    Row(
        gate="permission",
        outcome=BLOCK,
        reason=Reason.NOT_ALLOWED_TO_DEPLOY,
        state="only some may",
        says="olu may not deploy checkout to production",
        environment="production",
        user=OLU,
        policy={"deploy": ["sre"]},
    ),
    Row(
        gate="permission",
        outcome=BLOCK,
        reason=Reason.NOT_ALLOWED_TO_BREAK_GLASS,
        state="only some may break the glass",
        says="olu may not break the glass for checkout in production: that is for sre",
        environment="production",
        user=OLU,
        behind="break-glass because it burns",
        form="nobody else is asked about the glass",
        why=NO_GLASS,
    ),
    Row(
        gate="permission",
        outcome=BLOCK,
        reason=Reason.NOT_ALLOWED_TO_BREAK_GLASS,
        state="there is no glass to break",
        says="no glass to break",
        user=SAM,
        behind="break-glass because it burns",
        form="the glass is not spoken of where nobody has to approve",
        why=NO_GLASS,
    ),
    Row(
        gate="permission",
        outcome=BLOCK,
        reason=Reason.CODE_NEEDED,
        state="breaking the glass takes a code",
        says="takes a code, which is never typed as words",
        environment="production",
        user=SAM,
        policy=STEP_UP,
        behind="break-glass because it burns",
        form="a code is not kept in a form",
        why=NO_GLASS,
        house=CodedHouse,
    ),
    Row(gate="version", outcome=PASS, state="it fits"),
    Row(
        gate="version",
        outcome=BLOCK,
        reason=Reason.MISSING_WORD,
        state="none is named, and none is usual",
        says="Which version of checkout?",
        version="",
        config={"services": {"checkout": {"default_version": None}}},
        form="it asks for one before it asks the gates",
    ),
    Row(
        gate="version",
        outcome=BLOCK,
        reason=Reason.VERSION_INVALID,
        state="what ran there does not fit any more",
        says="main is not a version that checkout takes.",
        environment="production",
        policy=OPEN,
        prepare=a_version_fits_no_more,
        version="main",
        words=PROMOTE,
        why="it asks about the usual version",
    ),
    Row(
        gate="version",
        outcome=BLOCK,
        reason=Reason.VERSION_MOVED,
        state="the name means another commit now than the one that is promoted",
        says="checkout main is another commit now",
        environment="production",
        policy=OPEN,
        prepare=it_moved,
        version="main",
        words=PROMOTE,
        form="it asks for the version by its name",
        why="it asks about the usual version",
    ),
    Row(
        gate="version",
        outcome=BLOCK,
        reason=Reason.VERSION_MOVED,
        state="the name means another commit now than the one that is gone back to",
        says="checkout main is another commit now",
        policy=OPEN,
        prepare=it_moved_after_something_else_came,
        version="main",
        words="rollback checkout staging to main",
        form="it asks for the version by its name",
        why="it asks about the version that is there",
    ),
    Row(
        gate="version",
        outcome=WAIT,
        reason=Reason.COMMIT_UNKNOWN,
        state="its repository is away, and it has to be what ran before",
        says="Which commit checkout beside is can't be known now",
        environment="production",
        policy=ORDER,
        prepare=nobody_can_say_which_commit_it_is,
        version="beside",
        why="it asks about the usual version",
    ),
    Row(
        gate="version",
        outcome=PASS,
        state="its repository is away, and it need not be any commit",
        prepare=nobody_can_say_which_commit_it_is,
        version="beside",
    ),
    Row(
        gate="version",
        outcome=BLOCK,
        reason=Reason.VERSION_BAD,
        state="marked as bad",
        says="was marked as bad by sam",
        prepare=MARKED_BAD,
    ),
    Row(gate="build", outcome=PASS, state="no builds are configured"),
    Row(
        gate="build",
        outcome=PASS,
        state="it was built green",
        says="built green (#1)",
        config=BUILDS,
        jenkins=lambda: built(VERSION),
    ),
    Row(
        gate="build",
        outcome=BLOCK,
        reason=Reason.NOT_BUILT,
        state="it was never built",
        says="was never built",
        config=BUILDS,
        jenkins=built,
    ),
    Row(
        gate="build",
        outcome=BLOCK,
        reason=Reason.NOT_BUILT,
        state="its build failed",
        says="and the build failed",
        config=BUILDS,
        jenkins=lambda: built(VERSION, "FAILURE"),
    ),
    Row(
        gate="build",
        outcome=WAIT,
        reason=Reason.BUILD_UNKNOWN,
        state="nobody can say",
        says="can't be known now",
        config=BUILDS,
    ),
    Row(
        gate="order",
        outcome=BLOCK,
        reason=Reason.ORDER,
        state="never in staging",
        says="has not run in staging yet",
        environment="production",
        policy=ORDER,
    ),
    Row(
        gate="order",
        outcome=BLOCK,
        reason=Reason.ORDER,
        state="nobody knew the commit of what ran in staging under that name",
        says="Whether checkout feature is what ran in staging under that name (#1) can't be told: nobody knew its commit then.",
        environment="production",
        policy=ORDER,
        prepare=nobody_knew_its_commit,
        version="feature",
        why="it asks about the usual version",
    ),
    Row(
        gate="order",
        outcome=WAIT,
        reason=Reason.BAKING,
        state="it bakes",
        says="has to run in staging until",
        environment="production",
        policy={**ORDER, "bake": "30m"},
        prepare=it_was_in_staging,
    ),
    Row(
        gate="order",
        outcome=BLOCK,
        reason=Reason.BAKING,
        state="it bakes for longer than anybody waits",
        says="has to run in staging until",
        environment="production",
        policy={**ORDER, "bake": "30h"},
        prepare=it_was_in_staging,
    ),
    Row(
        gate="order",
        outcome=PASS,
        state="it has baked",
        environment="production",
        policy=ORDER,
        prepare=it_was_in_staging,
    ),
    Row(
        gate="order",
        outcome=BLOCK,
        reason=Reason.BAKING,
        state="something else took its place before it had baked",
        says="2.0.0 took its place",
        environment="production",
        policy={**ORDER, "bake": "30m"},
        prepare=it_was_replaced_in_staging,
    ),
    Row(
        gate="order",
        outcome=BLOCK,
        reason=Reason.ORDER,
        state="it was rolled back there",
        says="was rolled back in staging (#3)",
        environment="production",
        policy=ORDER,
        prepare=it_was_rolled_back_in_staging,
    ),
    Row(
        gate="order",
        outcome=PASS,
        state="the very same was rolled back in that very place",
        says="and was rolled back",
        prepare=it_was_rolled_back_in_staging,
    ),
    Row(gate="schedule", outcome=PASS, state="now"),
    Row(
        gate="schedule",
        outcome=WAIT,
        reason=Reason.PLANNED,
        state="planned for later",
        says=f"planned for {THEN} (Europe/Berlin)",
        behind=f"at {THEN}",
        typed={"when": THEN},
        why=NO_TIMES,
    ),
    Row(gate="release", outcome=PASS, state="part of none"),
    Row(gate="freeze", outcome=PASS, state="none"),
    Row(
        gate="freeze",
        outcome=WAIT,
        reason=Reason.FROZEN,
        state="for two hours",
        says="the big sale",
        prepare=freeze(2),
    ),
    Row(
        gate="freeze",
        outcome=BLOCK,
        reason=Reason.FROZEN,
        state="for days",
        says="the big sale",
        prepare=freeze(60),
    ),
    Row(
        gate="freeze",
        outcome=WAIT,
        reason=Reason.FROZEN,
        state="until somebody lifts it",
        says="staging is frozen by sam, until somebody lifts it: the big sale.",
        prepare=freeze(0),
    ),
    Row(
        gate="freeze",
        outcome=PASS,
        state="elsewhere",
        environment="production",
        policy=OPEN,
        prepare=freeze(2),
    ),
    Row(
        gate="freeze",
        outcome=BLOCK,
        reason=Reason.FROZEN,
        state="no window is open for days",
        says="Outside of far",
        environment="production",
        policy={
            **OPEN,
            "windows": {"far": {"days": [IN_THREE_DAYS], "from": "00:00", "to": "24:00", "timezone": "UTC"}},
        },
    ),
    Row(gate="lock", outcome=PASS, state="none"),
    Row(gate="lock", outcome=PASS, state="a warning", says="sam warns about", prepare=lock(warning=True)),
    Row(
        gate="lock",
        outcome=PASS,
        state="his own",
        says="checkout in staging is locked by you: migrating; you may",
        user=SAM,
        prepare=lock(),
    ),
    Row(
        gate="lock",
        outcome=PASS,
        state="his own warning",
        says="sam warns about checkout in staging: migrating",
        user=SAM,
        prepare=lock(warning=True),
    ),
    Row(
        gate="lock",
        outcome=WAIT,
        reason=Reason.LOCKED,
        state="somebody's",
        says="is locked by sam",
        prepare=lock(),
    ),
    Row(
        gate="lock",
        outcome=WAIT,
        reason=Reason.LOCKED,
        state="of everything",
        says="everything is locked by sam",
        prepare=lock(service="", environment=""),
    ),
    Row(
        gate="lock",
        outcome=WAIT,
        reason=Reason.LOCKED,
        state="after a failure",
        says="is locked by pilothouse",
        prepare=lock(owner=ENGINE, owner_name=""),
    ),
    Row(
        gate="lock",
        outcome=BLOCK,
        reason=Reason.LOCKED,
        state="for longer than anybody waits",
        says="is locked by sam until",
        prepare=lock(until=lambda now: now + 30 * HOUR),
    ),
    Row(
        gate="lock",
        outcome=WAIT,
        reason=Reason.LOCKED,
        state="another version only",
        says="takes only 1.4.x",
        prepare=lock(only="1.4.x"),
    ),
    Row(
        gate="lock",
        outcome=PASS,
        state="this version only",
        says="checkout in staging takes 1.2.x, says sam",
        prepare=lock(only="1.2.x"),
    ),
    Row(gate="lost_work", outcome=PASS, state="no repository is configured"),
    Row(gate="lost_work", outcome=PASS, state="it only brings", prepare=it_only_brings),
    Row(
        gate="lost_work",
        outcome=PASS,
        state="nobody can say",
        says="what goes out is not known",
        prepare=the_repository_is_gone,
    ),
    Row(
        gate="lost_work",
        outcome=BLOCK,
        reason=Reason.LOST_WORK,
        state="it would take away what is live",
        says="This removes 1 live commit by Olu Okafor",
        prepare=it_would_take_away,
        why="it speaks of what is there, which takes nothing away",
    ),
    Row(gate="approval", outcome=PASS, state="nobody is asked"),
    Row(
        gate="approval",
        outcome=WAIT,
        reason=Reason.APPROVAL_NEEDED,
        state="two are asked",
        says="2 of sre",
        environment="production",
    ),
    Row(gate="queue", outcome=PASS, state="nobody is before"),
    Row(
        gate="queue",
        outcome=WAIT,
        reason=Reason.LANE_BUSY,
        state="one runs",
        says="#1 (1.0.0) is on its way there now",
        prepare=one_runs,
        jenkins=long_jobs,
    ),
    Row(
        gate="queue",
        outcome=WAIT,
        reason=Reason.LANE_BUSY,
        state="the engine asks to roll back what failed",
        says="#3 goes back to 1.0.0 first, and waits for approval",
        environment="production",
        policy={"approve": [], "rollback_approve": ["1 of sre"], "auto_rollback": "ask"},
        prepare=one_failed,
        why="it speaks of what waits there: the rollback, for approval",
        jenkins=nines_fail,
    ),
    Row(
        gate="queue",
        outcome=BLOCK,
        reason=Reason.ALREADY_GOING,
        state="the same is on its way",
        says="is on its way to staging already: #1, running now, asked by sam",
        prepare=the_same_runs,
        jenkins=long_jobs,
    ),
]
