"""Who may lock what: whoever may lock every place that the scope covers."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from config.models import Policy, Service, ServiceEnvironment, Settings, Slack
from handlers.lock_rights import guards, lifters

SETTINGS = Settings(
    slack=Slack(bot_token=SecretStr("xoxb-1")),
    policies={
        "production": Policy(deploy=["developers"], lock=["sre", "owners"]),
        "qa": Policy(deploy=["testers", "sre"]),
        "staging": Policy(),
    },
    services={
        name: Service(environments={place: ServiceEnvironment(job="deploy") for place in places})
        for name, places in {"checkout": ("staging", "production"), "payments": ("qa", "production")}.items()
    },
)
EVERYONE, LOCKERS, QA = ("everyone",), ("sre", "owners"), ("testers", "sre")


@pytest.mark.parametrize(
    ("scope", "lists", "surely"),
    [
        (("checkout", "production"), {LOCKERS}, LOCKERS),
        (("checkout", "staging"), {EVERYONE}, EVERYONE),
        (("payments", "qa"), {QA}, QA),
        (("", "production"), {LOCKERS}, LOCKERS),
        (("checkout", ""), {EVERYONE, LOCKERS}, LOCKERS),
        (("payments", ""), {QA, LOCKERS}, ("sre",)),
        (("", ""), {EVERYONE, LOCKERS, QA}, ("sre",)),
        (("checkout", "qa"), set(), EVERYONE),
    ],
)
def test_a_scope_is_guarded_by_those_of_all_its_places(
    scope: tuple[str, str], lists: set[tuple[str, ...]], surely: tuple[str, ...]
) -> None:
    assert set(guards(SETTINGS, *scope)) == lists
    assert set(lifters(SETTINGS, *scope)) == set(surely)


def test_where_no_group_may_everything_nobody_is_named() -> None:
    policies = {"production": Policy(lock=["owners"]), "staging": Policy(lock=["testers"])}

    assert lifters(SETTINGS.model_copy(update={"policies": {**SETTINGS.policies, **policies}}), "", "") == ()
