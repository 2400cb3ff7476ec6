"""The form, the overview and the home with whatever may stand in them: pure drawings, judged by the stand-in's rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from bot.deployments import Brief
from bot.errors import Refused
from bot.events import ShowStatus
from bot.events.surface import DrawDeployForm
from bot.gates import FreezeNow, Outcome, Situation, Verdict
from bot.lifecycle import State
from bot.outgoing import Commit, Outgoing
from bot.pages import Carried, OpenDialog
from bot.people import Person, Place
from bot.reasons import Reason
from bot.sandbox.slack.blocks import validate_message, validate_view
from bot.slack.modals import modal
from bot.slack.pages import draw_home, draw_page
from bot.standing import Lock
from config.models import Clause, Policy, Settings
from handlers.deploy_form_view import Judged, form
from handlers.home_view import Seen, home
from handlers.overview import Cell, turned
from handlers.overview_view import overview
from tests.drawn import AT, HOSTILE, deployments

DANA = Person(id="U0DANA0001", name="dana")
PLACE = Place(channel="C0DEPLOYS1")
TEXTS = ("fine", *HOSTILE)


def settings(services: int, environments: int, text: str) -> Settings:
    places = {f"place-{number}": {"job": "deploy"} for number in range(environments)}
    return Settings.model_validate(
        {
            "slack": {"bot_token": "xoxb-1"},
            "policies": {"default": {"approve": ["2 of sre"]}},
            "services": {
                f"service-{number}": {"description": text, "environments": places}
                for number in range(services)
            },
        }
    )


def judged(text: str) -> Judged:
    verdicts = tuple(
        Verdict(gate=gate, outcome=outcome, sentence=text, way_out=f"`{text}`", who=("sre", text), until=AT)
        for gate in ("permission", "freeze", "approval")
        for outcome in Outcome
    )
    commits = tuple(Commit(sha="a" * 40, subject=text, author=text) for _ in range(9))
    so = Situation(
        now=AT,
        service="service-0",
        environment="place-0",
        version=text,
        actor=DANA.id,
        policy=Policy(approve=[Clause(count=2, of=["sre"])]),
        outgoing=Outgoing(added=commits, removed=commits, added_count=99, removed_count=9),
    )
    return Judged(so=so, verdicts=verdicts, may_break_glass=True)


@pytest.mark.parametrize("services", [1, 100, 101])
@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_slack_takes_the_form_whatever_stands_in_it(services: int, text: str) -> None:
    wanted = DrawDeployForm(
        by=DANA,
        place=PLACE,
        view=OpenDialog(id="V1"),
        service="service-0",
        environment="place-0",
        version_wanted=text[:100],
        override=text[:300],
        glass=text[:300],
        removing=True,
        when=text[:300],
    )
    configuration = settings(services, 150, text)
    unclear = msgspec.structs.replace(
        judged(text), unclear=Refused(Reason.UNKNOWN_TIME, text, way_out=f"`{text}`")
    )
    for found in (None, Judged(so=None, problem=text), judged(text), unclear):
        view = modal(form(Carried(place=PLACE, timezone="Europe/Berlin"), wanted, configuration, found))
        assert validate_view(view) == []
        assert len(view["blocks"]) <= 100
    nothing = msgspec.structs.replace(wanted, service="", environment="", version_wanted="")
    assert validate_view(modal(form(Carried(place=PLACE), nothing, configuration, None))) == []


def cells(count: int, text: str, configuration: Settings) -> Iterator[Cell]:
    live = tuple(one for one in deployments() if not one.state.ended)[:3]
    brief = Brief(
        id="d",
        number=7,
        service="s",
        environment="e",
        version=text,
        requester=DANA,
        requested_at=AT,
        ended_at=AT,
    )
    lock = Lock(id="l", owner=DANA.id, owner_name=text, made_at=AT, until=AT, reason=text, only=text)
    places = [(name, place) for name, one in configuration.services.items() for place in one.environments]
    for service, environment in places[:count]:
        yield Cell(
            service=service,
            environment=environment,
            good=brief,
            last=msgspec.structs.replace(brief, state=State.FAILED),
            live=live,
            locks=(lock, lock),
            behind=brief,
            frozen=(FreezeNow(id="f", what=text, reason=text), AT),
        )


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_slack_takes_every_page_of_the_overview_whatever_stands_in_it(text: str) -> None:
    configuration = settings(5, 30, text)
    every = tuple(cells(150, text, configuration))
    for page in (0, 3, 99):
        wanted = ShowStatus(by=DANA, place=PLACE, at_page=page, like=text[:60])
        drawn = draw_page(overview(turned(every, page), wanted, configuration))
        assert validate_message(drawn) == []
        assert len(drawn["blocks"]) <= 50
        assert len(json.dumps(drawn["blocks"])) <= 12_000
        assert drawn["blocks"][-1]["type"] == "actions"


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_slack_takes_a_home_whatever_stands_in_it(text: str) -> None:
    configuration = settings(5, 30, text)
    waiting = [one for one in deployments() if one.state is State.AWAITING_APPROVAL and one.approval]
    seen = Seen(
        approvals=tuple(waiting * 3),
        mine=tuple(waiting * 3),
        ended=tuple(one for one in deployments() if one.state.ended)[:5],
        locks=tuple(
            Lock(id=f"l{number}", owner=DANA.id, made_at=AT, reason=text, service=text, only=text)
            for number in range(30)
        ),
        cells=tuple(cells(150, text, configuration)),
    )
    for shown in (seen, Seen()):
        view = draw_home(home(shown, configuration))
        assert validate_view(view) == []
        assert len(view["blocks"]) <= 100


def test_what_is_in_the_way_stands_above_what_is_not() -> None:
    so: Any = judged("x").so
    passed = Verdict(gate="permission")
    blocked = Verdict(gate="freeze", outcome=Outcome.BLOCK, sentence="frozen")
    wanted = DrawDeployForm(
        by=DANA,
        place=PLACE,
        view=OpenDialog(id="V1"),
        service="service-0",
        environment="place-0",
        version_wanted="1",
    )
    view = form(Carried(place=PLACE), wanted, settings(1, 1, ""), Judged(so=so, verdicts=(passed, blocked)))
    text = str(view.parts)
    assert text.index("frozen") < text.index("permission")
