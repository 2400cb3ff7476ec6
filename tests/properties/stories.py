"""Evidence made by hand, line by line, so that each promise can be broken on purpose."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec

from bot.deployments import Deployment
from bot.kinds import Kind
from bot.lifecycle import State
from bot.people import Person, Place
from bot.runs import RunTarget
from bot.sandbox.slack.harbour import DANA, OLU, SAM
from tests.properties.configured import CHANNEL
from tests.properties.evidence import Evidence
from tests.properties.model import Meaning, Model
from tests.properties.rules import USUAL, written

BEGIN = 1_000.0
ENGINE = "pilothouse"
RESULTS = {"succeeded": "SUCCESS", "failed": "FAILURE", "aborted": "ABORTED"}


class Story:
    """Rows of the audit log in the order in which they are told, each a second after the one before."""

    def __init__(self) -> None:
        self.model = Model()
        self.evidence = Evidence(self.model, [], [], [], now=BEGIN)
        self._since = 0

    @property
    def seq(self) -> int:
        return len(self.evidence.audited)

    def row(self, action: str, about: str = "", actor: str = ENGINE, reason: str = "", **detail: Any) -> None:
        self.evidence.now += 1.0
        self.evidence.audited.append(
            {
                "seq": self.seq + 1,
                "at": self.evidence.now,
                "actor": actor,
                "action": action,
                "about": about,
                "reason": reason,
                "detail": detail,
            }
        )

    def said(self, who: str, words: str, what: str, *of: str, after: float = 0.0) -> None:
        self.model.heard(who, words, self.evidence.now, what, of, after=after)

    def step(self, *meanings: Meaning) -> None:
        """What was told since the last one belongs together, and everything has settled."""
        (way, *_) = self.model.ways(meanings)
        self.model.settle(way, since=self._since, seq=self.seq, at=self.evidence.now)
        self._since = self.seq

    def asked(
        self,
        version: str = "1.4.0",
        environment: str = "staging",
        *,
        service: str = "checkout",
        who: str = DANA,
        kind: Kind = Kind.DEPLOY,
        words: str = "",
        break_glass: str = "",
        **more: Any,
    ) -> Deployment:
        number = len(self.evidence.deployments) + 1
        one = Deployment(
            id=f"d{number}",
            number=number,
            service=service,
            environment=environment,
            version=version,
            kind=kind,
            requester=Person(id=who, name=who),
            place=Place(channel=CHANNEL),
            channel=CHANNEL,
            target=RunTarget(driver="jenkins", server="ci", job="deploy", parameters={}),
            policy=environment,
            requested_at=self.evidence.now,
            **more,
        )
        self.evidence.deployments.append(one)
        self.row(
            "requested",
            one.id,
            who,
            command=words,
            version=version,
            environment=environment,
            kind=kind.value,
            break_glass=break_glass,
            not_before=one.not_before,
        )
        return one

    def approved(self, one: Deployment, *by: str, policy: str = "") -> None:
        """Asked about by these rules, and answered by these people."""
        clauses = USUAL.clauses(one.kind.value, override=bool(one.extra))
        said = {
            "service": one.service,
            "environment": one.environment,
            "version": one.version,
            "policy": f"{policy or ' and '.join(written(clauses))}, not by who asked",
        }
        request = f"{one.id}.{self.seq}"
        self.row("approval_requested", one.id, request=request, fingerprint=said)
        for who in by:
            self.row("approved", one.id, who, request=request, on_behalf="")
        self.row("approval_complete", one.id, request=request, by=list(by), fingerprint=said)

    def started(self, one: Deployment, **more: Any) -> None:
        self.row("queued", one.id)
        self.row("started", one.id)
        values = {
            "SERVICE": one.service,
            "ENVIRONMENT": one.environment,
            "VERSION": one.version,
            "PILOTHOUSE_KEY": one.key,
        }
        usual = {"values": values, "result": None, "ended": None, "number": len(self.evidence.builds) + 1}
        item = SimpleNamespace(since=self.evidence.now)
        self.evidence.builds.append(SimpleNamespace(**{**usual, "item": item, **more}))

    def ended(self, one: Deployment, state: str = "succeeded", **more: Any) -> None:
        self.row("ended", one.id, reason=state, state=state)
        self.changed(one, state=State(state), **more)
        for build in self.evidence.builds:
            if build.values["PILOTHOUSE_KEY"] == one.key:
                build.result, build.ended = RESULTS.get(state), self.evidence.now

    def changed(self, one: Deployment, **changes: Any) -> None:
        at = next(index for index, each in enumerate(self.evidence.deployments) if each.id == one.id)
        self.evidence.deployments[at] = msgspec.structs.replace(self.evidence.deployments[at], **changes)

    def ran(self, *args: Any, state: str = "succeeded", **more: Any) -> Deployment:
        """One that went from its beginning to its end, with the approvals that it needs."""
        one = self.asked(*args, **more)
        if one.environment == "production":
            self.approved(one, OLU if one.kind is Kind.ROLLBACK else SAM)
        self.started(one)
        self.ended(one, state)
        return one
