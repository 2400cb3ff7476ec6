"""Every gate in every state it can be in: the plan, the answer to why, the form's preview and the run itself agree.

Each row brings the world into a state in which one gate says something, and names what it says. All four ways of asking
go through the front door; the run is asked last, because it changes the world.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.audit import ENGINE
from bot.gates import GATES, Outcome
from bot.sandbox.jenkins.jobs import Job
from bot.saving import save_standing
from bot.standing import BadVersion, Freeze, Lock, Standing
from handlers.verdicts import NAMES, SIGNS
from tests.e2e.gate_sources import BUILDS, built, it_only_brings, it_would_take_away, the_repository_is_gone
from tests.e2e.house import DANA, OLU, SAM, House, jobs, long_jobs
from tests.e2e.test_modals import choose, form

HOUR = 3600.0
VERSION = "1.2.3"
LINE = re.compile(r"^([✓⏳✗]) \*([a-z ]+)\*: (.*)$", re.MULTILINE)
BY_SIGN = {sign: outcome for outcome, sign in SIGNS.items()}
BY_NAME = {NAMES.get(gate.__name__, gate.__name__): gate.__name__ for gate in GATES}

Prepare = Callable[[House], Awaitable[None]]


async def nothing(_house: House) -> None:
    """The world as it is."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One gate in one state. `says` are words of its sentence; "" for a pass that has nothing to say."""

    gate: str
    outcome: Outcome
    state: str
    says: str = ""
    environment: str = "staging"
    user: str = DANA
    policy: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    prepare: Prepare = nothing
    jenkins: Callable[[], list[Job]] = jobs

    def __str__(self) -> str:
        return f"{self.gate}-{self.outcome.value}-{self.state}"


def stands(make: Callable[[float], Standing]) -> Prepare:
    async def prepare(house: House) -> None:
        new = make(house.clock.now())
        await house.running.writer.submit(lambda connection: save_standing(connection, new))

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
    return stands(
        lambda now: Freeze(
            id="freeze-1",
            environment="staging",
            owner=SAM,
            owner_name="sam",
            reason="the big sale",
            made_at=now,
            until=now + hours * HOUR,
        )
    )


async def one_runs(house: House) -> None:
    await house.say(SAM, "/deploy checkout 1.0.0 staging")
    await house.card("Running")


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


PASS, WAIT, BLOCK = Outcome.PASS, Outcome.WAIT, Outcome.BLOCK
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
        state="only some may",
        says="olu may not deploy checkout to production",
        environment="production",
        user=OLU,
        policy={"deploy": ["sre"]},
    ),
    Row(gate="version", outcome=PASS, state="it fits"),
    Row(
        gate="version",
        outcome=BLOCK,
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
        state="it was never built",
        says="was never built",
        config=BUILDS,
        jenkins=built,
    ),
    Row(
        gate="build",
        outcome=BLOCK,
        state="its build failed",
        says="and the build failed",
        config=BUILDS,
        jenkins=lambda: built(VERSION, "FAILURE"),
    ),
    Row(
        gate="build",
        outcome=WAIT,
        state="nobody can say",
        says="can't be known now",
        config=BUILDS,
    ),
    Row(
        gate="order",
        outcome=BLOCK,
        state="never in staging",
        says="has not run in staging yet",
        environment="production",
        policy=ORDER,
    ),
    Row(
        gate="order",
        outcome=WAIT,
        state="it bakes",
        says="has to run in staging until",
        environment="production",
        policy={**ORDER, "bake": "30m"},
        prepare=it_was_in_staging,
    ),
    Row(
        gate="order",
        outcome=BLOCK,
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
        state="something else took its place before it had baked",
        says="2.0.0 took its place",
        environment="production",
        policy={**ORDER, "bake": "30m"},
        prepare=it_was_replaced_in_staging,
    ),
    Row(
        gate="order",
        outcome=BLOCK,
        state="it was rolled back there",
        says="was rolled back in staging (#3)",
        environment="production",
        policy=ORDER,
        prepare=it_was_rolled_back_in_staging,
    ),
    Row(gate="schedule", outcome=PASS, state="now"),
    Row(gate="release", outcome=PASS, state="part of none"),
    Row(gate="freeze", outcome=PASS, state="none"),
    Row(gate="freeze", outcome=WAIT, state="for two hours", says="the big sale", prepare=freeze(2)),
    Row(gate="freeze", outcome=BLOCK, state="for days", says="the big sale", prepare=freeze(60)),
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
    Row(gate="lock", outcome=PASS, state="his own", user=SAM, prepare=lock()),
    Row(gate="lock", outcome=WAIT, state="somebody's", says="is locked by sam", prepare=lock()),
    Row(
        gate="lock",
        outcome=WAIT,
        state="of everything",
        says="everything is locked by sam",
        prepare=lock(service="", environment=""),
    ),
    Row(
        gate="lock",
        outcome=WAIT,
        state="after a failure",
        says="is locked by pilothouse",
        prepare=lock(owner=ENGINE, owner_name=""),
    ),
    Row(
        gate="lock",
        outcome=BLOCK,
        state="for longer than anybody waits",
        says="is locked by sam until",
        prepare=lock(until=lambda now: now + 30 * HOUR),
    ),
    Row(
        gate="lock",
        outcome=WAIT,
        state="another version only",
        says="takes only 1.4.x",
        prepare=lock(only="1.4.x"),
    ),
    Row(gate="lock", outcome=PASS, state="this version only", prepare=lock(only="1.2.x")),
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
        state="it would take away what is live",
        says="This removes 1 live commit by Olu Okafor",
        prepare=it_would_take_away,
    ),
    Row(gate="approval", outcome=PASS, state="nobody is asked"),
    Row(
        gate="approval",
        outcome=WAIT,
        state="two are asked",
        says="2 of sre",
        environment="production",
    ),
    Row(gate="queue", outcome=PASS, state="nobody is before"),
    Row(
        gate="queue",
        outcome=WAIT,
        state="one runs",
        says="#1 (1.0.0) is on its way there now",
        prepare=one_runs,
        jenkins=long_jobs,
    ),
    Row(
        gate="queue",
        outcome=BLOCK,
        state="the same is on its way",
        says="is on its way to staging already: #1, running now, asked by sam",
        prepare=the_same_runs,
        jenkins=long_jobs,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_plan_why_the_form_and_the_run_agree(tmp_path: Path, row: Row) -> None:
    async with House(tmp_path, policy=row.policy, config=row.config, jenkins_jobs=row.jenkins()) as house:
        await row.prepare(house)
        plan = answers(
            await whispered(house, row.user, f"plan checkout {VERSION} {row.environment}", "Plan,")
        )
        why = answers(await whispered(house, row.user, f"why checkout {row.environment}", "In the way of"))
        seen = await by_form(house, row)

        assert plan.keys() == BY_NAME.keys(), "every gate has its line"
        assert plan == seen
        for name, (outcome, sentence) in plan.items():
            assert why.get(name, (PASS, sentence)) == (outcome, sentence), name
        outcome, sentence = plan[NAMES.get(row.gate, row.gate)]
        assert outcome is row.outcome
        assert row.says in sentence
        await the_run_agrees(house, row, together(plan), sentence)


@pytest.mark.parametrize("gate", [gate.__name__ for gate in GATES])
def test_no_gate_is_left_out_of_the_table(gate: str) -> None:
    assert any(row.gate == gate for row in ROWS)


def answers(told: str) -> dict[str, tuple[Outcome, str]]:
    """What each gate says, by the name that people read."""
    found = {}
    for sign, name, said in LINE.findall(told):
        sentence = said.partition(" — can be lifted by ")[0].partition(" (<!date")[0]
        found[name] = (BY_SIGN[sign], sentence)
    return found


def together(found: dict[str, tuple[Outcome, str]]) -> Outcome:
    outcomes = {outcome for outcome, _ in found.values()}
    return BLOCK if BLOCK in outcomes else WAIT if WAIT in outcomes else PASS


async def whispered(house: House, user: str, words: str, answer: str) -> str:
    await house.say(user, f"/deploy {words}")
    return plain(await house.whispered(user, answer))


async def by_form(house: House, row: Row) -> dict[str, tuple[Outcome, str]]:
    await house.say(row.user, "/deploy")
    await house.until(lambda: house.slack.views(row.user))
    view = house.slack.views(row.user)[-1]
    if not re.search(r"\*approval\*", texts(view)):
        view = await form(house, row.user, '"service')
        await choose(house, row.user, view, "service", "checkout")
        view = await form(house, row.user, "environment/")
    await choose(house, row.user, view, "environment", row.environment)
    view = await form(house, row.user, f"to {row.environment}")
    await choose(house, row.user, view, "version", VERSION)
    view = await form(house, row.user, f"/deploy checkout {VERSION} to {row.environment}")
    return answers(plain(texts(view)))


async def the_run_agrees(house: House, row: Row, expected: Outcome, sentence: str) -> None:
    """Refused in the same words; or accepted, and held in the same words; or it runs."""
    before, cards = len(house.runs()), len(house.cards())
    await house.say(row.user, f"/deploy checkout {VERSION} {row.environment}")
    if expected is BLOCK:
        told = await house.until(
            lambda: next((one for one in house.whispers(row.user)[-1:] if "Plan," not in one), None)
        )
        await house.settled()
        assert plain(sentence) in plain(house.whispers(row.user)[-1]), told
        assert len(house.runs()) == before
        return
    card = await house.until(lambda: house.cards()[cards] if len(house.cards()) > cards else None)
    if expected is WAIT:
        words = "Waiting for approval" if row.gate == "approval" else sentence

        def held() -> bool:
            newest = house.cards()[cards]
            return plain(words) in plain(newest["text"] + texts(newest))

        await house.until(held, what=f"the card says {words!r}, not {card['text']!r}")
        assert len(house.runs()) == before
    else:
        await house.card("Succeeded", index=cards)
        assert len(house.runs()) == before + 1


def texts(view: dict[str, Any]) -> str:
    """Everything that stands in the blocks of a message or a dialog, as text."""
    found: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("text"), str):
                found.append(value["text"])
            for one in value.values():
                walk(one)
        elif isinstance(value, list):
            for one in value:
                walk(one)

    walk(view["blocks"])
    return "\n".join(found)


def plain(text: str) -> str:
    """Without what Slack needs besides the words."""
    return json.loads(json.dumps(text)).replace("&amp;", "&").replace("∶", ":")
