"""Every gate in every state it can be in: the plan, the answer to why, the form's preview and the run itself agree.

Each row brings the world into a state in which one gate says something, and names what it says. All four ways of asking
go through the front door; the run is asked last, because it changes the world. States that only something already asked for
can be in have a table of their own: there why, the card and the run agree, and the plan of a release that was made before.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot.gates import GATES, Outcome
from bot.lifecycle import State
from handlers.verdicts import NAMES, SIGNS
from tests.e2e.gate_held import HELD, Held, card_of, there
from tests.e2e.gate_returns import Made, made
from tests.e2e.gate_rows import BLOCK, PASS, ROWS, WAIT, Row
from tests.e2e.house import OLU, House
from tests.e2e.test_modals import block, choose, form

LINE = re.compile(r"^([✓⏳✗]) \*([a-z ]+)\*: (.*)$", re.MULTILINE)
BY_SIGN = {sign: outcome for outcome, sign in SIGNS.items()}
BY_NAME = {NAMES.get(gate.__name__, gate.__name__): gate.__name__ for gate in GATES}


@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_plan_why_the_form_and_the_run_agree(tmp_path: Path, row: Row) -> None:
    async with row.house(tmp_path, policy=row.policy, config=row.config, jenkins_jobs=row.jenkins()) as house:
        await row.prepare(house)
        plan = answers(await whispered(house, row.user, f"plan {row.asked}", "Plan,"))
        assert plan.keys() == BY_NAME.keys(), "every gate has its line"
        outcome, sentence = plan[NAMES.get(row.gate, row.gate)]
        assert outcome is row.outcome
        assert row.says in sentence
        if not row.why:
            why = answers(
                await whispered(house, row.user, f"why checkout {row.environment}", "In the way of")
            )
            for name, said in plan.items():
                assert why.get(name, (PASS, said[1])) == said, name
        if not row.form:
            assert await by_form(house, row) == plan
        await the_run_agrees(house, row, together(plan), sentence)


@pytest.mark.parametrize("row", HELD, ids=str)
async def test_why_the_card_and_the_run_agree_about_what_is_asked_for_already(
    tmp_path: Path, row: Held
) -> None:
    async with House(tmp_path, policy=row.policy, config=row.config, jenkins_jobs=row.jenkins()) as house:
        planned = await whispered(house, OLU, row.plan, "Plan,") if row.plan else ""
        await row.prepare(house)
        asked = await there(house)
        number, before, sentence = asked.number, len(house.runs()), row.says
        if not row.why:
            # Times are said in the zone of who reads them: his own answer is what the card says.
            reader = OLU if row.gate == "permission" else asked.requester.id
            why = answers(await whispered(house, reader, f"why checkout {row.environment}", "In the way of"))
            outcome, sentence = why[NAMES.get(row.gate, row.gate)]
            assert outcome is row.outcome
            assert row.says in sentence
        if planned:
            assert line(row, sentence) in plain(planned)
        await row.then(house)

        async def ended() -> bool:
            return (await house.deployment(number)).state is row.ends

        await house.until(ended, what=f"it is {row.ends}")
        one = await house.deployment(number)
        if row.ends is State.AWAITING_APPROVAL:
            assert row.reason.value == (await house.audit("approval_voided"))[-1]["reason"]
        elif row.outcome is WAIT:
            assert (one.waits, plain(one.waits_for)) == (row.reason, sentence)
            assert len(house.runs()) == before
        else:
            assert (one.reason, plain(one.sentence)) == (row.reason, sentence)
        await house.until(lambda: sentence in plain(card_of(house, one)), what=f"its card says {sentence!r}")


def test_every_verdict_that_a_gate_can_make_has_its_row() -> None:
    rows: set[Made] = {(row.gate, row.outcome, row.reason) for row in (*ROWS, *HELD)}
    possible = made()

    assert possible - rows == set(), "verdicts without a row"
    assert rows - possible == set(), "rows of verdicts that no gate makes"


def line(row: Held, sentence: str) -> str:
    sign = next(sign for sign, outcome in BY_SIGN.items() if outcome is row.outcome)
    return f"{sign} *{NAMES.get(row.gate, row.gate)}*: {sentence}"


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
    await choose(house, row.user, view, "version", row.version)
    view = await form(house, row.user, f"{row.version} to {row.environment}")
    for field, words in row.typed.items():
        place = block(view, field)["block_id"]
        await house.slack.click(row.user, field, block_id=place, view_id=view["id"], value=words)
        view = await form(house, row.user, f"to {row.environment} {row.behind}")
    return answers(plain(texts(view)))


async def the_run_agrees(house: House, row: Row, expected: Outcome, sentence: str) -> None:
    """Refused in the same words; or accepted, and held in the same words; or it runs."""
    before, cards = len(house.runs()), len(house.cards())
    await house.say(row.user, f"/deploy {row.asked}")
    if expected is BLOCK:
        told = await house.until(
            lambda: next((one for one in house.whispers(row.user)[-1:] if "Plan," not in one), None)
        )
        await house.settled()
        assert plain(sentence) in plain(house.whispers(row.user)[-1]), told
        assert (await house.audit("refused"))[-1]["reason"] == row.reason
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
        (one,) = await house.running.store.recent(1)
        assert one.waits is row.reason
        why = await whispered(house, row.user, f"why checkout {row.environment}", f"#{one.number} waits.")
        assert answers(why)[NAMES.get(row.gate, row.gate)] == (WAIT, sentence)
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
