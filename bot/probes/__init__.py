"""Looks at what was deployed, from outside: addresses and commands that the configuration names."""

from __future__ import annotations

from bot.probes.probes import OutsideProbes

__all__ = ["OutsideProbes"]
