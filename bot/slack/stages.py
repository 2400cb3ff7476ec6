"""The stages of a run on one line, however many there are: what is over, where it is, what is to come."""

from __future__ import annotations

from collections.abc import Sequence

from bot.runs import Stage, StageState
from bot.slack.text import cut, escape, length

LONGEST_NAME = 40
MOST_STAGES = 12
BAR_CELLS = 16

SYMBOLS = {
    StageState.WAITING: "⚪",
    StageState.RUNNING: "🔵",
    StageState.PAUSED: "⏸️",
    StageState.SUCCESS: "✅",
    StageState.UNSTABLE: "🟠",
    StageState.FAILED: "❌",
    StageState.ABORTED: "⏹️",
    StageState.SKIPPED: "⏭️",
}
# A state is never told by colour alone (https://www.w3.org/WAI/WCAG22/Understanding/use-of-color.html).
SAID = {
    StageState.WAITING: "",
    StageState.RUNNING: "running",
    StageState.PAUSED: "waiting for an answer",
    StageState.SUCCESS: "",
    StageState.UNSTABLE: "unstable",
    StageState.FAILED: "failed",
    StageState.ABORTED: "aborted",
    StageState.SKIPPED: "skipped",
}
EARLIER = "{count} earlier"
LATER = "{count} later"
SEPARATOR = "  ·  "


def stage_line(stages: Sequence[Stage], limit: int) -> str:
    """One line of mrkdwn of at most `limit` units; empty without stages. The stages around the active one are kept."""
    for most in (MOST_STAGES, 6, 3, 1):
        line = _line(stages, most)
        if length(line) <= limit:
            return line
    return ""


def progress_line(share: float) -> str:
    """A bar and a number for a share between 0 and 1; anything outside is drawn as the nearer end."""
    share = min(max(share, 0.0), 1.0)
    filled = round(share * BAR_CELLS)
    return f"{'▓' * filled}{'░' * (BAR_CELLS - filled)} {round(share * 100)} %"


def duration(seconds: float) -> str:
    """`45 s`, `3 min 20 s`, `2 h 5 min`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _line(stages: Sequence[Stage], most: int) -> str:
    start = _first_shown(stages, most)
    shown, later = stages[start : start + most], len(stages) - start - most
    parts = [EARLIER.format(count=start)] if start else []
    parts += [_stage(stage) for stage in shown]
    parts += [LATER.format(count=later)] if later > 0 else []
    return SEPARATOR.join(parts)


def _first_shown(stages: Sequence[Stage], most: int) -> int:
    """So that the stage that matters most stands past the middle, with what comes next after it."""
    return max(0, min(_focus(stages) - most * 2 // 3, len(stages) - most))


def _focus(stages: Sequence[Stage]) -> int:
    """The first that failed, else the first that is under way, else the last that was run."""
    for wanted in ({StageState.FAILED, StageState.ABORTED}, {StageState.PAUSED, StageState.RUNNING}):
        for index, stage in enumerate(stages):
            if stage.state in wanted:
                return index
    idle = {StageState.WAITING, StageState.SKIPPED}
    return max((index for index, stage in enumerate(stages) if stage.state not in idle), default=0)


def _stage(stage: Stage) -> str:
    name = escape(cut(" ".join(stage.name.split()), LONGEST_NAME)) or "(no name)"
    words = [SYMBOLS[stage.state], name, SAID[stage.state]]
    if stage.seconds >= 1 and stage.state is not StageState.WAITING:
        words.append(f"({duration(stage.seconds)})")
    return " ".join(filter(None, words))
