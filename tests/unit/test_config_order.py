"""`after` names environments that there are, and nothing comes after itself; each fault with its line."""

from __future__ import annotations

import pytest

from tests.unit.test_config_checks import faults

__all__ = ["faults"]

PLACES = "{staging: {job: x, policy: open, aliases: [stage]}, production: {job: x}}"


def service(environments: str = PLACES, name: str = "checkout") -> str:
    return f"services: {{{name}: {{environments: {environments}}}}}"


def test_an_environment_that_some_service_has_is_fine(faults) -> None:
    assert faults("policies: {production: {after: [staging]}}", service()) == []


def test_a_service_without_that_environment_is_passed_over(faults) -> None:
    services = "services: {checkout: {environments: {staging: {job: x, policy: open}}}, mail: {environments: {production: {job: x}}}}"
    assert faults("policies: {production: {after: [staging]}}", services) == []


@pytest.mark.parametrize(
    ("after", "fault"),
    [
        ("[stagin]", 'after[0]: "stagin" is an environment of no service - did you mean "staging"?'),
        ("[staging, moon]", 'after[1]: "moon" is an environment of no service'),
        ("[stage]", 'after[0]: "stage" is an alias: write staging'),
        ("[staging, staging]", 'after[1]: "staging" is listed twice'),
    ],
)
def test_an_environment_that_there_is_not_is_a_fault(faults, after, fault) -> None:
    assert faults("policies:", f"  production: {{after: {after}}}", service()) == [
        f"4: policies.production.{fault}"
    ]


def test_what_comes_after_itself_is_a_fault(faults) -> None:
    found = faults("policies: {production: {after: [production]}}", service())

    assert found == [
        "3: policies.production.after: goes in a circle for checkout: production after production"
    ]


def test_a_circle_over_several_environments_is_one_fault(faults) -> None:
    places = "{dev: {job: x}, staging: {job: x}, production: {job: x}}"
    found = faults(
        "policies:",
        "  dev: {after: [production]}",
        "  staging: {after: [dev]}",
        "  production: {after: [staging]}",
        service(places),
    )

    assert found == [
        "4: policies.dev.after: goes in a circle for checkout: dev after production after staging after dev"
    ]


def test_who_approves_a_rollback_has_to_exist_and_to_be_enough(faults) -> None:
    policy = "policies: {production: {rollback_approve: ['1 of sree', '3 of [U111, U222]']}}"
    found = faults(policy, service())

    assert [one.partition(" - ")[0] for one in found] == [
        '3: policies.production.rollback_approve[0]: "sree" is no group',
        "3: policies.production.rollback_approve[1]: can never be met: only 2 people to choose from",
    ]


def test_what_becomes_of_a_failure_is_one_of_three_words(faults) -> None:
    (found,) = faults("policies: {production: {auto_rollback: true}}", service())

    assert found.startswith("3: policies.production.auto_rollback: ")


@pytest.mark.parametrize(
    ("promote", "fault"),
    [
        (
            "[staging, producton]",
            '[1]: "producton" is no environment of checkout - did you mean "production"?',
        ),
        ("[staging, staging]", '[1]: "staging" is listed twice'),
    ],
)
def test_the_way_of_promote_names_environments_of_its_service(faults, promote, fault) -> None:
    services = f"services: {{checkout: {{promote: {promote}, environments: {PLACES}}}}}"
    assert faults("policies: {production: {approve: []}}", services) == [
        f"4: services.checkout.promote{fault}"
    ]


def test_a_way_of_promote_that_there_is_is_fine(faults) -> None:
    services = f"services: {{checkout: {{promote: [staging, production], environments: {PLACES}}}}}"
    assert faults("policies: {production: {approve: []}}", services) == []
