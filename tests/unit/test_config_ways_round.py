"""Ways round a protected policy: other places that can run the same, before and after, and what tells two runs apart."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from bot.drivers.jenkins.settings import JenkinsSettings
from config.differences import Difference, differences
from config.guarded import PolicyPart, part_of, remembering, to_text
from config.holding import from_text, held
from config.models import Settings

PRODUCTION = {
    "SERVICE": "{{ service }}",
    "VERSION": "{{ version }}",
    "ENVIRONMENT": "{{ environment }}",
}


def written(**services: Any) -> Settings:
    """Two services on one job, told apart by constants; `checkout={"hotfix": {…}}` adds or replaces environments."""
    usual: dict[str, Any] = {
        name: {
            "staging": {"job": "release", "policy": "open", "parameters": PRODUCTION},
            "production": {"job": "release", "parameters": PRODUCTION},
        }
        for name in ("checkout", "payments")
    }
    for name, places in services.items():
        known = usual.setdefault(name, {})
        known.update(places)
    server = {"url": "http://ci:8080", "user": "bot", "token": "the-token-of-jenkins"}
    drivers = {"jenkins": JenkinsSettings.model_validate({"servers": {"ci": server}})}
    return Settings.model_validate(
        {
            "slack": {"bot_token": "xoxb-1", "signing_secret": "s"},
            "groups": {"sre": ["U0SRE1", "U0SRE2"]},
            "policies": {"production": {"approve": ["2 of sre"]}},
            "drivers": drivers,
            "services": {
                name: {"environments": {word: place for word, place in places.items() if place is not None}}
                for name, places in usual.items()
            },
        }
    )


def opened(**parameters: str) -> dict[str, Any]:
    """An open place on the job of production."""
    return {"policy": "open", "job": "release", "parameters": parameters}


def looser(found: tuple[Difference, ...]) -> list[str]:
    return [one.sentence for one in found if one.loosens]


def reloaded(*files: Settings) -> list[list[str]]:
    """What of each further file loosens, when all of them come into force one after another."""
    memory: PolicyPart = part_of(files[0])
    found = []
    for old, new in pairwise(files):
        found.append(looser(differences(old, new, remembered=memory)))
        stored = from_text(to_text(remembering(memory, part_of(new))))
        assert stored is not None
        memory = stored
    return found


@pytest.mark.parametrize(
    "parameters",
    [
        {"SERVICE": "checkout", "VERSION": "{{ version }}", "ENVIRONMENT": "production"},
        {"SERVICE": "checkout", "VERSION": "{{ version | replace('<version>', 'v') }}", "ENVIRONMENT": "production"},
        {"SERVICE": "checkout", "VERSION": "{% if version == '<version>' %}x{% else %}{{ version }}{% endif %}", "ENVIRONMENT": "production"},
        {"SERVICE": "checkout", "VERSION": "{{ version }}", "ENVIRONMENT": "{{ version }}"},
        {"SERVICE": "checkout", "VERSION": "{{ version }}", "ENVIRONMENT": "{% if version == 'x' %}hotfix{% else %}production{% endif %}"},
        {"SERVICE": "checkout", "VERSION": "{{ version }}", "ENVIRONMENT": "production", "NOTE": "another"},
        {"SERVICE": "checkout", "VERSION": "{{ version }}", "ENVIRONMENT": " Production"},
        {"SERVICE": "checkout", "VERSION": "{{ version }}"},
        {},
    ],
)  # fmt: skip
def test_a_place_that_is_not_provably_another_run_is_looser(parameters: dict[str, str]) -> None:
    found = looser(differences(written(), written(checkout={"hotfix": opened(**parameters)})))
    assert len(found) == 1
    assert found[0].startswith("hotfix of checkout can run what production ")
    assert "job release" in found[0]
    assert all(name in found[0] for name in parameters)


@pytest.mark.parametrize("job", ["RELEASE", "/release/", "x/../../release", "./release"])
def test_the_same_job_written_otherwise_is_the_same_job(job: str) -> None:
    hotfix = {**opened(ENVIRONMENT="production", SERVICE="checkout"), "job": job}
    assert looser(differences(written(), written(checkout={"hotfix": hotfix})))


@pytest.mark.parametrize(
    ("service", "parameters"),
    [
        ("checkout", {"SERVICE": "checkout", "VERSION": "{{ version }}", "ENVIRONMENT": "qa"}),
        ("checkout", PRODUCTION),
        ("checkout", {**PRODUCTION, "VERSION": "{{ version | removeprefix('v') }}"}),
        ("mail", {"SERVICE": "mail", "ENVIRONMENT": "production"}),
    ],
)
def test_one_job_that_serves_several_places_by_a_constant_is_no_way_round(
    service: str, parameters: dict[str, str]
) -> None:
    new = written(**{service: {"qa": opened(**parameters)}})
    assert looser(differences(written(), new)) == []


def test_where_nothing_names_the_environment_what_tells_places_apart_already_counts() -> None:

    def place(policy: str, **parameters: str) -> dict[str, Any]:
        return {"policy": policy, "job": "ship", "parameters": parameters}

    both = {
        "staging": place("open", STAGE="s", CAREFUL="no"),
        "production": place("production", STAGE="p", CAREFUL="no"),
    }
    told = written(checkout={**both, "qa": place("open", STAGE="q", CAREFUL="no")})
    copied = written(checkout={**both, "qa": place("open", STAGE="p", CAREFUL="yes")})
    assert looser(differences(written(checkout=both), told)) == []
    assert len(looser(differences(written(checkout=both), copied))) == 1


def test_what_production_ran_earlier_is_remembered() -> None:
    """A note is added, the former run is taken for an open place, and the note is taken away."""
    noted = {"production": {"job": "release", "parameters": {**PRODUCTION, "NOTE": "x"}}}
    former = {"hotfix": opened(SERVICE="checkout", VERSION="{{ version }}", ENVIRONMENT="production")}
    steps = (
        written(),
        written(checkout=noted),
        written(checkout={**noted, **former}),
        written(checkout=former),
    )
    first, second, _ = reloaded(*steps)
    assert first == []
    (sentence,) = second
    assert sentence == (
        "hotfix of checkout can run what production of checkout runs, with less asked: "
        "job release with ENVIRONMENT=production, SERVICE=checkout, VERSION"
    )


def test_a_job_that_production_left_is_not_free_for_an_open_place() -> None:
    moved = {"production": {"job": "elsewhere", "parameters": PRODUCTION}}
    hotfix = {"hotfix": opened(SERVICE="checkout", ENVIRONMENT="production")}
    assert reloaded(written(), written(checkout=moved), written(checkout={**moved, **hotfix}))[1]
    gone: dict[str, Any] = {"production": None}
    assert reloaded(written(), written(checkout=gone), written(checkout={**gone, **hotfix}))[1]


def test_a_protected_place_turned_to_what_an_open_one_runs_is_looser() -> None:
    """The open place stays as it is: what it runs is production's from now on."""
    turned = {"production": {"job": "release", "parameters": {**PRODUCTION, "ENVIRONMENT": "staging"}}}
    (found,) = looser(differences(written(), written(checkout=turned)))
    assert found.startswith("staging of checkout can run what production of checkout runs")


def test_a_pair_that_stood_there_before_is_no_news() -> None:
    hotfix = opened(SERVICE="checkout", ENVIRONMENT="production")
    before = written(checkout={"hotfix": hotfix})
    after = written(checkout={"hotfix": hotfix, "qa": opened(SERVICE="checkout", ENVIRONMENT="qa")})
    assert looser(differences(before, after)) == []
    noted = {"production": {"job": "release", "parameters": {**PRODUCTION, "NOTE": "x"}}, "hotfix": hotfix}
    assert looser(differences(before, written(checkout=noted))) == []


def servers(first: str, second: str, **services: Any) -> Settings:
    """Production on `one`, staging on `two`, the same job on both."""
    places = {
        "staging": {"job": "release", "policy": "open", "server": "two"},
        "production": {"job": "release", "server": "one"},
    }
    settings = written(
        checkout={**places, **services}, payments={"staging": None, "production": None, "x": opened()}
    )
    section = {
        name: {"url": url, "user": "bot", "token": "the-token-of-jenkins"}
        for name, url in (("one", first), ("two", second))
    }
    drivers = {"jenkins": JenkinsSettings.model_validate({"servers": section})}
    return settings.model_copy(update={"drivers": drivers})


@pytest.mark.parametrize(
    "after", [("http://dev", "http://live"), ("http://live", "http://live"), ("http://dev", "http://dev")]
)
def test_servers_whose_addresses_are_swapped_are_a_way_round(after: tuple[str, str]) -> None:
    found = looser(differences(servers("http://live", "http://dev"), servers(*after)))
    assert any(
        one.startswith("staging of checkout can run what production of checkout runs") for one in found
    )


def test_another_name_for_a_server_is_not_another_run() -> None:
    new = servers("http://live", "http://dev", hotfix={"job": "release", "policy": "open", "server": "two"})
    found = looser(differences(servers("http://live", "http://dev"), new))
    assert len(found) == 1


def test_what_an_older_program_stored_can_still_be_read_and_asks_about_nothing_that_stood_there() -> None:
    text = to_text(part_of(written()))
    stored = from_text(text)
    assert stored is not None
    older = stored.model_dump(mode="json")
    for service in older["services"].values():
        for place in service["places"].values():
            place["run"] = "0123456789abcdef"
            for name in ("ran", "checks", "commands"):
                del place[name]
    read = from_text(PolicyPart.model_validate(older).model_dump_json())
    assert read is not None
    assert looser(differences(written(), written(), remembered=read)) == []
    hotfix = {"hotfix": opened(SERVICE="checkout", ENVIRONMENT="production")}
    assert looser(differences(written(), written(checkout=hotfix), remembered=read))


def test_many_services_on_one_job_that_moves_to_another_address_are_no_way_round() -> None:
    staging = {"job": "release", "policy": "open", "parameters": PRODUCTION}
    places = {"staging": staging, "production": {"job": "release", "parameters": PRODUCTION}}
    old = written(**{f"service-{number}": places for number in range(30)})
    server = {"url": "http://other", "user": "bot", "token": "the-token-of-jenkins"}
    moved = JenkinsSettings.model_validate({"servers": {"ci": server}})
    assert looser(differences(old, old.model_copy(update={"drivers": {"jenkins": moved}}))) == []


def shut(before: Settings, new: Settings) -> dict[str, list[str]]:
    """Who may deploy to the places of checkout, when a start finds the file `new`."""
    stored = from_text(to_text(part_of(before)))
    assert stored is not None
    found = held(stored, new)
    return {
        place: found.policy_for("checkout", place)[1].deploy
        for place in found.services["checkout"].environments
    }


def test_a_start_lets_nobody_deploy_where_it_would_be_gone_round_a_protected_place() -> None:
    hotfix = {"hotfix": opened(SERVICE="checkout", ENVIRONMENT="production"), "qa": opened(**PRODUCTION)}
    assert shut(written(), written(checkout=hotfix)) == {
        "staging": ["everyone"],
        "production": ["everyone"],
        "hotfix": [],
        "qa": ["everyone"],
    }
    turned = {"staging": opened(SERVICE="checkout", ENVIRONMENT="production")}
    assert shut(written(), written(checkout=turned))["staging"] == []


def test_what_a_start_has_shut_is_still_looser_when_the_file_is_read_again() -> None:
    new = written(checkout={"hotfix": opened(SERVICE="checkout", ENVIRONMENT="production")})
    before = part_of(written())
    now = held(before, new)
    memory = from_text(to_text(remembering(before, part_of(now))))
    assert memory is not None
    assert len(looser(differences(now, new, remembered=memory))) == 1
    again = held(memory, new)
    assert again.policy_for("checkout", "hotfix")[1].deploy == []


# --- by verification -----------------------------------------------------------------------------------------


def verified(*checks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"job": "release", "policy": "open", "parameters": PRODUCTION, "verify": list(checks), **more}


def gated(**parameters: str) -> dict[str, Any]:
    return {"job": {"job": "release", "parameters": parameters}}


def test_a_job_that_verifies_an_open_place_is_compared_like_a_place() -> None:
    check = gated(SERVICE="payments", VERSION="{{ version }}", ENVIRONMENT="production")
    (found,) = looser(differences(written(), written(payments={"staging": verified(check)})))
    assert found == (
        "verifying staging of payments can run what production of payments runs, with less asked: "
        "job release with ENVIRONMENT=production, SERVICE=payments, VERSION"
    )
    told = written(payments={"staging": verified(gated(SERVICE="payments", ENVIRONMENT="staging"))})
    assert looser(differences(written(), told)) == []
    smoke = written(payments={"staging": verified({"job": {"job": "smoke"}})})
    assert looser(differences(written(), smoke)) == []


def test_a_program_that_verification_would_run_is_guarded_wherever_it_stands() -> None:
    command = {"command": {"run": ["/usr/local/bin/smoke", "{{ version }}"]}}
    (found,) = [
        one for one in differences(written(), written(payments={"staging": verified(command)})) if one.loosens
    ]
    assert "verifying staging of payments runs /usr/local/bin/smoke as the server's user" in found.sentence
    assert {(one.service, one.environment) for one in found.guards} == {
        ("checkout", "production"),
        ("payments", "production"),
    }


@pytest.mark.parametrize(
    ("changed", "asked"),
    [
        ({"within": "6m"}, False),
        ({"run": ["/usr/local/bin/smoke", "{{ version }}", "--all"]}, True),
        ({"run": ["/bin/sh", "-c", "{{ version }}"]}, True),
        ({"env": {"TOKEN": "the-token", "LD_PRELOAD": "/tmp/x.so"}}, True),
        ({"env": {"TOKEN": "another-token"}}, True),
    ],
)
def test_the_very_same_program_is_not_asked_about_again(changed: dict[str, Any], asked: bool) -> None:
    smoke = {"run": ["/usr/local/bin/smoke", "{{ version }}"], "env": {"TOKEN": "the-token"}}
    old = written(payments={"staging": verified({"command": smoke})})
    also = written(
        payments={"staging": verified({"command": {**smoke, **changed}})},
        checkout={"staging": verified({"command": {**smoke, **changed}})},
    )
    found = looser(differences(old, also))
    assert bool(found) is asked
    assert not any("the-token" in one or "another-token" in one or "LD_PRELOAD" in one for one in found)
    assert "the-token" not in to_text(part_of(old))


def test_the_same_words_with_another_meaning_are_another_program() -> None:
    command = {"command": {"run": ["/usr/local/bin/smoke", "{{ environment }}"]}}
    old = written(payments={"staging": verified(command)})
    new = written(payments={"staging": verified(command), "qa": verified(command)})
    assert len(looser(differences(old, new))) == 1


def test_an_address_on_a_server_that_starts_jobs_is_guarded_like_a_program() -> None:
    def asked(address: str) -> list[str]:
        check = {"url": {"address": address, "private": True}}
        return looser(differences(written(), written(payments={"staging": verified(check)})))

    assert asked("http://CI.:9090/job/release/build?token=x") == [
        "verifying staging of payments asks ci, where jobs are started"
    ]
    assert asked("https://payments.example/healthz") == []


def test_a_program_that_a_start_finds_is_not_run_until_it_is_approved() -> None:
    def smoke(token: str) -> dict[str, Any]:
        command = {"run": ["/usr/local/bin/smoke"], "env": {"TOKEN": token}}
        return {"staging": verified({"command": command})}

    assert shut(written(), written(checkout={"qa": verified({"command": {"run": ["/bin/x"]}})}))["qa"] == []
    # What held a secret can't be held, so that nobody deploys there.
    assert shut(written(checkout=smoke("a-token")), written(checkout=smoke("b-token")))["staging"] == []
    plain = written(checkout={"staging": verified({"command": {"run": ["/bin/a"]}})})
    other = written(checkout={"staging": verified({"command": {"run": ["/bin/b"]}})})
    assert shut(plain, other)["staging"] == ["everyone"]
    kept = held(part_of(plain), other).services["checkout"].environments["staging"].verify[0].command
    assert kept is not None
    assert kept.run == ["/bin/a"]


# --- beside policies -----------------------------------------------------------------------------------------


def with_sections(settings: Settings, **sections: Any) -> Settings:
    data = {"slack": {"bot_token": "xoxb-1", "signing_secret": "s"}, **sections}
    read = Settings.model_validate(data)
    return settings.model_copy(update={name: getattr(read, name) for name in sections})


FREEZE = {"from": "2026-12-20 18:00", "to": "2027-01-02 08:00", "timezone": "UTC"}


def test_another_place_under_the_same_policy_where_a_freeze_does_not_hold_is_a_way_round() -> None:
    frozen = {"freezes": {"christmas": {**FREEZE, "environments": ["production"]}}}
    live = {
        "job": "release",
        "policy": "production",
        "parameters": {**PRODUCTION, "ENVIRONMENT": "production"},
    }
    old, new = (
        with_sections(one, **frozen)
        for one in (written(), written(checkout={"production": None, "live": live}))
    )
    (found,) = looser(differences(old, new))
    assert found.startswith("live of checkout can run what production of checkout runs")
    assert looser(differences(written(), written(checkout={"live": live}))) == []


@pytest.mark.parametrize(
    "sections",
    [
        {"administrators": ["ops"]},
        {"freezes": {"christmas": {**FREEZE, "override": ["1 of ops"]}}},
        {"calendars": {"company": {"file": "freezes.ics", "override": ["1 of ops"]}}},
    ],
)
def test_a_group_that_grows_is_looser_where_it_is_named_outside_policies(sections: dict[str, Any]) -> None:
    def grown(*people: str) -> Settings:
        return with_sections(written(), groups={"sre": ["U0SRE1", "U0SRE2"], "ops": list(people)}, **sections)

    assert looser(differences(grown("U0A"), grown("U0A", "U0B"))) == ["ops: U0B joins"]
    assert looser(differences(grown("U0A", "U0B"), grown("U0A"))) == []


def coded(key: str | None) -> Settings:
    policy = {"production": {"approve": ["2 of sre"], "step_up": "totp"}}
    return with_sections(written(), policies=policy, step_up={"key": key * 32} if key else None)


def test_another_key_of_the_second_factor_is_looser_because_everybody_enrols_anew() -> None:
    assert looser(differences(coded("a"), coded("b"))) == ["step_up.key changed"]
    assert looser(differences(coded("a"), coded(None))) == ["step_up is gone"]
    assert looser(differences(coded(None), coded("a"))) == []
