"""Whether what its lane let go may still start: everything is asked again, and nothing is changed by asking."""

from __future__ import annotations

from bot.deployments import Deployment
from bot.errors import Failure
from bot.gates import Outcome, outcome
from bot.kinds import OF_ONE_COMMIT
from bot.ports import Context
from handlers.lane import place_gone
from handlers.questions import differences
from handlers.situation import Wanted, judged


async def may_still(ctx: Context, found: Deployment) -> bool:
    """Whether it is still what was approved, and no gate holds it. What can't be asked now is asked again in its lane."""
    if place_gone(ctx, found):
        return False
    try:
        so, verdicts = await judged(ctx, Wanted.of(found))
        # What follows its name is another by now; what is of one commit is blocked by its gate.
        moved = bool(so.moved_to) and found.kind not in OF_ONE_COMMIT
        return not moved and not differences(ctx, found) and outcome(verdicts) is Outcome.PASS
    except Failure:
        return False
