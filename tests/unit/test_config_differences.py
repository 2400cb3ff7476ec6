"""What is different between two configurations: in sentences, and what of it loosens a protected policy."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.drivers.jenkins.settings import JenkinsSettings
from config.differences import Difference, differences, policy_differences
from config.durations import parse
from config.guarded import part_of, remembering, to_text
from config.holding import from_text, held
from config.models import Policy, Settings
from config.protecting import four_eyes_of, guards_of
from config.restarting import kept
from config.strictness import Side, as_many, looser

SECRET = "the-token-of-jenkins"


def document() -> dict[str, Any]:
    whole: dict[str, Any] = {
        "slack": {"bot_token": "xoxb-1", "signing_secret": "s", "announce_channel": "#operations"},
        "groups": {"sre": ["U0SRE1", "U0SRE2"], "developers": ["U0DEV1", "S0DEVS"], "owners": ["U0OWNER"]},
        "policies": {
            "production": {
                "deploy": ["developers"],
                "approve": ["2 of sre"],
                "break_glass": ["owners"],
                "cancel": ["owners"],
                "after": ["staging"],
                "bake": 600,
                "lock": ["sre"],
                "lock_on_failure": True,
                "windows": {"office": {"from": "09:00", "to": "17:00", "timezone": "UTC"}},
                "override": ["1 of owners"],
                "freeze": ["sre", "developers"],
                "expires": 1800,
                "start_within": 900,
            },
            "default": {},
        },
        "freezes": {"christmas": {"from": "2026-12-20 18:00", "to": "2027-01-02 08:00", "timezone": "UTC"}},
        "calendars": {"bank": {"address": "https://calendars.example/the-key-of-the-calendar"}},
        "drivers": {
            "jenkins": {
                "servers": {"ci": {"url": "http://ci:8080", "user": "bot", "token": SECRET}},
            }
        },
        "services": {
            name: {
                "environments": {
                    environment: {
                        "job": "deploy",
                        "parameters": {"TARGET": "{{ environment }} {{ service }}"},
                    }
                    for environment in ("staging", "production")
                }
            }
            for name in ("checkout", "payments")
        },
    }
    whole["services"]["payments"]["needs"] = ["checkout"]
    return whole


def settings(change: Any = None) -> Settings:
    data = document()
    if change is not None:
        change(data)
    data["drivers"]["jenkins"] = JenkinsSettings.model_validate(data["drivers"]["jenkins"])
    return Settings.model_validate(data)


def put(*path: Any) -> Any:
    """Set (or, with `None`, remove) the value at a path: `put("policies", "production", "four_eyes", False)`."""
    *keys, last, value = path

    def change(data: dict[str, Any]) -> None:
        inner: Any = data
        for key in keys:
            inner = inner[key]
        if value is None:
            del inner[last]
        else:
            inner[last] = value

    return change


def changed(*changes: Any) -> tuple[Difference, ...]:
    def all_of_them(data: dict[str, Any]) -> None:
        for change in changes:
            change(data)

    return differences(settings(), settings(all_of_them))


def sentences(found: tuple[Difference, ...]) -> list[str]:
    return [one.sentence for one in found]


# --- sentences -----------------------------------------------------------------------------------------------


def test_equal_settings_have_no_differences() -> None:
    assert differences(settings(), settings()) == ()


@pytest.mark.parametrize(
    ("change", "sentence", "loosens"),
    [
        (put("policies", "production", "approve", ["1 of sre"]), "production: 2 approvals → 1 (1 of sre)", True),
        (put("policies", "production", "approve", []), "production: 2 approvals → none", True),
        (put("policies", "production", "approve", ["2 of developers"]), "production: approval by 2 of sre → 2 of developers", True),
        (put("policies", "production", "approve", ["2 of sre", "1 of owners"]), "production: 2 approvals → 3 (2 of sre and 1 of owners)", False),
        (put("policies", "production", "approve", ["2 of [sre, owners]"]), "production: approval by 2 of sre → 2 of [sre, owners]", True),
        (put("policies", "production", "four_eyes", False), "four eyes is off for production", True),
        (put("policies", "production", "deploy", ["everyone"]), "production: everyone may deploy; developers may not deploy any more", True),
        (put("policies", "production", "deploy", ["U0DEV1"]), "production: U0DEV1 may deploy; developers may not deploy any more", False),
        (put("policies", "production", "break_glass", ["owners", "sre"]), "production: sre may break the glass", True),
        (put("policies", "production", "break_glass", []), "production: owners may not break the glass any more", False),
        (put("policies", "production", "cancel", ["owners", "sre"]), "production: sre may cancel", True),
        (put("policies", "production", "expires", 3600), "production: expires 30m → 1h", True),
        (put("policies", "production", "expires", 600), "production: expires 30m → 10m", False),
        (put("policies", "production", "remind", 60), "production: remind 10m → 1m", False),
        (put("policies", "default", "approve", ["1 of sre"]), "staging needs approval now: 1 of sre", False),
        (put("policies", "production", "after", []), "production: after staging → none", True),
        (put("policies", "production", "after", ["staging", "qa"]), "production: after staging → staging, qa", False),
        (put("policies", "production", "bake", 60), "production: bake 10m → 1m", True),
        (put("policies", "production", "bake", 6000), "production: bake 10m → 1h40m", False),
        (put("policies", "production", "lock", ["owners"]), "production: owners may lock and unlock; sre may not lock and unlock any more", True),
        (put("policies", "production", "lock", ["U0SRE1"]), "production: U0SRE1 may lock and unlock; sre may not lock and unlock any more", False),
        (put("policies", "production", "lock", []), "production: sre may not lock and unlock any more", True),
        (put("policies", "production", "lock_on_failure", False), "production: lock on failure on → off", True),
        (put("policies", "production", "rollback_approve", ["1 of sre"]), "rollbacks of production: approval by whoever approves deployments → 1 of sre", True),
        (put("policies", "production", "rollback_approve", []), "rollbacks of production: approval by whoever approves deployments → nobody", True),
        (put("policies", "production", "rollback_approve", ["2 of sre"]), "rollbacks of production: approval by whoever approves deployments → 2 of sre", False),
        (put("policies", "production", "auto_rollback", "run"), "production: auto rollback never → run", True),
        (put("policies", "production", "auto_rollback", "ask"), "production: auto rollback never → ask", False),
        (put("policies", "production", "wait_at_most", 20000), "production: wait at most 4h → 5h33m20s", True),
        (put("policies", "production", "windows", {}), "production: windows office → none; office was mon-sun 09:00 to 17:00 UTC", True),
        (put("policies", "production", "windows", "late", {"from": "09:00", "to": "23:00", "timezone": "UTC"}), "production: windows office → office, late; late is mon-sun 09:00 to 23:00 UTC", True),
        (put("policies", "production", "windows", "office", {"from": "08:00", "to": "17:00", "timezone": "UTC"}), "production: windows office mon-sun 09:00 to 17:00 UTC → mon-sun 08:00 to 17:00 UTC", True),
        (put("policies", "default", "windows", {"day": {"from": "08:00", "to": "17:00", "timezone": "UTC"}}), "staging: windows none → day; day is mon-sun 08:00 to 17:00 UTC", False),
        (put("policies", "production", "override", ["1 of sre"]), "production: override 1 of owners → 1 of sre", True),
        (put("policies", "production", "override", ["2 of owners"]), "production: override 1 of owners → 2 of owners", False),
        (put("policies", "production", "override", None), "production: override 1 of owners → none", False),
        (put("policies", "production", "missed", "run"), "production: missed ask → run", True),
        (put("policies", "production", "late", 600), "production: late 5m → 10m", True),
        (put("policies", "production", "freeze", ["sre"]), "production: developers may not freeze and lift freezes any more", False),
        (put("freezes", "christmas", None), "freezes.christmas is gone, it was from 2026-12-20 18:00, to 2027-01-02 08:00, timezone UTC", True),
        (put("freezes", "christmas", "to", "2026-12-27 08:00"), "freezes.christmas.to: 2027-01-02 08:00 → 2026-12-27 08:00", True),
        (put("freezes", "summer", {"from": "2026-08-01 00:00", "to": "2026-08-15 00:00", "timezone": "UTC"}), "freezes.summer is new: from 2026-08-01 00:00, to 2026-08-15 00:00, timezone UTC", False),
        (put("calendars", "bank", "address", "https://calendars.example/other-key"), "calendars.bank.address changed", True),
        (put("calendars", "bank", None), "calendars.bank is gone, it was timezone UTC, refresh 15m, good_for 7d, unavailable freeze", True),
        (put("services", "payments", "needs", []), "payments: needs: checkout → none", True),
        (put("services", "checkout", "needs", ["payments"]), "checkout: needs: none → payments", False),
        (put("services", "checkout", "promote", ["staging", "production"]), "checkout: promote none → staging, production", False),
        (put("groups", "sre", ["U0SRE1", "U0SRE2", "U0NEW"]), "sre: U0NEW joins", True),
        (put("groups", "sre", ["U0SRE1"]), "sre: U0SRE2 leaves", False),
        (put("groups", "developers", ["U0DEV1", "S0DEVS", "U0A", "U0B"]), "developers: U0A and U0B join", True),
        (put("groups", "qa", ["U0QA"]), "new group qa: U0QA", False),
        (put("services", "payments", "environments", "qa", {"job": "deploy", "parameters": {"TARGET": "{{ environment }}"}}), "payments: new environment qa (policy default, job deploy with TARGET=qa)", False),
        (put("services", "payments", "environments", "production", None), "payments: environment production is gone", False),
        (put("services", "payments", None), "service payments is gone", False),
        (put("services", "mail", {"environments": {"staging": {"job": "x"}}}), "new service mail (staging: policy default, job x)", False),
        (put("services", "checkout", "environments", "production", "policy", "open"), "production of checkout: 2 approvals → none", True),
        (put("services", "checkout", "environments", "production", "job", "other"), "production of checkout: job deploy → other", False),
        (put("services", "checkout", "environments", "production", "parameters", "TARGET", "x"), "production of checkout: parameter TARGET {{ environment }} {{ service }} → x", False),
        (put("services", "checkout", "environments", "production", "parameters", "NOTE", "y"), "production of checkout: parameter NOTE is new: y", False),
        (put("services", "mail", {"environments": {"staging": {"job": "x", "verify": [{"url": {"address": "https://mail/health"}}, {"bake": 60}]}}}), "new service mail (staging: policy default, job x, verified by url https://mail/health and bake 1m)", False),
        (put("releases", {"all": {"environment": "staging", "services": {"checkout": "1"}}}), "releases.all is new: environment staging, services checkout", False),
        (put("services", "checkout", "channel", "#deploys"), "checkout: channel none → #deploys", False),
        (put("slack", "update_interval", 5), "slack.update_interval: 2s → 5s", False),
        (put("slack", "allow_guests", ["U0GUEST"]), "slack.allow_guests: none → U0GUEST", True),
        (put("slack", "workspaces", ["T0A"]), "slack.workspaces: none → T0A", True),
        (put("drivers", "jenkins", "servers", "ci", "url", "http://other"), "drivers.jenkins.servers.ci.url: http://ci:8080 → http://other", False),
        (put("drivers", "jenkins", "servers", "two", {"url": "http://b", "user": "b", "token": "t-o-k"}), "drivers.jenkins.servers.two is new: url http://b, user b", False),
        (put("drivers", "jenkins", "servers", "ci", "token", "another-token"), "drivers.jenkins.servers.ci.token changed", False),
        (put("slack", "bot_token", "xoxb-2"), "slack.bot_token changed", False),
    ],
)  # fmt: skip
def test_a_difference_is_said_in_a_sentence(change: Any, sentence: str, loosens: bool) -> None:
    found = changed(change)
    assert sentence in sentences(found)
    assert any(one.loosens for one in found) is loosens
    assert next(one for one in found if one.sentence == sentence).loosens is loosens


def test_a_secret_is_never_said() -> None:
    place = ("services", "checkout", "environments", "production")
    secret = {"KEY": "secret-of-the-environment"}
    verify = [
        {"job": {"job": "smoke", "parameters": secret}},
        {
            "command": {
                "run": ["/bin/smoke", "secret-of-the-environment"],
                "env": {"A": "secret-of-the-environment"},
            }
        },
        {"url": {"address": "https://x.example/", "secret_headers": {"A": "secret-of-the-environment"}}},
    ]

    def change(data: dict[str, Any]) -> None:
        put("drivers", "jenkins", "servers", "ci", "token", "another-token")(data)
        put("slack", "bot_token", "xoxb-2")(data)
        put(*place, "parameters", secret)(data)
        put(*place, "verify", verify)(data)

    elsewhere = [
        (*place, "parameters", "KEY"),
        (*place, "verify", 0, "job", "parameters", "KEY"),
        (*place, "verify", 1, "command", "run", 1),
    ]
    new = settings(change).with_values_from_elsewhere(elsewhere)
    found = (*differences(settings(), new), *differences(new, settings()))
    assert "secret-of-the-environment" not in to_text(part_of(new))
    said = " ".join(sentences(found))
    assert not any(
        secret in said for secret in ("another-token", SECRET, "xoxb", "secret-of-the-environment")
    )


def test_what_loosens_comes_first() -> None:
    found = changed(
        put("slack", "update_interval", 5),
        put("policies", "production", "four_eyes", False),
        put("groups", "sre", ["U0SRE1", "U0SRE2", "U0NEW"]),
    )
    assert [one.loosens for one in found] == [True, True, False]


def test_places_are_named_shortly() -> None:
    found = changed(put("services", "checkout", "environments", "production", "policy", "default"))
    assert "production of checkout: policy production → default" in sentences(found)
    assert "production of checkout: 2 approvals → none" in sentences(found)


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ([], [{"job": {"job": "smoke", "parameters": {"VERSION": "v"}}}], "verify none → job smoke with VERSION"),
        ([{"bake": 60}], [{"command": {"run": ["/bin/true"]}}, {"bake": 60}], "verify bake 1m → command /bin/true and bake 1m"),
        ([{"url": {"address": "https://a/"}}], [{"url": {"address": "https://b/", "within": 60}}], "verify 1 (url).url.address: https://a/ → https://b/"),
        ([{"url": {"address": "https://a/"}}], [{"url": {"address": "https://a/", "within": 60}}], "verify 1 (url).url.within: 5m → 1m"),
        ([{"bake": 600}], [{"bake": 60}], "verify 1 (bake).bake: 10m → 1m"),
        ([{"job": {"job": "a", "parameters": {"X": "1"}}}], [{"job": {"job": "a", "parameters": {"X": "2"}}}], "verify 1 (job).job.parameters.X: 1 → 2"),
        ([{"url": {"address": "https://a/", "secret_headers": {"A": "b"}}}], [{"url": {"address": "https://a/", "secret_headers": {"A": "c"}}}], "a secret of verify changed"),
    ],
)  # fmt: skip
def test_how_a_place_is_verified_is_said_from_what_to_what(before: Any, after: Any, sentence: str) -> None:
    old, new = (
        settings(put("services", "checkout", "environments", "production", "verify", checks))
        for checks in (before, after)
    )
    found = differences(old, new)
    assert f"production of checkout: {sentence}" in sentences(found)
    assert all(one.loosens for one in found)


def test_what_a_parameter_was_is_said_when_it_is_gone() -> None:
    noted = settings(put("services", "checkout", "environments", "staging", "parameters", "NOTE", "a note"))
    assert sentences(differences(noted, settings())) == [
        "staging of checkout: parameter NOTE is gone, it was a note"
    ]


def test_no_sentence_says_only_that_something_changed_but_of_secrets() -> None:
    """Every setting of the whole example is taken away, one after another."""
    for path in _paths(document()):
        try:
            found = changed(put(*path, None))
        except (ValidationError, KeyError):
            continue  # nothing can be read without it
        for one in found:
            assert not one.sentence.endswith(" changed") or any(
                word in one.sentence for word in ("token", "secret", "address")
            ), one.sentence


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*path, name)
            yield from _paths(inner, (*path, name))


# --- what loosens --------------------------------------------------------------------------------------------


def test_the_guards_are_the_approvers_of_the_old_policy() -> None:
    (one,) = changed(put("policies", "production", "four_eyes", False))
    assert [(guard.service, guard.environment) for guard in one.guards] == [
        ("checkout", "production"),
        ("payments", "production"),
    ]
    assert {str(clause) for guard in one.guards for clause in guard.clauses} == {"2 of sre"}
    assert all(guard.four_eyes for guard in one.guards)


def test_an_environment_that_asks_nobody_guards_nothing() -> None:
    found = changed(
        put("policies", "default", "deploy", ["everyone", "U0X"]), put("policies", "default", "expires", 9000)
    )
    assert not any(one.loosens for one in found)


def test_taking_a_place_away_and_bringing_it_back_looser_is_recognised() -> None:
    without = settings(put("services", "payments", "environments", "production", None))
    memory = remembering(part_of(settings()), part_of(without))
    opened = settings(put("services", "payments", "environments", "production", "policy", "open"))

    found = differences(without, opened, remembered=memory)

    (one,) = [one for one in found if one.loosens]
    assert (
        one.sentence
        == "payments: environment production is back (policy open, job deploy with TARGET=production payments)"
    )
    back = differences(without, settings(), remembered=memory)
    assert sentences(back) == [
        "payments: environment production is back (policy production, job deploy with TARGET=production payments)"
    ]
    assert not back[0].loosens


def test_what_is_gone_stays_remembered_over_further_changes() -> None:
    without = settings(put("services", "payments", None))
    memory = remembering(part_of(settings()), part_of(without))
    memory = remembering(memory, part_of(settings(put("services", "payments", None))))
    assert memory.place(("payments", "production")) is not None
    assert policy_differences(memory, part_of(without)) == ()


def test_another_place_that_would_run_the_same_is_recognised() -> None:
    found = changed(
        put(
            "services",
            "payments",
            "environments",
            "hotfix",
            {"job": "deploy", "parameters": {"TARGET": "production payments"}},
        )
    )
    assert (
        sentences(found)[0]
        == "hotfix of payments can run what production of payments runs, with less asked: "
        "job deploy with TARGET=production payments"
    )
    assert found[0].loosens


def test_an_open_place_turned_to_what_a_protected_one_runs_is_recognised() -> None:
    found = changed(
        put(
            "services",
            "payments",
            "environments",
            "staging",
            "parameters",
            "TARGET",
            "production {{ service }}",
        )
    )
    assert any(one.loosens and "can run" in one.sentence for one in found)


def test_taking_away_the_first_step_of_an_order_is_recognised() -> None:
    found = changed(put("services", "payments", "environments", "staging", None))
    assert sentences(found)[0] == "production of payments goes without having been in staging before"
    assert found[0].loosens


def test_a_growing_group_that_a_policy_does_not_name_loosens_nothing() -> None:
    assert not any(one.loosens for one in changed(put("groups", "qa", ["U0QA", "U0QB"])))


def test_a_member_named_directly_instead_of_by_his_group_is_no_loosening() -> None:
    found = changed(put("policies", "production", "approve", ["2 of [U0SRE1, U0SRE2]"]))
    assert found
    assert not any(one.loosens for one in found)


def test_a_setting_without_a_rule_has_to_stay_as_it_is() -> None:
    old, new = part_of(settings()), part_of(settings())
    old, new = (part.model_copy(update={"more": {"curfew": value}}) for part, value in ((old, 1), (new, 2)))
    (one,) = policy_differences(old, new)
    assert one.sentence == "curfew: 1 → 2"
    assert len(one.guards) == 2


@pytest.mark.parametrize(
    ("old", "new", "strict"),
    [
        (["2 of sre"], ["2 of sre"], True),
        (["2 of sre"], ["1 of sre", "1 of U0SRE1"], True),
        (["1 of sre", "1 of owners"], ["2 of [sre, owners]"], False),
        (["2 of [sre, owners]"], ["1 of sre", "1 of owners"], True),
        (["1 of everyone", "1 of sre"], ["1 of sre", "1 of U0X"], True),
        (["1 of everyone", "1 of sre"], ["1 of U0X", "1 of sre"], True),
        (["1 of everyone", "1 of sre"], ["2 of U0X"], False),
        ([], ["1 of sre"], True),
        (["3000 of developers"], ["2999 of developers"], False),
        (["3000 of developers"], ["3000 of developers"], True),
        (["1 of developers"], ["1 of U0MAYBE"], False),
    ],
)
def test_clauses_are_as_strict_when_whoever_meets_them_meets_the_old_ones(
    old: list[str], new: list[str], strict: bool
) -> None:
    groups = {"sre": ["U0SRE1", "U0SRE2"], "developers": ["U0DEV1", "S0DEVS"], "owners": ["U0OWNER"]}
    before, now = (Side(policy=Policy.model_validate({"approve": one}), groups=groups) for one in (old, new))
    assert as_many(before.policy.approve, now.policy.approve, before, now) is strict


# --- properties ----------------------------------------------------------------------------------------------

WHO = st.lists(
    st.sampled_from(["everyone", "sre", "developers", "U0SRE1", "U0OTHER", "S0GROUP"]),
    unique=True,
    min_size=1,
)
CLAUSES = st.lists(
    st.builds(lambda count, of: f"{count} of [{', '.join(of)}]", st.integers(1, 3), WHO), max_size=3
)
POLICIES = st.fixed_dictionaries(
    {},
    optional={
        "deploy": WHO,
        "approve": CLAUSES,
        "four_eyes": st.booleans(),
        "break_glass": WHO,
        "cancel": WHO,
        "expires": st.sampled_from([600, 1800, 7200]),
        "start_within": st.sampled_from([600, 900]),
        "after": st.sampled_from([[], ["staging"], ["staging", "qa"]]),
        "bake": st.sampled_from([0, 600]),
        "lock": WHO,
        "lock_on_failure": st.booleans(),
    },
)


def with_policy(policy: dict[str, Any]) -> Settings:
    return settings(put("policies", "production", policy or {"four_eyes": True}))


@pytest.mark.parametrize(
    ("policy", "guards", "four_eyes"),
    [
        ({"approve": ["2 of sre"], "override": ["1 of owners"]}, ["2 of sre"], True),
        ({"override": ["1 of sre"], "freeze": ["owners"]}, ["1 of sre"], True),
        ({"rollback_approve": ["1 of sre"], "freeze": ["owners"]}, ["1 of sre"], True),
        ({"freeze": ["sre"], "lock": ["owners"], "deploy": ["developers"]}, ["1 of sre"], True),
        ({"lock": ["sre", "owners"], "deploy": ["developers"]}, ["1 of [sre, owners]"], True),
        ({"deploy": ["developers"], "cancel": ["owners"]}, ["1 of developers"], True),
        ({"deploy": ["everyone"], "cancel": ["sre"]}, ["1 of sre"], True),
        ({"freeze": ["everyone"], "break_glass": ["sre"]}, ["1 of sre"], True),
        ({"freeze": ["sre"], "four_eyes": False}, ["1 of sre"], False),
        ({"override": ["1 of owners"]}, ["1 of owners"], False),
        ({"freeze": ["everyone"], "deploy": ["everyone"], "windows": {"day": {"from": "08:00", "to": "17:00", "timezone": "UTC"}}}, [], True),
    ],
)  # fmt: skip
def test_who_guards_a_place_are_those_who_decide_there(
    policy: dict[str, Any], guards: list[str], four_eyes: bool
) -> None:
    """Where a single person decides he may do so about what he had read himself: nobody else could."""
    before = with_policy(policy)
    side = Side(policy=before.policies["production"], groups=before.groups)
    assert [str(one) for one in guards_of(side)] == guards
    assert four_eyes_of(side) is four_eyes


def test_a_place_without_approvals_is_guarded_by_those_who_let_through_its_freezes() -> None:
    reports = {
        "freeze": ["sre"],
        "lock": ["sre"],
        "override": ["1 of owners"],
        "windows": {"day": {"from": "08:00", "to": "17:00", "timezone": "UTC"}},
    }
    found = differences(with_policy(reports), with_policy({"override": ["1 of developers"]}))
    loosening = [one for one in found if one.loosens]
    assert len(loosening) == 4
    assert {str(clause) for one in loosening for guard in one.guards for clause in guard.clauses} == {
        "1 of owners"
    }


def test_what_nobody_guards_is_looser_all_the_same() -> None:
    found = changed(put("policies", "default", {"expires": 9000}), put("slack", "update_interval", 5))
    assert [(one.sentence, one.looser, one.loosens) for one in found] == [
        ("staging: expires 30m → 2h30m", True, False),
        ("slack.update_interval: 2s → 5s", False, False),
    ]


@given(POLICIES)
def test_a_configuration_is_never_different_from_itself(policy: dict[str, Any]) -> None:
    assert differences(with_policy(policy), with_policy(copy.deepcopy(policy))) == ()


@given(POLICIES, POLICIES)
def test_where_nothing_loosens_every_rule_says_so_and_the_other_way_round(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    before, now = with_policy(old), with_policy(new)
    sides = [Side(policy=one.policies["production"], groups=one.groups) for one in (before, now)]
    found = differences(before, now)
    assert any(one.looser for one in found) is bool(looser(*sides))
    assert any(one.loosens for one in found) is (bool(looser(*sides)) and bool(guards_of(sides[0])))


@given(CLAUSES, st.data())
def test_fewer_approvals_always_loosen(clauses: list[str], data: st.DataObject) -> None:
    if clauses:
        fewer = [*clauses]
        fewer.pop(data.draw(st.integers(0, len(clauses) - 1)))
        found = differences(with_policy({"approve": clauses}), with_policy({"approve": fewer}))
        assert any(one.loosens for one in found)


@given(POLICIES, POLICIES)
def test_held_settings_are_no_looser_than_the_old_ones(old: dict[str, Any], new: dict[str, Any]) -> None:
    before, now = with_policy(old), with_policy(new)
    stored = from_text(to_text(part_of(before)))
    assert stored is not None
    assert not any(one.loosens for one in differences(before, held(stored, now)))


# --- what is stored and held ---------------------------------------------------------------------------------


def test_what_is_stored_has_no_secret_in_it_and_reads_back_the_same() -> None:
    part = part_of(settings())
    text = to_text(part)
    assert from_text(text) == part
    assert not any(secret in text for secret in (SECRET, "xoxb", "{{ environment", "the-key-of-the-calendar"))
    assert from_text("{}x") is None


def test_held_settings_have_the_new_jobs_and_places_and_the_old_policies() -> None:
    def change(data: dict[str, Any]) -> None:
        data["policies"]["production"] |= {"approve": ["1 of sre"], "expires": parse("2h")}
        data["groups"]["sre"] = ["U0NEW"]
        data["groups"]["qa"] = ["U0QA"]
        data["policies"]["qa"] = {"deploy": ["qa"]}
        data["services"]["checkout"]["environments"]["qa"] = {"job": "qa"}
        data["services"]["checkout"]["environments"]["production"] |= {"job": "other", "policy": "open"}
        data["slack"]["allow_guests"] = ["U0GUEST"]

    new = held(part_of(settings()), settings(change))

    name, policy = new.policy_for("checkout", "production")
    assert (name, [str(one) for one in policy.approve]) == ("production", ["2 of sre"])
    assert new.groups["sre"] == ["U0SRE1", "U0SRE2"]
    assert new.services["checkout"].environments["production"].job == "other"
    assert new.policy_for("checkout", "qa")[1].deploy == ["qa"]
    assert new.groups["qa"] == ["U0QA"]
    assert new.slack.allow_guests == []


def test_freezes_and_windows_are_held_and_a_calendar_as_far_as_its_address_is_known() -> None:
    stored = from_text(to_text(part_of(settings())))
    assert stored is not None

    def change(data: dict[str, Any]) -> None:
        data["freezes"] = {
            "summer": {"from": "2026-08-01 00:00", "to": "2026-08-15 00:00", "timezone": "UTC"}
        }
        data["calendars"]["bank"]["matching"] = "closed"
        data["policies"]["production"]["windows"] = {}

    new = held(stored, settings(change))

    assert sorted(new.freezes) == ["christmas", "summer"]
    assert list(new.policy_for("checkout", "production")[1].windows) == ["office"]
    assert new.calendars["bank"].address is not None
    assert "the-key" in new.calendars["bank"].address.get_secret_value()


def test_a_new_policy_named_like_an_environment_does_not_take_a_held_place_over() -> None:
    old = settings(put("policies", "default", "approve", ["1 of sre"]))
    new = settings(put("policies", "staging", {"deploy": ["everyone"]}))
    assert held(part_of(old), new).policy_for("checkout", "staging")[0] == "default"


def test_a_place_that_comes_back_is_held_by_the_policy_it_had() -> None:
    without = settings(put("services", "payments", "environments", "production", None))
    memory = remembering(part_of(settings()), part_of(without))
    opened = settings(put("services", "payments", "environments", "production", "policy", "open"))
    policy = held(memory, opened).policy_for("payments", "production")[1]
    assert [str(one) for one in policy.approve] == ["2 of [U0SRE1, U0SRE2]"]


# --- what needs a restart ------------------------------------------------------------------------------------


def test_what_needs_a_restart_keeps_its_old_value_and_is_named() -> None:
    new = settings(
        lambda data: data.update(server={"port": 99, "stop_within": 5}, store={"path": "other.db"})
    )

    in_force, waiting = kept(settings(), new)

    assert waiting == ("server.port", "store.path")
    assert (in_force.server.port, in_force.server.stop_within) == (8080, 5.0)
    assert in_force.store.path == "pilothouse.db"


def test_without_such_settings_the_new_ones_come_whole() -> None:
    new = settings(put("slack", "update_interval", 5))
    assert kept(settings(), new) == (new, ())


def test_a_setting_that_an_older_program_did_not_know_has_its_default() -> None:
    old = part_of(settings())
    known = {name: old.more[name] for name in ("freezes", "calendars")}
    older = old.model_copy(update={"more": known})
    read = from_text(to_text(older))
    assert read is not None
    assert policy_differences(read, part_of(settings())) == ()


@pytest.mark.parametrize(
    ("before", "after", "loosens"),
    [
        ({"administrators": ["owners"]}, {"administrators": ["owners", "U0ME"]}, True),
        ({"administrators": ["owners"]}, {"administrators": ["U0OWNER"]}, False),
        ({"configuration": {"guard": True}}, {"configuration": {"guard": False}}, True),
        ({"configuration": {"guard": False}}, {"configuration": {"guard": True}}, False),
        ({}, {"configuration": {"approve_within": 60}}, False),
    ],
)
def test_what_guards_the_guards_is_guarded(before: Any, after: Any, loosens: bool) -> None:
    found = differences(settings(lambda data: data.update(before)), settings(lambda data: data.update(after)))
    assert found
    assert any(one.loosens for one in found) is loosens
