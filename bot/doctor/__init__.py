"""`pilothouse doctor`: asks Slack, the drivers and this machine everything that a deployment will need of them.

Changes nothing anywhere. Each finding is ok, a warning, or a fault with what to do about it.
"""

from __future__ import annotations

from bot.doctor.check import Check, Level
from bot.doctor.examination import examine
from bot.doctor.house import open_production

__all__ = ["Check", "Level", "examine", "open_production"]
