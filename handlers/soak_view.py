"""Who watches what was deployed, on its card and in its thread."""

from __future__ import annotations

from bot.deployments import Deployment
from bot.events import button_value
from bot.soak import Soak, Verdict
from bot.words import Bold, Button, Mention, Part, When, Words

NOBODY = "Nobody watches it yet; somebody should until "
WATCHED = "Watched by "
UNTIL = ", until "
ENDS = {
    Verdict.GOOD: "It looks good",
    Verdict.WRONG: "Something is wrong",
    Verdict.OVER: "Its time to be watched is over",
    Verdict.REPLACED: "Something newer took its place",
}


def soak_lines(one: Deployment) -> list[Words]:
    soak = one.soak
    if soak is None:
        return []
    watchers = watching(soak)
    if soak.verdict is None:
        return [(WATCHED, *watchers, UNTIL, When(soak.until)) if watchers else (NOBODY, When(soak.until))]
    words: list[Part] = [Bold(ENDS[soak.verdict])]
    if soak.ended_by:
        words += [", says ", Mention(soak.ended_by)]
    if soak.why:
        words += [": ", soak.why]
    if watchers:
        words += [" (watched by ", *watchers, ")"]
    return [tuple(words)]


def soak_buttons(one: Deployment) -> tuple[Button, ...]:
    """To watch, or to say how it went."""
    if one.soak is None or one.soak.verdict is not None:
        return ()
    value = button_value(one.id)
    return (
        Button(action="soak_watch", label="I'm watching", value=value),
        Button(action="soak_good", label="Looks good", value=value),
        Button(action="soak_wrong", label="Something is wrong…", value=value, style="danger"),
    )


def way_back(one: Deployment) -> tuple[Button, ...]:
    """The button that rolls back."""
    return (Button(action="rollback", label="Roll back…", value=button_value(one.id), style="danger"),)


def watching(soak: Soak) -> list[Part]:
    words: list[Part] = []
    for one in soak.watchers:
        words += [", "] if words else []
        words.append(Mention(one.by))
    return words
