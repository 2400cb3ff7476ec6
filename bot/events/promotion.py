"""Promotion: what runs in one environment goes to the next, unchanged."""

from __future__ import annotations

from bot.events.base import Asked


class Promote(Asked, frozen=True, kw_only=True):
    """Take what runs in `source` to `target`, the same version and digest; "" leaves it to the policies' `after`.

    `plan` only says what would happen. `break_glass`, `override`, `removing` and `when` mean what they mean for `Deploy`.
    """

    service: str
    source: str = ""
    target: str = ""
    plan: bool = False
    break_glass: str = ""
    override: str = ""
    removing: bool = False
    when: str = ""

    @property
    def subject(self) -> str:
        return f"promote/{self.service}"
