"""A process to be killed: publishes and handles messages as fast as it can, and tells what was acknowledged.

Run as `python -m tests.crashing DATABASE HOW_MANY`: every subject gets that many messages in all, however often the
process was killed in between; it ends when all of them have been handled.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bot.deployments import RunRecord
from bot.errors import Unreachable
from bot.events import FollowRun, RunLost
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from tests.engine import Engine, engine, look
from tests.waiting import until

SUBJECTS = [f"d{number}" for number in range(6)]
router = Router()


@router.command(FollowRun)
async def count(event: FollowRun, ctx: Context) -> None:
    """Counts in the store; fails now and then, so that kills fall into retries and delays as well."""
    record = await ctx.store.run(event.deployment) or RunRecord(
        deployment=event.deployment, key=event.deployment
    )
    if event.look != record.offset + 1:
        ctx.changes.audit("ended", actor="out of order", about=event.deployment, look=event.look)
    if event.look % 7 == 0 and not ctx.loaded and ctx.fresh:
        raise Unreachable(Reason.PEER_SLOW, "later", retry_after=0.05)
    offset = record.offset + 1
    new = RunRecord(deployment=record.deployment, key=record.key, revision=record.revision, offset=offset)
    ctx.changes.save(new)
    ctx.changes.audit("started", actor="pilothouse", about=event.deployment, look=event.look)
    fact = RunLost(deployment=event.deployment, sentence=str(event.look))
    ctx.changes.publish(fact, subject=f"lane/{event.deployment}", after=0.05 if event.look % 5 == 0 else 0.0)


@router.on(RunLost)
async def heard(event: RunLost, ctx: Context) -> None:
    ctx.changes.audit("ended", actor="pilothouse", about=event.deployment, look=int(event.sentence))


async def publish(running: Engine, subject: str, most: int) -> None:
    rows = await running.reader.rows(
        "SELECT COUNT(*) FROM messages WHERE about = ? AND type = 'FollowRun'", subject
    )
    for number in range(rows[0][0] + 1, most + 1):
        await running.publish(look(number, subject), id=f"{subject}-{number}")
        sys.stdout.write(f"{subject}-{number}\n")
        sys.stdout.flush()
        await asyncio.sleep(0.001)


async def main(path: Path, most: int) -> None:
    async with engine(path, router) as running:
        await asyncio.gather(*(publish(running, subject, most) for subject in SUBJECTS))

        async def handled() -> bool:
            return not {"ready", "delayed"} & set(await running.journal.depth())

        await until(handled, within=60)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
