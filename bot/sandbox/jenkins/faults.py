"""Being down, slow, starting up or forgetful, on a switch."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

MODES = ("none", "down", "slow", "restarting", "503", "unauthorized", "drop_after")


@dataclass(kw_only=True)
class Faults:
    """The fault now in force.

    `down` breaks connections before anything is done (with `seconds`, the port itself is closed for so long),
    `slow` does what is asked and answers after `seconds`, `drop_after` does it and breaks the connection.
    `times` requests are hit (0: all) whose path contains `path`.
    """

    mode: str = "none"
    seconds: float = 0.0
    times: int = 0
    path: str = ""

    @classmethod
    def read(cls, said: Any) -> Faults:
        """From JSON. Raises `ValueError` with a sentence."""
        if not isinstance(said, dict) or set(said) - {"mode", "seconds", "times", "path"}:
            raise ValueError("a fault is an object of mode, seconds, times, path")
        mode = str(said.get("mode", "none"))
        if mode not in MODES:
            raise ValueError(f"mode is one of {', '.join(MODES)}")
        return cls(
            mode=mode,
            seconds=float(said.get("seconds") or 0),
            times=int(said.get("times") or 0),
            path=str(said.get("path") or ""),
        )

    def told(self) -> dict[str, Any]:
        return asdict(self)

    def hit(self, path: str) -> str:
        """The mode for this request; counts it."""
        if self.mode == "none" or self.path not in path:
            return "none"
        mode = self.mode
        if self.times:
            self.times -= 1
            if not self.times:
                self.mode = "none"
        return mode
