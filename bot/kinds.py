"""How a deployment came to be asked for."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What somebody said to have it; some gates let some kinds through."""

    DEPLOY = "deploy"
    PROMOTE = "promote"
    ROLLBACK = "rollback"
    RELEASE = "release"


OF_ONE_COMMIT = frozenset({Kind.PROMOTE, Kind.ROLLBACK})
"""What takes exactly what ran before: the very same commit, whatever its name leads to by now."""
