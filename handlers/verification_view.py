"""How what is looked at after a run stands on the card: a line a check, and the button to go on without it."""

from __future__ import annotations

from bot.deployments import Deployment
from bot.events import button_value
from bot.lifecycle import State
from bot.verification import CheckKind, CheckNow, CheckState, Verification
from bot.words import Bold, Button, Link, Mention, Part, When, Words

SIGNS = {CheckState.OPEN: "⏳", CheckState.GOOD: "✓", CheckState.BAD: "✗"}
HEADING, SINCE = "Looked at after the run", " since "
BY = ", has to be good by "
NOT_YET = "nothing is known yet"
OTHERS_FIRST = "once everything else is good"
BAKES = "has to stay good until "
BAKED = "stayed good"
IN_A_ROW = " ({count} bad answers in a row)"


def verification_lines(one: Deployment) -> list[Words]:
    """What is looked at, since when, and what was answered last."""
    found = one.verification
    if found is None:
        return []
    since: Words = (SINCE, When(found.began_at)) if one.state is State.VERIFYING else ()
    lines: list[Words] = [(Bold(HEADING), *since, ":")]
    lines += [_line(found, check, over=one.state is not State.VERIFYING) for check in found.checks]
    if found.skipped_by:
        lines.append(("Said to be fine by ", Mention(found.skipped_by), ": ", found.skipped_why))
    return lines


def skip_button(one: Deployment) -> tuple[Button, ...]:
    if one.state is not State.VERIFYING:
        return ()
    return (Button(action="skip_verification", label="It is fine…", value=button_value(one.id)),)


def _line(found: Verification, check: CheckNow, *, over: bool) -> Words:
    words: list[Part] = [f"{_sign(found, check, over=over)} ", Bold(check.name), ": "]
    if check.kind is CheckKind.BAKE:
        words += _bake(found, check)
        return tuple(words)
    words.append(check.last.rstrip(".") or NOT_YET)
    if check.bad > 1:
        words.append(IN_A_ROW.format(count=check.bad))
    if check.ref is not None and check.ref.url:
        words += [" ", Link("Open it", check.ref.url)]
    if check.state is CheckState.OPEN and not over:
        words += [BY, When(check.until)]
    return tuple(words)


def _sign(found: Verification, check: CheckNow, *, over: bool) -> str:
    """What was still open when it ended has no sign of its own."""
    if over and check.state is CheckState.OPEN:
        return "·"
    return SIGNS[CheckState.OPEN if check.bad and found.bake_until and not over else check.state]


def _bake(found: Verification, check: CheckNow) -> list[Part]:
    if check.state is CheckState.GOOD:
        return [BAKED]
    return [BAKES, When(found.bake_until)] if found.bake_until else [OTHERS_FIRST]
