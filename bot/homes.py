"""Who has opened his home of the app, and what it shows."""

from __future__ import annotations

import msgspec


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's home. `opened_at` is when he last opened it; `shown` tells what stands there, equal for equal pages."""

    user: str
    team: str = ""
    opened_at: float
    shown: str = ""
