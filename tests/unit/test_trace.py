"""A deployment's chain reads from the command down, each effect under its cause."""

from __future__ import annotations

import json

from bot import trace
from bot.deployments import Approval, Clause, Deployment, Vote
from bot.lifecycle import State
from bot.people import Person, Place
from bot.reasons import Reason
from bot.runs import RunRef, RunTarget

AT = 1_772_355_600.0


def row(id_: str, type_: str, cause: str = "", **rest) -> dict:
    body = rest.pop("body", {"deployment": "abc"})
    return {
        "id": id_,
        "seq": rest.pop("seq", 1),
        "type": type_,
        "cause": cause,
        "body": json.dumps(body),
        "at": AT,
        "state": "done",
        "done_at": AT + 0.012,
        "attempts": 0,
        "sentence": None,
        **rest,
    }


ASKED = {"text": "/deploy checkout 1.2 production", "by": {"name": "Dana"}, "service": "checkout"}
CHAIN = [
    row("T1", "Deploy", body=ASKED),
    row("T1/1", "DeploymentRequested", "T1"),
    row("T1/2", "CheckTarget", "T1"),
    row("T1/2/1", "TargetAccepted", "T1/2"),
    row("T2", "Approve", body={"deployment": "abc", "text": "approve", "by": {"name": "Sam"}}),
    row("T2/1", "StartRun", "T2", state="parked", attempts=3, sentence="Jenkins said no"),
]


def deployment(**rest) -> Deployment:
    return Deployment(
        id="abc",
        number=12,
        service="checkout",
        environment="production",
        version="1.2",
        requester=Person(id="U1", name="Dana"),
        place=Place(channel="C1"),
        channel="C1",
        target=RunTarget(driver="jenkins", server="main", job="deploy"),
        policy="production",
        requested_at=AT,
        **rest,
    )


def drawn(messages: list[dict]) -> list[str]:
    """What stands after the times."""
    said = trace.lines(None, messages, [])
    return [line.partition("  ")[2] for line in said[1:-2]]


def test_every_message_stands_under_its_cause():
    assert drawn(CHAIN) == [
        "Deploy “/deploy checkout 1.2 production” by Dana  [done after 0.012 s]",
        "├─ DeploymentRequested  [done after 0.012 s]",
        "└─ CheckTarget  [done after 0.012 s]",
        "   └ TargetAccepted  [done after 0.012 s]",
        "Approve “approve” by Sam  [done after 0.012 s]",
        "└ StartRun  [parked, 3 failed: Jenkins said no]",
    ]


def test_a_long_chain_is_a_list_and_not_a_staircase():
    chain = [row(str(n), "FollowRun", str(n - 1) if n else "", body={"look": n}) for n in range(5_000)]
    said = drawn(chain)

    assert len(said) == 5_000
    assert max(map(len, said)) < 60
    assert said[4_999].startswith("└ FollowRun look=4999")


def test_a_message_whose_cause_was_pruned_stands_at_the_beginning():
    assert trace.missing_causes(CHAIN[1:]) == ["T1"]
    assert drawn(CHAIN[2:4]) == [
        "CheckTarget  [done after 0.012 s]",
        "└ TargetAccepted  [done after 0.012 s]",
    ]


def test_what_is_known_of_the_deployment_comes_first():
    approval = Approval(
        request="r",
        clauses=(Clause(count=1, of=("sre",)),),
        four_eyes=True,
        fingerprint={},
        asked_at=AT,
        expires_at=AT + 60,
        votes=(Vote(by="U2", name="Sam", at=AT + 1.5, belongs=("sre",)),),
    )
    said = trace.lines(
        deployment(
            state=State.FAILED,
            reason=Reason.RUN_FAILED,
            sentence="The stage Test failed.",
            approval=approval,
            ref=RunRef(key="k", number="7", url="https://ci.example.com/7/"),
        ),
        CHAIN,
        [],
    )

    assert said[:5] == [
        "#12  checkout 1.2 to production: failed",
        "asked by Dana (U1) on 2026-03-01 09:00:00 UTC  id abc",
        "run_failed: The stage Test failed.",
        "approved by Sam at 03-01 09:00:01.500",
        "run 7 https://ci.example.com/7/",
    ]


def test_when_the_messages_are_gone_the_audit_log_still_tells():
    audited = [
        {
            "at": AT,
            "actor": "U1",
            "action": "requested",
            "reason": "",
            "detail": json.dumps({"version": "1.2"}),
        },
        {"at": AT, "actor": "pilothouse", "action": "ended", "reason": "run_failed", "detail": "{}"},
    ]
    said = trace.lines(deployment(waits=Reason.LANE_BUSY, waits_for="Waits for #11."), [], audited)

    assert said[2:] == [
        "waits: Waits for #11.",
        "",
        trace.PRUNED,
        "",
        trace.AUDIT,
        "03-01 09:00:00.000  U1 requested  version=1.2",
        "03-01 09:00:00.000  pilothouse ended (run_failed)",
    ]


def test_nothing_that_people_typed_moves_the_cursor():
    evil = row("T1", "Deploy", body={"text": "x\x1b[2J\n\u202eFAKE", "by": {"name": "\x07"}})
    (said,) = drawn([evil])

    assert said.isprintable()


def test_structures_and_long_values_are_told_shortly():
    body = {
        "deployment": "abc",
        "ref": {"key": "k1", "number": "7"},
        "tail": ["a", "b"],
        "status": {"x": 1},
        "why": "y" * 500,
    }
    (said,) = drawn([row("T1", "RunSeen", body=body)])

    assert said.startswith("RunSeen ref=7 tail=[2] status={1} why=yyy")
    assert len(said) < 200
