"""Ladders, carrying over and the second factor, as they are checked, compared and kept."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from config.loader import ConfigurationFaults, load
from config.models import Policy
from config.strictness import Side, looser

POLICY = "policies: {{default: {{approve: [1 of sre], {0}}}}}"
GROUPS = "groups: {sre: [U111, U222], owners: [U333]}"
STEP_UP = "step_up: {key: '${KEY}'}"


class CiSettings(BaseModel):
    servers: dict[str, str] = {"main": "http://ci"}


@pytest.fixture
def faults(tmp_path):
    def faults_of(policy, *lines, key="0123456789abcdef0123456789abcdef"):
        file = tmp_path / "pilothouse.yaml"
        head = [
            "slack: {bot_token: '${BOT}', signing_secret: '${SIGNING}'}",
            "drivers: {ci: {}}",
            GROUPS,
            "services: {checkout: {environments: {production: {job: x}}}}",
        ]
        file.write_text("\n".join([*head, *lines, policy]), encoding="utf-8")
        try:
            load(file, environ={"BOT": "xoxb-1", "SIGNING": "s", "KEY": key}, drivers={"ci": CiSettings})
        except ConfigurationFaults as error:
            return [f"{fault.line}: {fault.path}: {fault.problem}" for fault in error.faults]
        return []

    return faults_of


@pytest.mark.parametrize(
    ("ladder", "fault"),
    [
        (
            "{after: 10m, tell: [owners]}, {after: 10m, add: [owners]}",
            "ladder[1].after: does not come after the one above (10m)",
        ),
        (
            "{after: 10m, tell: [owners]}, {after: 5m, add: [owners]}",
            "ladder[1].after: does not come after the one above (10m)",
        ),
        (
            "{after: 30m, tell: [owners]}",
            "ladder[0].after: would come after the approval expired (30m)",
        ),
        ("{after: 0s, tell: [owners]}", "ladder[0].after: "),
        ("{after: 5m}", "ladder[0]: does nothing: say remind, tell or add"),
        ("{after: 5m, tell: []}", "ladder[0]: does nothing: say remind, tell or add"),
        ("{after: 5m, remind: everybody}", "ladder[0].remind: is none of the allowed words"),
        ("{after: 5m, tell: [onwers]}", 'ladder[0].tell[0]: "onwers" is no group - did you mean "owners"?'),
        ("{after: 5m, add: [U333, U333]}", 'ladder[0].add[1]: "U333" is listed twice'),
        (
            ", ".join(f"{{after: {n}m, tell: [owners]}}" for n in range(1, 12)),
            "ladder: has more than 10 rungs",
        ),
    ],
)
def test_a_ladder_is_in_order_and_in_time(faults, ladder, fault):
    found = faults(POLICY.format(f"ladder: [{ladder}]"))

    assert any(f"5: policies.default.{fault}" in one for one in found), found


def test_a_good_ladder_is_no_fault(faults):
    ladder = "{after: 10m, remind: missing}, {after: 20m, tell: [owners]}, {after: 25m, add: [owners, U444]}"

    assert faults(POLICY.format(f"ladder: [{ladder}]")) == []


def test_a_ladder_or_carrying_over_without_approval_waits_for_nothing(faults):
    ladder = "policies: {default: {ladder: [{after: 5m, tell: [owners]}], carry_over: 4h}}"

    assert faults(ladder) == [
        "5: policies.default.ladder: waits for nothing: the policy asks nobody for approval",
        "5: policies.default.carry_over: waits for nothing: the policy asks nobody for approval",
    ]


def test_when_to_remind_is_said_once(faults):
    both = "remind: 5m, ladder: [{after: 10m, remind: missing}]"
    assert "says when to remind, and so does the ladder" in faults(POLICY.format(both))[0]
    assert faults(POLICY.format("ladder: [{after: 10m, remind: missing}]")) == []
    short = "expires: 8m, ladder: [{after: 5m, remind: missing}]"
    assert faults(POLICY.format(short)) == [], "the default of `remind` is not used, so it can't be too late"


def test_the_second_factor_needs_a_key_that_seals(faults):
    policy = POLICY.format("step_up: totp")
    assert faults(policy) == [
        "5: policies.default.step_up: needs step_up.key, which seals what is kept of people's authenticators"
    ]
    assert faults(policy, STEP_UP) == []
    assert faults(policy, STEP_UP, key="short") == ["5: step_up.key: is too short to seal anything"]
    assert "step_up.key" in faults(policy, "step_up: {key: written-down}")[0]


def test_confirming_takes_the_second_factor(faults):
    assert faults("policies: {default: {step_up_deploy: true}}") == [
        "5: policies.default.step_up_deploy: confirms nothing without `step_up: totp`"
    ]
    assert faults("policies: {default: {step_up: sms}}")


def side(**policy) -> Side:
    return Side(
        policy=Policy(approve=["2 of sre"], **policy), groups={"sre": ["U111", "U222"], "dir": ["U333"]}
    )


def rung(after: str, **what) -> dict[str, object]:
    return {"after": after, **what}


@pytest.mark.parametrize(
    ("old", "new", "is_looser"),
    [
        ({}, {"ladder": [rung("5m", tell=["dir"])]}, False),
        ({}, {"ladder": [rung("5m", add=["dir"])]}, True),
        ({"ladder": [rung("5m", add=["dir"])]}, {"ladder": [rung("10m", add=["dir"])]}, False),
        ({"ladder": [rung("5m", add=["dir"])]}, {"ladder": [rung("4m", add=["dir"])]}, True),
        ({"ladder": [rung("5m", add=["dir"])]}, {"ladder": [rung("5m", add=["dir", "U999"])]}, True),
        ({"ladder": [rung("5m", add=["dir"])]}, {}, False),
        ({}, {"carry_over": "1h"}, True),
        ({"carry_over": "2h"}, {"carry_over": "1h"}, False),
        ({"step_up": "totp"}, {}, True),
        ({}, {"step_up": "totp"}, False),
        ({"step_up": "totp", "step_up_deploy": True}, {"step_up": "totp"}, True),
    ],
)
def test_what_loosens_a_policy_is_known(old, new, is_looser):
    assert bool(looser(side(**old), side(**new))) is is_looser


def test_rungs_are_said_in_words():
    [one] = Policy(ladder=[{"after": "25m", "remind": "missing", "add": ["dir", "U999"]}]).ladder

    assert str(one) == "after 25m remind missing and add dir, U999"
