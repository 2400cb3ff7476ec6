"""The closed list of dialogs: each in a file of its own, with how it looks, what its answer means, and who opens it."""

from __future__ import annotations

from bot.dialogs import afterwards, approvals, authenticators, deploy, locks, reasons, releases, rollback
from bot.dialogs.kind import DialogKind

DIALOGS: dict[str, DialogKind] = {
    kind.name: kind
    for kind in (
        deploy.DEPLOY,
        reasons.REJECT,
        reasons.BREAK_GLASS,
        approvals.APPROVE_COMMENT,
        approvals.APPROVE_CODE,
        approvals.BREAK_GLASS_CODE,
        approvals.APPROVE_RELEASE_COMMENT,
        approvals.APPROVE_RELEASE_CODE,
        approvals.APPROVE_CHANGE_CODE,
        authenticators.CONFIRM_AUTHENTICATOR,
        authenticators.RENEW_AUTHENTICATOR,
        authenticators.GIVE_CODE,
        releases.REJECT_RELEASE,
        releases.BACK_RELEASE,
        rollback.ROLLBACK,
        locks.TAKE_OVER,
        locks.RELEASE_BECAUSE,
        locks.JUMP,
        afterwards.SKIP,
        afterwards.WRONG,
    )
}
"""By name, which is also the action of the buttons that open them."""
