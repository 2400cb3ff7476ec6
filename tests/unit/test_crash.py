from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from pathlib import Path

from bot.reader import Reader
from bot.store import Store
from tests.crashing import SUBJECTS
from tests.engine import in_table

KILLS = int(os.environ.get("PILOTHOUSE_KILLS", "8"))
EACH = 40 * KILLS
ROOT = Path(__file__).parents[2]


async def run_until_killed(path: Path, acked: list[str], lives: float | None) -> bool:
    """Run the process; kill it that many seconds after its first word. True when it came to its end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.crashing", str(path), str(EACH)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None

    async def listen() -> None:
        async for line in process.stdout:
            if line.endswith(b"\n"):
                acked.append(line.decode().strip())
            if lives is not None and not killing:
                killing.append(asyncio.get_running_loop().call_later(lives, kill))

    def kill() -> None:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)

    killing: list[asyncio.TimerHandle] = []
    async with asyncio.timeout(120):
        _, errors = await asyncio.gather(listen(), process.stderr.read())
        code = await process.wait()
    for timer in killing:
        timer.cancel()
    assert code in (0, -signal.SIGKILL), errors.decode()
    return code == 0


async def test_killed_at_random_moments_nothing_is_lost_nothing_committed_twice_and_order_is_kept(path):
    dice = random.Random()  # prints nothing: what matters is that any moment will do
    acked: list[str] = []
    kills = 0
    while kills < KILLS and not await run_until_killed(path, acked, dice.uniform(0.0, 0.15)):
        kills += 1
    if kills == KILLS:
        assert await run_until_killed(path, acked, None)
    assert kills >= KILLS / 2

    stored = {name for (name,) in in_table(path, "SELECT id FROM messages WHERE type = 'FollowRun'")}
    assert set(acked) <= stored
    assert len(stored) == len(SUBJECTS) * EACH
    assert in_table(path, "SELECT state, COUNT(*) FROM messages GROUP BY state") == [
        ("done", 2 * len(stored))
    ]
    async with Reader(path) as reader:
        store = Store(reader)
        for subject in SUBJECTS:
            record = await store.run(subject)
            assert record is not None
            assert (record.offset, record.revision) == (EACH, EACH)
            rows = await store.audited(about=subject, limit=10 * EACH)
            handled = [row["detail"] for row in rows if row["action"] == "started"]
            assert handled == [f'{{"look":{number}}}' for number in range(1, EACH + 1)]
            heard = sorted(row["detail"] for row in rows if row["action"] == "ended")
            assert heard == sorted(handled)
        assert await store.audit_faults() == []
