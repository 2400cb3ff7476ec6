"""Looks at what was deployed: an address, a job, a command; what is found goes to the lane as a fact.

Nothing here changes a deployment. Each look is a message, and looks at the deployment first, because time has passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import msgspec

from bot.backoff import backoff
from bot.deployments import Deployment
from bot.errors import Refused, Rejected, Unreachable
from bot.events.verification import CheckSeen, LookAtCheck, LooksMissed, ReviewVerification, StopCheck
from bot.lifecycle import State
from bot.ports import Context, Runs
from bot.probing import CommandAsked, UrlAsked
from bot.reasons import Reason
from bot.routing import Router
from bot.runs import RunPhase, RunRef, RunResult, RunStatus, RunTarget
from bot.templates import render
from bot.verification import Answer, CheckNow, CheckState, Verification, judged, plan_of, unseen
from config.verifying import Check, CommandCheck, UrlCheck
from handlers.questions import values_of
from handlers.reaching import PATIENCE
from handlers.verification_plan import checks_of, key_of

router = Router()

LEAST_PAUSE = 0.05
STOPS_MOST = 20
NO_DRIVER = "no driver is called {driver} in the configuration any more"
STARTED = "started"
RUNS = "is running"
WAITS = "waits in the queue: {why}"
ASKS = "asks: {message}"
PHASES = {RunPhase.RUNNING: RUNS, RunPhase.QUEUED: WAITS, RunPhase.PAUSED: ASKS}
RESULTS = {
    RunResult.SUCCESS: "succeeded",
    RunResult.UNSTABLE: "finished, but unstable",
    RunResult.FAILURE: "failed",
    RunResult.ABORTED: "was aborted",
    RunResult.LOST: "is gone: its result can't be known",
}
ENDED_WITH = "ended with {code}"


@dataclass(frozen=True, kw_only=True)
class Look:
    """One look at one check: what told to look, and what is known of the check before."""

    ctx: Context
    found: Deployment
    event: LookAtCheck
    verification: Verification
    check: Check

    @property
    def one(self) -> CheckNow:
        return self.verification.checks[self.event.check]

    @property
    def key(self) -> str:
        return key_of(self.found, self.verification, self.event.check)

    def answer(self, good: bool | None, words: str, *, ref: RunRef | None = None) -> Answer:
        return Answer(at=self.ctx.clock.now(), good=good, words=words, ref=ref)

    def no(self, words: str, *, ref: RunRef | None = None) -> Answer:
        """A no that is not asked again."""
        return msgspec.structs.replace(self.answer(good=False, words=words, ref=ref), final=True)

    def fact(self, answer: Answer, tail: tuple[str, ...] = ()) -> CheckSeen:
        event = self.event
        return CheckSeen(
            deployment=event.deployment, check=event.check, turn=event.turn, answer=answer, tail=tail
        )

    def tell(self, answer: Answer, tail: tuple[str, ...] = ()) -> None:
        self.ctx.changes.publish(self.fact(answer, tail), subject=self.found.lane)

    def again(self, after: float, **changes: Any) -> None:
        """Look once more, so many seconds later."""
        now, pause = self.ctx.clock.now(), max(LEAST_PAUSE, after)
        next_ = msgspec.structs.replace(self.event, looked_at=now, due=now + pause, **changes)
        self.ctx.changes.publish(next_, after=pause)

    @property
    def missed(self) -> bool:
        """Whether nobody looked for a while before this. What was tried again and again by this process was looked at."""
        event, now = self.event, self.ctx.clock.now()
        tried = not self.ctx.fresh and event.looked_at >= self.ctx.booted_at
        return not tried and unseen(event.looked_at, event.due, now)


@router.command(LookAtCheck)
async def look_at_check(event: LookAtCheck, ctx: Context) -> None:
    """One look at one check, and another after a while where there is something to wait for."""
    found = await ctx.store.deployment(event.deployment)
    if found is None or found.verification is None or found.state is not State.VERIFYING:
        return
    if event.turn != found.verification.turn:
        return
    checks = checks_of(ctx, found)
    if plan_of(checks) != found.verification.plan:
        ctx.changes.publish(ReviewVerification(deployment=found.id), subject=found.lane)
        return
    check = checks[event.check]
    look = Look(ctx=ctx, found=found, event=event, verification=found.verification, check=check)
    if look.one.state is not CheckState.OPEN and (check.url is None or not found.verification.bake_until):
        return
    if look.missed:
        _missed(look)
    elif check.url is not None:
        await _address(look, check.url)
    elif check.command is not None:
        await _command(look, check.command)
    elif look.one.target is not None:
        await _job(look, look.one.target)


def _missed(look: Look) -> None:
    """Say first for how long nobody looked, so that it counts for nothing; the lane has it looked at then."""
    event, ctx = look.event, look.ctx
    # That is made however late it comes. What was in hand when the server went down may have started the job.
    next_ = msgspec.structs.replace(event, looked_at=0.0, due=0.0, again=event.again or not ctx.fresh)
    missed = LooksMissed(
        deployment=event.deployment, next_look=next_, since=event.looked_at, until=ctx.clock.now()
    )
    ctx.changes.publish(missed, subject=look.found.lane)


async def _address(look: Look, url: UrlCheck) -> None:
    """Ask it. Told is only what is new, so that an hour of good answers is no hour of messages."""
    ctx, one, event, bake_until = look.ctx, look.one, look.event, look.verification.bake_until
    began = ctx.clock.now()
    try:
        asked = _asked(look.found, url)
    except Refused as no:
        look.tell(look.no(no.sentence))
        return
    good, words = judged(url, await ctx.probes.look(asked))
    due = bool(bake_until) and began >= bake_until
    if words != one.last or due or (event.bad or not good if bake_until else good):
        look.tell(Answer(at=began, good=good, words=words))
    if good and not bake_until:
        return
    left = bake_until - ctx.clock.now()
    pause = min(url.every, left) if left > 0 else url.every
    look.again(pause, look=event.look + 1, bad=not good, again=False)


async def _command(look: Look, command: CommandCheck) -> None:
    """Run it to its end; what it printed last is shown when it says no."""
    arguments = {str(n): text for n, text in enumerate(command.run[1:])}
    try:
        rendered = render(arguments, values_of(look.found))
    except Refused as no:
        look.tell(look.no(no.sentence))
        return
    asked = CommandAsked(
        run=(command.run[0], *rendered.values()),
        env={name: value.get_secret_value() for name, value in command.env.items()},
        seconds=max(LEAST_PAUSE, look.one.until - look.ctx.clock.now()),
    )
    got = await look.ctx.probes.run(asked)
    words = got.problem or ENDED_WITH.format(code=got.code)
    good = not got.problem and got.code == 0
    look.tell(look.answer(good=True, words=words) if good else look.no(words), got.tail)


async def _job(look: Look, target: RunTarget) -> None:
    driver = look.ctx.runs.get(target.driver)
    if driver is None:
        look.tell(look.no(NO_DRIVER.format(driver=target.driver)))
    elif look.event.ref is None:
        await _start(look, driver, target)
    else:
        await _follow(look, driver, target, look.event.ref)


async def _start(look: Look, driver: Runs, target: RunTarget) -> None:
    """Start it once by its key, whatever happened to earlier attempts."""
    fresh, since = look.ctx.fresh and not look.event.again, look.verification.began_at
    try:
        if fresh:
            await driver.check(target)
        ref = await driver.start(target, look.key, fresh=fresh, since=since)
    except (Refused, Rejected) as no:
        look.tell(look.no(no.sentence))
    except Unreachable as away:
        news = look.one.last != away.sentence
        facts = [(look.found.lane, look.fact(look.answer(good=None, words=away.sentence)))] if news else []
        raise Unreachable(
            away.reason,
            away.sentence,
            retry_after=away.retry_after,
            maybe_done=away.maybe_done,
            facts=facts,
        ) from away
    else:
        look.tell(look.answer(good=None, words=STARTED, ref=ref))
        look.again(_pause(look.ctx), ref=ref, again=False)


async def _follow(look: Look, driver: Runs, target: RunTarget, ref: RunRef) -> None:
    """One look at its run. What can't be had now is looked for again until its time is over."""
    last, missed = look.one.last, look.event.missed
    try:
        status = await driver.status(target, ref, since=look.verification.began_at)
    except (Unreachable, Rejected) as no:
        if no.reason is Reason.RUN_LOST:
            look.tell(look.no(no.sentence))
            return
        if no.sentence != last:
            look.tell(look.answer(good=None, words=no.sentence))
        wanted = no.retry_after if isinstance(no, Unreachable) else PATIENCE
        look.again(backoff(missed) if wanted is None else wanted, missed=missed + 1)
        return
    if status.phase is RunPhase.MISSING:
        # It was lost before it began, which is proven: started once more by the same key.
        look.again(0.0, ref=None, again=True, missed=0)
        return
    answer = _of_run(look, status)
    if answer.good is not None or answer.words != last or ref != status.ref:
        look.tell(answer)
    if answer.good is None:
        look.again(_pause(look.ctx), look=look.event.look + 1, ref=status.ref, missed=0)


@router.command(StopCheck)
async def stop_check(event: StopCheck, ctx: Context) -> None:
    """Stop the job that was started for a check, or may have been; one that is over by now is no error."""
    driver = ctx.runs.get(event.job.driver)
    if driver is None:
        return
    try:
        ref = event.ref or await driver.find(event.job, event.key, since=event.since)
        if ref is not None:
            await driver.cancel(event.job, ref)
    except Unreachable as away:
        if event.missed < STOPS_MOST:
            wait = backoff(event.missed) if away.retry_after is None else away.retry_after
            ctx.changes.publish(msgspec.structs.replace(event, missed=event.missed + 1), after=wait)


def _asked(found: Deployment, url: UrlCheck) -> UrlAsked:
    """The request, with what people chose quoted, so that it can't become another path or query. Raises `Refused`."""
    values = {name: _quoted(value) for name, value in values_of(found).items()}
    secrets = {name: value.get_secret_value() for name, value in url.secret_headers.items()}
    return UrlAsked(
        address=render({"address": url.address}, values)["address"],
        headers={**url.headers, **secrets},
        seconds=url.timeout,
        redirects=url.redirects,
        private=url.private,
    )


def _quoted(value: str) -> str:
    """As one segment of a path. One of dots alone would lead to another path."""
    return quote(value, safe="") if value.strip(".") else value.replace(".", "%2E")


def _of_run(look: Look, status: RunStatus) -> Answer:
    if status.phase is RunPhase.FINISHED:
        result = status.result or RunResult.LOST
        words = RESULTS[result]
        if result is RunResult.SUCCESS:
            return look.answer(good=True, words=words, ref=status.ref)
        return look.no(words, ref=status.ref)
    message = status.input.message if status.input else ""
    words = PHASES[status.phase].format(why=status.waiting_for, message=message)
    return look.answer(good=None, words=words, ref=status.ref)


def _pause(ctx: Context) -> float:
    return min(ctx.settings.following.at_most, ctx.settings.following.at_least * 2)
