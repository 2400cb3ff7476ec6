"""Peers that answer nonsense, to every call in turn: what was asked waits or ends in words, and nothing runs twice."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import random
import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.lifecycle import State
from bot.sandbox.jenkins.jobs import Job, Stage
from bot.sandbox.slack.harbour import BOT
from bot.sandbox.slack.rates import Rates
from tests.e2e.house import DANA, PARAMETERS, SAM, SOFIA, House
from tests.waiting import until

Answering = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

JSON = "application/json"
WITHIN = 60.0
HURRY = 0.4
TIMEOUT = 0.3
"""Seconds that a peer has for an answer; what drips takes longer."""
NEVER_STARTED = {State.REFUSED, State.FAILED, State.REJECTED, State.CANCELLED, State.EXPIRED}
PARKED = ("CheckTarget", "StartRun", "ShowCard", "PostNote", "Tell", "Approve", "Deploy", "Misunderstood")
"""Set aside for a human when a peer says something final that makes no sense."""


def said(body: str | bytes, kind: str = JSON, status: int = 200, **headers: str) -> Answering:
    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        raw = body.encode() if isinstance(body, str) else body
        return web.Response(status=status, body=raw, headers={"Content-Type": kind, **headers})

    return answer


async def drip(request: web.BaseRequest) -> web.StreamResponse:
    """A byte now and then, for longer than anybody waits."""
    response = web.StreamResponse(headers={"Content-Type": JSON, "Content-Length": "1000"})
    await response.prepare(request)
    with contextlib.suppress(ConnectionError):
        for _ in range(10):
            await asyncio.sleep(0.1)
            await response.write(b" ")
    return response


WRONG_TYPES = json.dumps(
    {
        "_class": 7,
        "id": "x",
        "number": "seven",
        "building": "maybe",
        "items": {"0": None},
        "builds": 3,
        "property": "p",
        "name": [],
        "anonymous": 1,
        "status": {"a": 1},
        "stages": "none",
        "actions": [[[]]],
        "executable": [],
        "timestamp": "noon",
        "buildable": None,
        "lastBuild": "yes",
    }
)
NONSENSE: dict[str, Answering] = {
    "page": said("<html><h1>Maintenance</h1></html>", "text/html"),
    "cut off": said('{"_class":"hudson.model.Fr'),
    "list": said("[]"),
    "null": said("null"),
    "number": said("17"),
    "empty object": said("{}"),
    "wrong types": said(WRONG_TYPES),
    "nothing": said(b""),
    "not text": said(b"\xff\xfe\x00\x01"),
    "deep": said("[" * 50_000),
    "huge": said(b" " * (8 * 1024 * 1024 + 10)),
    "bare 500": said("<html>Logging ID=x</html>", "text/html", 500),
    "teapot": said("short and stout", "text/plain", 418),
    "elsewhere": said("", "text/plain", 302, Location="http://sso.example/login"),
    "no status": said("", "text/plain", 299),
    "strange header": said("{}", JSON, 200, Location="/queue/item/NaN/", **{"X-Text-Size": "many"}),
    "drip": drip,
}
REFUSALS = frozenset({"teapot", "no, unheard of", "slower", "slower, some time"})
"""What is answered so was not done, or HTTP means nothing any more."""
JENKINS_CALLS = {
    "check": ("GET", "/job/deploy/api/json"),
    "start": ("POST", "/buildWithParameters"),
    "item": ("GET", "/queue/item/"),
    "queue": ("GET", "/queue/api/json"),
    "stages": ("GET", "/wfapi/describe"),
    "log": ("GET", "/progressiveText"),
    "build": ("GET", "/api/json"),
}


class Nonsense:
    """Stands before a stand-in, and answers each kind of call with each kind of nonsense once, in between."""

    def __init__(
        self,
        name: Callable[[web.BaseRequest], str],
        inner: Callable[[Any], Awaitable[web.StreamResponse]],
        seed: int,
        kinds: dict[str, Answering],
    ) -> None:
        self._kinds = kinds
        self.left: dict[str, list[str]] = {}
        self.given: list[tuple[str, str]] = []
        self._name = name
        self._inner = inner
        self._rng = random.Random(seed)

    def fill(self, calls: Iterable[str]) -> None:
        self.left = {call: self._rng.sample(list(self._kinds), len(self._kinds)) for call in calls}

    def exhausted(self, *besides: str) -> bool:
        return not any(left for call, left in self.left.items() if call not in besides)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        call = self._name(request)
        left = self.left.get(call)
        if not left or self._rng.random() < 0.4:
            return await self._inner(request)
        kind = left.pop()
        self.given.append((call, kind))
        if kind not in REFUSALS and self._rng.random() < 0.5:
            await self._inner(request)  # it is done all the same
        return await self._kinds[kind](request)


def jenkins_call(request: web.BaseRequest) -> str:
    for name, (method, part) in JENKINS_CALLS.items():
        if request.method == method and part in request.path:
            return name
    return ""


def slack_call(request: web.BaseRequest) -> str:
    if request.path.startswith("/response/"):
        return "response_url"
    return request.path.rpartition("/")[2]


def rows(house: House, sql: str) -> list[Any]:
    connection = sqlite3.connect(house.path / "pilothouse.db")
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def pipeline() -> list[Job]:
    stages = (Stage(name="Build", seconds=0.05, lines=("building",)), Stage(name="Roll out", seconds=0.05))
    return [Job(name="deploy", parameters=PARAMETERS, stages=stages)]


def house_between(tmp_path: Path, policy: dict[str, Any], **config: Any) -> House:
    server = {"drivers": {"jenkins": {"servers": {"ci": {"timeout": TIMEOUT}}}}}
    return House(
        tmp_path,
        jenkins_jobs=pipeline(),
        config={**server, "policies": {"staging": {"supersede": False}}, **config},
        policy={"supersede": False, **policy},
        rates=Rates(scale=1e6),
        parked_kinds=PARKED,
        refused_codes=("trigger_expired", "exchanged_trigger_id", "expired_trigger_id"),
    )


async def busy_until(
    house: House, finished: Callable[[], bool], besides: Callable[[], Awaitable[object]] | None = None
) -> None:
    """Somebody asks again and again in every lane, while the house's clock hurries on over pauses and rates."""
    words = itertools.cycle(
        f"/deploy {service} {environment}"
        for service in ("checkout", "payments")
        for environment in ("staging", "production")
    )
    async with asyncio.timeout(WITHIN):
        while not finished():
            live = rows(house, "SELECT COUNT(*) FROM deployments WHERE ended_at IS NULL")[0][0]
            waiting = rows(house, "SELECT COUNT(*) FROM messages WHERE state = 'ready'")[0][0]
            if live < 6 and waiting < 30:
                await house.say(DANA, next(words))
            if besides is not None:
                await besides()
            house.clock.advance(HURRY)
            await asyncio.sleep(0.01)


async def all_ended(house: House) -> None:
    def nothing_live() -> bool:
        house.clock.advance(HURRY)
        waiting = rows(house, "SELECT 1 FROM messages WHERE state = 'ready' LIMIT 1")
        return not waiting and not rows(house, "SELECT 1 FROM deployments WHERE ended_at IS NULL")

    await until(nothing_live, within=WITHIN, what="every deployment has ended")


def nothing_of_ours_failed(house: House, caplog: pytest.LogCaptureFixture) -> None:
    parked = rows(house, "SELECT type, reason, sentence FROM messages WHERE state = 'parked'")
    assert [one for one in parked if one[1] == "handler_failed"] == []
    assert all(sentence for _, _, sentence in parked), parked
    unforeseen = [one.getMessage() for one in caplog.records if one.exc_info and one.name.startswith("bot.")]
    assert unforeseen == []


async def every_run_is_known(house: House) -> None:
    """No key started twice, and each deployment ended as its run did."""
    assert house.app is not None
    for one in await house.app.store.recent(1000):
        builds = [run for run in house.runs() if run.values["PILOTHOUSE_KEY"] == one.key]
        assert len(house.jenkins.starts_with_key(one.key)) <= 1, one
        assert one.sentence or one.state is State.SUCCEEDED, one
        cards = [
            card for card in house.cards() if card["metadata"]["event_payload"]["key"] == f"card/{one.id}"
        ]
        assert len(cards) <= 1 if one.state is State.REFUSED else len(cards) == 1, one
        if builds:
            ended = {"SUCCESS": State.SUCCEEDED, "ABORTED": State.ABORTED}[str(builds[0].result)]
            assert one.state is ended, one.sentence
        else:
            assert one.state in NEVER_STARTED, one


@pytest.mark.slow
async def test_a_jenkins_that_answers_nonsense_to_every_call_in_turn_is_waited_for_or_given_up_in_words(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    house = house_between(tmp_path, {"approve": []})
    nonsense = Nonsense(jenkins_call, house.jenkins._handle, seed=1, kinds=NONSENSE)
    house.jenkins._handle = nonsense  # type: ignore[method-assign]
    async with house:
        nonsense.fill(JENKINS_CALLS)
        # The queue is read only after an answer to a start that said nothing.
        await busy_until(house, lambda: nonsense.exhausted("queue"))
        await all_ended(house)
        await every_run_is_known(house)
        nothing_of_ours_failed(house, caplog)
        said = await house.say(DANA, "/deploy checkout staging")
        assert said["ok"]
        await all_ended(house)

    assert len(nonsense.given) > (len(JENKINS_CALLS) - 1) * len(NONSENSE)


# --- Slack ---------------------------------------------------------------------------------------------------

SLACK_NONSENSE: dict[str, Answering] = {
    **{name: NONSENSE[name] for name in ("page", "cut off", "list", "null", "empty object")},
    **{name: NONSENSE[name] for name in ("not text", "deep", "teapot", "elsewhere")},
    "bad gateway": said("<html><h1>502</h1></html>", "text/html", 502),
    "ok, and nothing": said('{"ok": true}'),
    "ok, of wrong types": said(
        '{"ok": true, "channel": 7, "ts": [], "user": "u", "users": {"a": 1}, "messages": "m", '
        '"response_metadata": 3, "message": 1, "url": null, "bot_id": 1}'
    ),
    "ok, in words": said('{"ok": "yes"}'),
    "no, and nothing": said('{"ok": false}'),
    "no, unheard of": said('{"ok": false, "error": "the_moon_is_full"}'),
    "no, of wrong types": said('{"ok": false, "error": {"a": 1}, "needed": 7, "errors": "e"}'),
    "slower": said("", "text/plain", 429),
    "slower, some time": said("", "text/plain", 429, **{"Retry-After": "soon"}),
    "drip": drip,
}
SLACK_METHODS = [
    "chat.postMessage",
    "chat.update",
    "chat.postEphemeral",
    "conversations.history",
    "conversations.replies",
    "conversations.info",
    "users.info",
    "usergroups.users.list",
    "views.open",
]
OFTEN = ("chat.postMessage", "chat.update")


async def test_a_slack_that_answers_nonsense_to_every_call_in_turn_stops_no_deployment(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    house = house_between(tmp_path, {"remind": None}, slack={"request_timeout": f"{TIMEOUT * 1000:.0f}ms"})
    rng = random.Random(1)
    nonsense = Nonsense(slack_call, house.slack._call, seed=1, kinds=SLACK_NONSENSE)
    answers = Nonsense(slack_call, house.slack._respond, seed=1, kinds=SLACK_NONSENSE)

    async def call(request: web.Request) -> web.StreamResponse:
        return await nonsense(request)

    async def respond(request: web.Request) -> web.StreamResponse:
        return await answers(request)

    house.slack._call, house.slack._respond = call, respond  # type: ignore[method-assign]

    async def people() -> None:
        """Words that are refused, in a thread and by command, and clicks on whatever waits for approval."""
        if rng.random() < 0.1:
            await house.say(DANA, f"<@{BOT}> deploy nothing at all")
            await house.say(DANA, "/deploy nothing at all")
        waiting = [card for card in house.cards() if "approve" in house.buttons(card)]
        if waiting and rng.random() < 0.3:
            card, action = rng.choice(waiting), rng.choice(("approve", "approve", "reject"))
            await house.click_if_it_stands(rng.choice((SAM, SOFIA)), card, action)

    async with house:
        nonsense.fill(SLACK_METHODS)
        # Who may not look posts another card that takes over, and says so.
        nonsense.left["conversations.history"].remove("no, unheard of")
        answers.fill(["response_url"])
        await busy_until(house, lambda: not any(nonsense.left[often] for often in OFTEN), people)
        nonsense.fill([])
        answers.fill([])
        for card in house.cards():
            await house.click_if_it_stands(DANA, card, "cancel")
        await all_ended(house)
        await every_run_is_known(house)
        nothing_of_ours_failed(house, caplog)
        said = await house.say(DANA, "/deploy checkout staging")
        assert said["ok"]
        await all_ended(house)
        assert house.cards()[-1]["text"].startswith("Succeeded")
