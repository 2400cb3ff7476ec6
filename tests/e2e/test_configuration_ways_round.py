"""A change that loosens production policy needs the approval of the people it guards, by whatever way it comes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bot.standing import ConfigurationInForce
from tests.e2e.house import DANA, OLU, SAM, SOFIA, House
from tests.e2e.test_configuration_alive import ALIVE, announces, in_force, reload, waiting_card

RUN = {"SERVICE": "{{ service }}", "VERSION": "{{ version }}", "ENVIRONMENT": "production"}
UNPROVEN = "can run what production of checkout runs, with less asked: job deploy"


def hotfix(**parameters: str) -> dict[str, Any]:
    """An open place of checkout on the job that runs in production."""
    place = {"job": "deploy", "policy": "open", "parameters": {**RUN, **parameters}}
    return {"checkout": {"environments": {"hotfix": place}}}


def production(**parameters: str) -> dict[str, Any]:
    return {"checkout": {"environments": {"production": {"parameters": parameters}}}}


async def drawn(house: House) -> str:
    return json.dumps(await waiting_card(house), ensure_ascii=False)


async def test_a_template_that_sees_that_it_is_compared_does_not_open_a_way_round(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        await reload(house, services=hotfix(VERSION="{{ version | replace('<version>', 'v') }}"))
        said = await drawn(house)
        assert f"*looser*: hotfix of checkout {UNPROVEN} with ENVIRONMENT=production" in said
        assert "Still needed for production of checkout: *2 of sre*" in said
        await house.say(DANA, "/deploy checkout hotfix")
        await house.whispered(DANA, "hotfix")
        assert house.jenkins.builds("deploy") == []


async def test_what_production_ran_before_opens_no_way_round_over_several_reloads(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        await reload(house, services=production(CAREFUL="x"))
        await announces(house, "CAREFUL")
        await reload(house, services=hotfix())
        assert f"hotfix of checkout {UNPROVEN}" in await drawn(house)


async def test_the_ordinary_place_of_the_same_job_comes_in_without_asking(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        await reload(house, services=hotfix(ENVIRONMENT="staging"))
        await in_force(house)
        await house.say(DANA, "/deploy checkout hotfix")
        await house.card("Succeeded: deployment #1 of checkout 1.2.3 to hotfix")


async def test_a_way_round_that_a_start_finds_is_shut_until_it_is_approved(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        await house.settled()
        await house.restart(services=hotfix())
        assert f"hotfix of checkout {UNPROVEN}" in await drawn(house)
        await house.say(DANA, "/deploy checkout hotfix")
        await house.whispered(DANA, "may not deploy checkout to hotfix: that is for nobody")
        for user in (SAM, SOFIA):
            await house.click(user, await waiting_card(house), "approve_change")
            await house.settled()
        await waiting_card(house, "Approved")
        await announces(house, "read again", "approved by", "hotfix")
        await house.say(DANA, "/deploy checkout hotfix")
        await house.card("Succeeded: deployment #1 of checkout 1.2.3 to hotfix")
        await reload(house, OLU, following={"at_most": "300ms"})
        await in_force(house)


# --- by verification -----------------------------------------------------------------------------------------


def verified(**check: Any) -> dict[str, Any]:
    return {"payments": {"environments": {"staging": {"verify": [check]}}}}


async def test_verification_is_no_way_to_start_the_job_of_production(tmp_path: Path) -> None:
    run = {"SERVICE": "payments", "VERSION": "{{ version }}", "ENVIRONMENT": "production"}
    async with House(tmp_path, config=ALIVE) as house:
        await reload(house, services=verified(job={"job": "deploy", "parameters": run}))
        said = await drawn(house)
        assert "*looser*: verifying staging of payments can run what production of payments runs" in said
        assert "job deploy with ENVIRONMENT=production, SERVICE=payments, VERSION" in said
        assert "Still needed for production of payments: *2 of sre*" in said
        await house.say(DANA, "/deploy payments staging")
        await house.card("Succeeded: deployment #1")
        assert len(house.jenkins.builds("deploy")) == 1


async def test_verification_is_no_way_to_run_a_program_as_the_server(tmp_path: Path) -> None:
    done = tmp_path / "done"
    async with House(tmp_path, config=ALIVE) as house:
        await reload(house, services=verified(command={"run": ["/usr/bin/touch", str(done)]}))
        said = await drawn(house)
        assert "*looser*: verifying staging of payments runs /usr/bin/touch as the server's user" in said
        assert "Still needed for production: *2 of sre*" in said
        await house.say(DANA, "/deploy payments staging")
        await house.card("Succeeded: deployment #1")
        assert not done.exists()
        for user in (SAM, SOFIA):
            card = await house.card("Waiting for approval: a change of the configuration", index=0)
            await house.click(user, card, "approve_change")
            await house.settled()
        await house.card("Approved: a change of the configuration", index=0)
        await announces(house, "approved by", "/usr/bin/touch")
        await house.say(DANA, "/deploy payments 1.3.0 staging")
        await house.card("Succeeded: deployment #2")
        assert done.exists()


# --- where nobody approves deployments -----------------------------------------------------------------------

WINDOWS = {"day": {"from": "00:00", "to": "24:00", "timezone": "UTC"}}


def reports(**policy: Any) -> dict[str, Any]:
    """A production that asks for no approvals, under a policy of its own."""
    place = {"job": "report", "policy": "reports"}
    services = {"reports": {"default_version": "1.0.0", "environments": {"production": place}}}
    return {**ALIVE, "policies": {"reports": policy}, "services": services}


async def test_a_place_without_approvals_is_guarded_by_those_who_override_its_freezes(tmp_path: Path) -> None:
    policy = {"windows": WINDOWS, "freeze": ["sre"], "lock": ["sre"], "override": ["1 of owners"]}
    async with House(tmp_path, config=reports(**policy)) as house:
        house.config["policies"]["reports"] = {}
        await reload(house, SAM)
        said = await drawn(house)
        for word in ("windows day", "freeze", "lock"):
            assert f"{word}" in said
        assert said.count("*looser*: production of reports: ") == 3
        assert "Still needed for production of reports: *1 of owners*" in said
        await house.click(OLU, await waiting_card(house), "approve_change")
        await waiting_card(house, "Approved")
        await house.settled()
        assert house.running.settings.policies["reports"].windows == {}


async def test_where_a_policy_names_nobody_what_is_looser_is_announced_as_that(tmp_path: Path) -> None:
    async with House(tmp_path, config=reports(windows=WINDOWS)) as house:
        house.config["policies"]["reports"] = {"expires": "1h"}
        await reload(house, following={"at_most": "300ms"})
        await in_force(house)
        said = await announces(house, "*looser*: production of reports: windows day", "following.at_most")
        assert "*looser*: production of reports: expires 30m → 1h" in said
        assert "*looser*: following" not in said


# --- what the people who approve it can read -----------------------------------------------------------------


async def test_what_is_different_is_said_from_what_to_what_and_never_a_value_from_the_environment(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        address = {"address": "https://payments.example/healthz"}
        parameters = {"NOTE": "a note", "SECRET": "${HOOK_SECRET}"}
        place = {"verify": [{"url": address}], "parameters": parameters}
        await reload(house, services={"payments": {"environments": {"staging": place}}})
        said = await announces(house, "read again")
        assert "staging of payments: verify none → url https://payments.example/healthz" in said
        assert "staging of payments: parameter NOTE is new: a note" in said
        assert "staging of payments: parameter SECRET is new" in said
        assert "webhook-secret-of-ci" not in said
        assert "webhook-secret-of-ci" not in await stored(house)


async def test_what_the_card_has_no_room_for_stands_whole_below_it(tmp_path: Path) -> None:
    many = {f"A_PARAMETER_OF_THE_JOB_THAT_HAS_A_LONG_NAME_{number}": "x" for number in range(8)}
    async with House(tmp_path, config=ALIVE) as house:
        await reload(house, services=hotfix(**many))
        card = await waiting_card(house)
        assert "LONG_NAME_7" not in json.dumps(card)
        await house.replied(card, "A_PARAMETER_OF_THE_JOB_THAT_HAS_A_LONG_NAME_4")


async def stored(house: House) -> str:
    (record,) = await house.running.store.standing(ConfigurationInForce, slot="in force")
    return record.part


# --- beside policies -----------------------------------------------------------------------------------------


async def test_a_group_of_administrators_does_not_grow_without_those_who_are_guarded(tmp_path: Path) -> None:
    config = {"administrators": ["ops"], "groups": {"ops": [OLU]}}
    async with House(tmp_path, config=config) as house:
        await reload(house, groups={"ops": [OLU, DANA]})
        said = await drawn(house)
        assert "*looser*: ops: " in said
        assert "Still needed for production: *2 of sre*" in said


async def test_servers_that_change_places_do_not_bring_an_open_place_to_production(tmp_path: Path) -> None:
    """Staging and production are told apart by nothing but their server."""
    other = {"url": "http://127.0.0.1:9", "user": "bot", "token": "${JENKINS_TOKEN}"}
    staging = {"job": "ship", "server": "other", "policy": "open"}
    mail = {"staging": staging, "production": {"job": "ship", "server": "ci"}}
    named = {place: {"server": "ci"} for place in ("staging", "production")}
    services = {
        "mail": {"environments": mail},
        **{name: {"environments": named} for name in ("checkout", "payments")},
    }
    config = {**ALIVE, "drivers": {"jenkins": {"servers": {"other": other}}}, "services": services}
    async with House(tmp_path, config=config) as house:
        await reload(house, drivers={"jenkins": {"servers": {"other": {"url": house.jenkins.url}}}})
        assert (
            "staging of mail can run what production of mail runs, with less asked: job ship"
            in await drawn(house)
        )
