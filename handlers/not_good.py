"""What became of the very same in the same place before: whoever asks for it again, or approves it, reads that."""

from __future__ import annotations

from bot.deployments import Deployment
from bot.gates.order import was_not_good
from bot.gates.situation import NotGood
from bot.goods import LOOKED_BACK, found_wrong, not_good
from bot.lifecycle import State
from bot.ports import Context

FAILED = {State.FAILED: "failed", State.ABORTED: "was aborted", State.LOST: "was lost"}
WRONG = "was found wrong by who watched it"
BACK = "was rolled back"


async def not_good_there(
    ctx: Context, service: str, environment: str, version: str, digest: str
) -> NotGood | None:
    """The newest run there of the very same, when that was not good."""
    found = not_good(await ctx.store.ran(service, environment, LOOKED_BACK), version, digest)
    if found is None:
        return None
    back = BACK if found.taken_back and found.taken_back.at else ""
    how = ", and ".join(filter(None, (FAILED.get(found.state, WRONG if found_wrong(found) else ""), back)))
    return NotGood(number=found.number, how=how)


async def remark(ctx: Context, found: Deployment) -> str:
    """The same for its card, while it can still be decided."""
    if found.state.ended or found.state.holds_lane:
        return ""
    before = await not_good_there(ctx, found.service, found.environment, found.version, found.digest)
    return was_not_good(found.version, found.environment, before) if before else ""
