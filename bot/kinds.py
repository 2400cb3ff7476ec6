"""How a deployment came to be asked for."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What somebody said to have it; some gates let some kinds through."""

    DEPLOY = "deploy"
    PROMOTE = "promote"
    ROLLBACK = "rollback"
    RELEASE = "release"
