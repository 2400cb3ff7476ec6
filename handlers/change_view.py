"""How a change of the configuration that waits for approval looks: what is different, who has to say yes, the buttons. Pure."""

from __future__ import annotations

from typing import Literal

from bot.approvals import describe
from bot.events import button_value
from bot.guards import open_questions
from bot.standing import ConfigurationChange
from bot.words import Bold, Button, CardView, Code, Confirm, Mention, Part, When, Words
from handlers.configuration_words import listed, needs_restart

TITLE = "Configuration: a policy gets looser"
STATES = {
    "": ("raised_hand", "Waiting for approval"),
    "approved": ("white_check_mark", "Approved"),
    "rejected": ("no_entry_sign", "Rejected"),
    "expired": ("alarm_clock", "Expired"),
    "withdrawn": ("heavy_multiplication_x", "Withdrawn"),
}
FALLBACK = "{state}: a change of the configuration that loosens the policy of {where}."
ASKED_BY, FOUND_AT_START = "read by ", "found at the start"
BY_SIGNAL = "read because of a signal"
HELD = "Until then each of these places keeps the policy it had before the start; everything else of the file is in force."
NOT_IN_FORCE = "Nothing of the file is in force until then."
NEEDED = "Still needed for "
WITH_CODE = ", each with a code"
APPROVE, APPROVE_WITH_CODE = "Approve", "Approve with a code…"
NOT_SELF = ", not by who had it read"
SHOWN_MOST, LONGEST, LONGEST_LOOSER = 10, 150, 220
"""Differences on the card, and characters of each: what is still needed has to fit below them."""
SURE = Confirm(
    title="Approve the change?",
    text="The whole file comes into force as soon as all approvals are there.",
    yes="Approve",
    no="Not yet",
)
NO_SURE = Confirm(
    title="Reject the change?",
    text="Nothing of the file comes into force; the configuration stays as it is.",
    yes="Reject",
    no="Not yet",
)


def card(change: ConfigurationChange) -> CardView:
    """The card as it should look now."""
    emoji, state = STATES[change.decided]
    where = " and ".join(one.where for one in change.questions)
    return CardView(
        title=TITLE,
        emoji=emoji,
        state=(Bold(state), " · ", *_asker(change)),
        fallback=FALLBACK.format(state=state, where=where),
        lines=tuple(_lines(change)),
        buttons=() if change.decided else change_buttons(change),
        context=((Code(change.digest),), ("asked ", When(change.made_at, "date_time"))),
        final=bool(change.decided),
    )


def _asker(change: ConfigurationChange) -> Words:
    if change.held:
        return (FOUND_AT_START,)
    return (ASKED_BY, Mention(change.owner)) if change.place is not None else (BY_SIGNAL,)


def _lines(change: ConfigurationChange) -> list[Words]:
    found = listed(_short(change), change.more, loosening=change.loosening, most=SHOWN_MOST)
    found += needs_restart(change.needs_restart)
    if not change.decided:
        found.append((HELD if change.held else NOT_IN_FORCE,))
        for asked, clauses in open_questions(change):
            not_self = NOT_SELF if asked.four_eyes and change.place is not None else ""
            code = WITH_CODE if asked.step_up else ""
            found.append((NEEDED, asked.where, ": ", Bold(describe(clauses)), not_self, code, "."))
    if change.votes:
        names: list[Part] = []
        for vote in change.votes:
            names += [", " if names else "", Mention(vote.by), " at ", When(vote.at)]
        found.append(("Approved by ", *names))
    if change.decided == "rejected":
        found.append(("Rejected by ", Mention(change.ended_by), " at ", When(change.ended_at)))
    if change.why:
        found.append((f"{change.why[:1].upper()}{change.why[1:]}.",))
    if not change.decided:
        found.append(("Expires ", When(change.until, "relative"), "."))
    return found


def change_buttons(change: ConfigurationChange) -> tuple[Button, ...]:
    """The ways to say yes, at once or with a code, as its questions want it; and no."""
    value = button_value(change.id)
    yes = [code_button(change)] if any(one.step_up for one in change.questions) else []
    if not all(one.step_up for one in change.questions):
        style: Literal["", "primary"] = "" if yes else "primary"
        yes.insert(0, Button(action="approve_change", label=APPROVE, value=value, style=style, confirm=SURE))
    no = Button(action="reject_change", label="Reject", value=value, style="danger", confirm=NO_SURE)
    return (*yes, no)


def code_button(change: ConfigurationChange) -> Button:
    """Leads to the field for a code."""
    return Button(
        action="approve_change_code",
        label=APPROVE_WITH_CODE,
        value=button_value(change.id),
        style="primary",
    )


def shortened(change: ConfigurationChange) -> bool:
    """Whether the card leaves out some of the differences, or of one."""
    return len(change.sentences) > SHOWN_MOST or _short(change) != [*change.sentences]


def _short(change: ConfigurationChange) -> list[str]:
    most = (LONGEST_LOOSER if index < change.loosening else LONGEST for index in range(len(change.sentences)))
    return [
        one if len(one) <= longest else one[: longest - 1] + "…"
        for one, longest in zip(change.sentences, most, strict=True)
    ]
