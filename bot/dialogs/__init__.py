"""The closed list of dialogs: each in a file of its own, with how it looks, what its answer means, and who opens it."""

from __future__ import annotations

from bot.dialogs import afterwards, deploy, locks, reasons, releases, rollback
from bot.dialogs.kind import DialogKind

DIALOGS: dict[str, DialogKind] = {
    kind.name: kind
    for kind in (
        deploy.DEPLOY,
        reasons.REJECT,
        reasons.BREAK_GLASS,
        releases.REJECT_RELEASE,
        rollback.ROLLBACK,
        locks.TAKE_OVER,
        locks.RELEASE_BECAUSE,
        locks.JUMP,
        afterwards.SKIP,
        afterwards.WRONG,
    )
}
"""By name, which is also the action of the buttons that open them."""
