"""Whether the job would take it: the driver's own check, asked by plans, `why` and the form as `/deploy` asks it."""

from __future__ import annotations

import asyncio

from bot.errors import Failure, Refused, Rejected, Unreachable
from bot.gates import Outcome, Situation, Verdict
from bot.people import Person
from bot.ports import Context
from bot.reasons import Reason
from bot.runs import RunTarget
from bot.templates import render

GATE = "job"
"""It is no gate of the list, because a driver has to be asked; before a run is started it is asked by the start itself."""
ASKED_FOR = 2.0
"""Seconds that a person waits for a driver before he is told what else there is to say."""
NOT_GIVEN = "not yet given"
WOULD_NOT = "The job would not take it: {why}"
NOT_KNOWN = "Whether the job would take it can't be known now: {why}"
NO_ANSWER = "{server} has not answered within {seconds:.0f} s"


def target(ctx: Context, so: Situation, person: Person) -> RunTarget:
    """What would run, with the parameters rendered. Raises `Refused(template_failed)`."""
    place = ctx.settings.services[so.service].environments[so.environment]
    values = {
        "service": so.service,
        "environment": so.environment,
        "version": so.version,
        "digest": so.digest,
        "deployment": NOT_GIVEN,
        "number": NOT_GIVEN,
        "requester": person.name,
        "requester_id": person.id,
    }
    return RunTarget(
        driver=place.driver, server=place.server, job=place.job, parameters=render(place.parameters, values)
    )


async def with_job(
    ctx: Context, so: Situation, verdicts: tuple[Verdict, ...], person: Person
) -> tuple[Verdict, ...]:
    """The verdicts, and what the driver says when that is no yes. `person` is who asks for the deployment."""
    if so.no_place or not so.version or not so.fits:
        return verdicts
    no = await _asked(ctx, so, person)
    return verdicts if no is None else (*verdicts, no)


async def _asked(ctx: Context, so: Situation, person: Person) -> Verdict | None:
    """None where the job would take it."""
    try:
        wanted = target(ctx, so, person)
        driver = ctx.runs.get(wanted.driver)
        if driver is None:
            return None
        async with asyncio.timeout(ASKED_FOR):
            await driver.check(wanted)
    except Unreachable as away:
        return _unknown(away.reason, away.sentence)
    except TimeoutError:
        server = ctx.settings.services[so.service].environments[so.environment].server
        return _unknown(Reason.PEER_SLOW, NO_ANSWER.format(server=server, seconds=ASKED_FOR))
    except (Refused, Rejected) as no:
        return _no(no)
    return None


def _no(no: Failure) -> Verdict:
    way_out = no.way_out if isinstance(no, Refused) else ""
    return Verdict(
        gate=GATE,
        outcome=Outcome.BLOCK,
        reason=no.reason,
        sentence=WOULD_NOT.format(why=no.sentence),
        way_out=way_out,
    )


def _unknown(reason: Reason, why: str) -> Verdict:
    sentence = NOT_KNOWN.format(why=why)
    return Verdict(gate=GATE, outcome=Outcome.WAIT, reason=reason, sentence=sentence)
