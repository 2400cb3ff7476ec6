"""`pilothouse policy replay`: past deployments judged by another configuration, as they were when they were asked for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from click.testing import CliRunner, Result

from bot.cli.main import pilothouse as cli
from bot.deployments import Approval, Broken, Clause, Deployment, Vote
from bot.kinds import Kind
from bot.lifecycle import State
from bot.people import Person, Place
from bot.reasons import Reason
from bot.runs import RunTarget
from bot.saving import save_deployment, save_standing
from bot.standing import Freeze, Lock, Standing
from bot.writer import Writer

NOW = 1_900_000_000.0
DAY = 86_400.0
DANA = Person(id="U0DANA0001", name="dana")
SAM, SOFIA, OLGA = "U0SAM00002", "U0SOFIA003", "U0OLGA0008"

CONFIG: dict[str, Any] = {
    "slack": {"bot_token": "${TEST_TOKEN}", "signing_secret": "${TEST_TOKEN}"},
    "groups": {"sre": [SAM, SOFIA], "chat": ["S0SRE00001"]},
    "policies": {"production": {"approve": ["2 of sre"]}, "careful": {"approve": ["1 of chat"]}},
    "drivers": {
        "jenkins": {
            "servers": {"main": {"url": "http://127.0.0.1:1", "user": "ci", "token": "${TEST_TOKEN}"}}
        }
    },
    "services": {
        "checkout": {
            "environments": {
                "staging": {"job": "deploy", "policy": "open"},
                "production": {"job": "release"},
                "demo": {"job": "demo", "policy": "careful"},
            }
        }
    },
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_TOKEN", "the-secret-token")
    monkeypatch.setattr("time.time", lambda: NOW)
    monkeypatch.chdir(tmp_path)
    Path("pilothouse.yaml").write_text(yaml.safe_dump(CONFIG))


def deployment(days_ago: float, environment: str = "production", **changes: Any) -> Deployment:
    at = NOW - days_ago * DAY
    usual = Deployment(
        id=f"d{days_ago}".replace(".", "-"),
        service="checkout",
        environment=environment,
        version="1.2.3",
        requester=DANA,
        place=Place(channel="C1"),
        channel="C1",
        target=RunTarget(driver="jenkins", server="main", job="deploy"),
        policy=environment,
        state=State.SUCCEEDED,
        reason=Reason.SUCCEEDED,
        requested_at=at,
        ended_at=at + 60,
    )
    return msgspec.structs.replace(usual, **changes)


def approved(*by: str, of: str = "sre") -> Approval:
    votes = tuple(Vote(by=one, name=one.lower(), at=1.0, belongs=(of,)) for one in by)
    clauses = (Clause(count=2, of=(of,)),)
    return Approval(
        request="r",
        clauses=clauses,
        four_eyes=True,
        fingerprint={},
        asked_at=1.0,
        expires_at=2.0,
        votes=votes,
    )


def fill(deployments: Iterable[Deployment], standing: Iterable[Standing] = ()) -> None:
    async def write() -> None:
        async with Writer("pilothouse.db") as writer:
            for one in deployments:
                await writer.submit(lambda row, one=one: save_deployment(row, one))
            for stands in standing:
                await writer.submit(lambda row, one=stands: save_standing(row, one))

    asyncio.run(write())


def replay(change: Any = None, *arguments: str) -> Result:
    new = json.loads(json.dumps(CONFIG))
    if change is not None:
        change(new)
    Path("new.yaml").write_text(yaml.safe_dump(new))
    done = CliRunner().invoke(cli, ["policy", "replay", "--config", "new.yaml", *arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    return done


def production(**policy: Any) -> Any:
    return lambda new: new["policies"]["production"].update(policy)


def test_the_same_configuration_decides_nothing_otherwise() -> None:
    fill([deployment(3, approval=approved(SAM, SOFIA)), deployment(2, "staging"), deployment(1, "demo")])
    done = replay()
    assert done.exit_code == 0
    assert "3 deployments since" in done.stdout
    assert "every one would have been decided as it is now" in done.stdout
    assert done.stderr == "3 of 3 deployments judged\n"


def test_more_approvals_would_have_been_waited_for() -> None:
    fill([deployment(2, approval=approved(SAM, SOFIA)), deployment(1, "staging")])
    done = replay(production(approve=["2 of sre", f"1 of {DANA.id}"], four_eyes=False))
    first, *rest = done.stdout.splitlines()
    assert first.startswith("#1  ")
    assert (
        "checkout 1.2.3 → production by dana: goes → waits for approval (approval by 1 of U0DANA0001" in first
    )
    assert rest[-1] == "      1  goes → waits for approval"
    assert "1 would have been decided otherwise" in rest[0]


def test_what_nobody_approved_would_have_gone() -> None:
    fill([deployment(2, approval=approved(SAM), state=State.REJECTED, reason=Reason.APPROVAL_REJECTED)])
    done = replay(production(approve=["1 of sre"]))
    assert "waits for approval (approval by 1 of sre is needed) → goes" in done.stdout


def test_who_may_no_longer_deploy_would_have_been_refused() -> None:
    fill([deployment(2, approval=approved(SAM, SOFIA))])
    done = replay(production(deploy=["U0OTHER001"]), "--format", "json")
    said = json.loads(done.stdout)
    assert said["judged"] == 1
    assert said["counts"] == [{"old": "goes", "new": "is refused", "count": 1}]
    assert said["differences"][0]["new"]["reason"] == "not_allowed_to_deploy"
    assert said["differences"][0]["number"] == 1


def test_four_eyes_take_his_own_vote_from_who_asked() -> None:
    fill([deployment(1, requester=Person(id=SAM, name="sam"), approval=approved(SAM, SOFIA))])
    done = replay(production(four_eyes=True), "--against", "pilothouse.yaml")
    assert "as it is now" in done.stdout
    Path("pilothouse.yaml").write_text(
        yaml.safe_dump(
            {
                **CONFIG,
                "policies": {
                    **CONFIG["policies"],
                    "production": {"approve": ["2 of sre"], "four_eyes": False},
                },
            }
        )
    )
    assert "goes → waits for approval" in replay(production(four_eyes=True, approve=["2 of sre"])).stdout


def test_an_approval_for_somebody_else_is_his() -> None:
    found = approved(SAM)
    acting = Vote(
        by=OLGA,
        name="olga",
        at=1.0,
        belongs=("sre",),
        on_behalf=SOFIA,
        on_behalf_name="sofia",
        delegation="g1",
    )
    fill([deployment(2, approval=msgspec.structs.replace(found, votes=(*found.votes, acting)))])
    assert "as it is now" in replay().stdout
    away = replay(lambda new: new["groups"].update(sre=[SAM, OLGA]))
    assert "goes → waits for approval" in away.stdout, "the delegate's own right was not used"


def test_a_second_factor_that_nobody_gave_would_have_been_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", "k" * 40)
    fill([deployment(2, approval=approved(SAM, SOFIA))])

    def asked(new: Any) -> None:
        new["step_up"] = {"key": "${TEST_KEY}"}
        new["policies"]["production"]["step_up"] = "totp"

    assert "approval by 2 of sre is needed, each with a code" in replay(asked).stdout


def test_whom_a_ladder_had_added_by_then_counts() -> None:
    late = msgspec.structs.replace(approved(SAM), asked_at=1.0)
    added = Vote(by=OLGA, name="olga", at=1.0 + 26 * 60, belongs=(OLGA,))
    fill([deployment(2, approval=msgspec.structs.replace(late, votes=(*late.votes, added)))])
    sooner = production(ladder=[{"after": "25m", "add": [OLGA]}])
    assert "waits for approval (approval by 1 of sre is needed) → goes" in replay(sooner).stdout
    assert "as it is now" in replay(production(ladder=[{"after": "27m", "add": [OLGA]}])).stdout


def test_an_order_and_bake_time_are_judged_by_what_had_succeeded_then() -> None:
    early = deployment(5, approval=approved(SAM, SOFIA))
    fill(
        [
            early,
            deployment(4, "staging"),
            deployment(3, approval=approved(SAM, SOFIA)),
            deployment(3.99, approval=approved(SAM, SOFIA)),
        ]
    )
    done = replay(production(after=["staging"], bake="12h"))
    lines = done.stdout.splitlines()
    assert "#1 " in lines[0]
    assert "goes → is refused (checkout 1.2.3 has not run in staging yet.)" in lines[0]
    assert "#4 " in lines[1]
    assert "has to run in staging until" in lines[1]
    assert "4 deployments since" in lines[2]


def test_a_freeze_or_a_window_of_the_new_file_would_have_held_them() -> None:
    fill(
        [
            deployment(2, approval=approved(SAM, SOFIA)),
            deployment(2, kind=Kind.ROLLBACK, id="back", approval=approved(SAM, SOFIA)),
        ]
    )
    freeze = {"from": "2030-03-01 00:00", "to": "2030-04-01 00:00", "timezone": "UTC", "reason": "audit"}
    done = replay(lambda new: new.update(freezes={"audit": freeze}))
    assert "goes → is refused (Frozen by audit" in done.stdout
    assert "1 would have been decided otherwise" in done.stdout


def test_locks_of_that_time_count_also_when_they_were_lifted_since() -> None:
    at = NOW - 2 * DAY
    lifted = Lock(
        id="l", service="checkout", environment="production", owner=SAM, owner_name="sam", reason="migration",
        made_at=at - 100, ended_at=at + 100,
    )  # fmt: skip
    later = msgspec.structs.replace(lifted, id="m", made_at=at + 200, ended_at=0.0)
    frozen = Freeze(id="f", environment="demo", owner=SAM, reason="x", made_at=at - 100, ended_at=at - 50)
    fill(
        [deployment(2, approval=approved(SAM, SOFIA)), deployment(1.99, "demo", id="demo")],
        [frozen, lifted, later],
    )
    done = replay(production(approve=["1 of sre"]))
    assert "every one would have been decided as it is now" in done.stdout
    # Locked then, by either configuration; and the one that came later held nobody.
    said = json.loads(replay(production(deploy=["U0OTHER001"]), "--format", "json").stdout)
    assert said["differences"][0]["old"] | {"sentence": ""} == {
        "decision": "waits",
        "reason": "locked",
        "sentence": "",
    }


def test_who_broke_the_glass_would_have_had_to_be_allowed_to() -> None:
    fill([deployment(1, broken=Broken(by=DANA.id, at=1.0, why="fire"))])
    Path("pilothouse.yaml").write_text(yaml.safe_dump(with_glass([DANA.id])))
    done = replay(lambda new: new.update(with_glass(["sre"])))
    assert "goes → is refused" in done.stdout
    assert "may not break the glass" in done.stdout


def with_glass(who: list[str]) -> dict[str, Any]:
    policies = {**CONFIG["policies"], "production": {"approve": ["2 of sre"], "break_glass": who}}
    return {**CONFIG, "policies": policies, "slack": {**CONFIG["slack"], "announce_channel": "#ops"}}


def test_a_place_that_the_new_file_does_not_have_would_have_been_refused() -> None:
    fill([deployment(1, "demo", approval=approved(SAM, of="chat"))])
    done = replay(
        lambda new: new["services"]["checkout"]["environments"].pop("demo") and new["policies"].pop("careful")
    )
    assert "goes → is refused (checkout can no longer be deployed to demo" in done.stdout


def test_what_rests_on_groups_of_slack_is_counted_as_not_to_be_told() -> None:
    fill(
        [
            deployment(1, "demo", approval=approved(SAM, of="chat")),
            deployment(0.5, approval=approved(SAM, SOFIA)),
        ]
    )

    def change(new: dict[str, Any]) -> None:
        new["policies"]["careful"]["approve"] = ["1 of chat"]
        new["policies"]["production"]["approve"] = ["1 of S0OTHERS99"]

    done = replay(change)
    assert "every one would have been decided as it is now" in done.stdout
    assert "1 can't be told: they rest on who was in Slack's groups then" in done.stdout


def test_only_the_asked_time_is_judged_page_by_page() -> None:
    fill(deployment(10 - number / 200, "staging", id=f"d{number}") for number in range(1200))
    done = replay(lambda new: new["services"]["checkout"]["environments"].pop("staging"), "--since", "5d")
    assert "200 deployments since" in done.stdout
    assert "    200  goes → is refused" in done.stdout
    assert done.stderr.splitlines()[-1] == "200 of 200 deployments judged"
    done = replay(None, "--since", "30d")
    assert done.stderr.splitlines() == [f"{count} of 1200 deployments judged" for count in (500, 1000, 1200)]


@pytest.mark.parametrize("since", ["yesterday", "30", ""])
def test_a_time_that_is_none_is_refused(since: str) -> None:
    fill([])
    done = replay(None, "--since", since)
    assert done.exit_code == 2
    assert "30s, 10m, 2h, 14d" in done.stderr


def test_an_empty_database_has_nothing_to_tell() -> None:
    fill([])
    assert "0 deployments since" in replay().stdout
    assert json.loads(replay(None, "--format", "json").stdout)["differences"] == []


def test_no_secret_is_printed() -> None:
    fill([deployment(1, approval=approved(SAM, SOFIA), version="the-secret-token")])
    assert "the-secret" not in replay(production(deploy=["U0OTHER001"])).output
