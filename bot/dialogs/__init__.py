"""The closed list of dialogs: each in a file of its own, with how it looks, what its answer means, and who opens it."""

from __future__ import annotations

from bot.dialogs import reasons, releases
from bot.dialogs.kind import DialogKind

DIALOGS: dict[str, DialogKind] = {
    kind.name: kind for kind in (reasons.REJECT, reasons.BREAK_GLASS, releases.REJECT_RELEASE)
}
"""By name, which is also the action of the buttons that open them."""

OPENED_BY = {kind.command: kind for kind in DIALOGS.values() if kind.command is not None}
"""By the slash command that opens them when nothing follows it."""
