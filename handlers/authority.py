"""Who may do what, asked at the moment of the act; every other handler asks here."""

from __future__ import annotations

from collections.abc import Sequence

from bot.audit import ENGINE
from bot.errors import Refused
from bot.people import Person
from bot.ports import Context
from bot.reasons import Reason
from config.models import EVERYONE, Policy, is_chat_group, is_user

GUEST = "Guests of the workspace can't use this bot."
GUEST_OUT = "Ask an administrator to name you under slack.allow_guests, or somebody of the team to do it."
NOBODY = "This account is deactivated or belongs to an app."


DECISIVE = 120.0
"""Seconds: where somebody decides for others, nothing older than this is believed, not even in an outage."""
USUAL = 30 * 60.0


async def admitted(ctx: Context, who: Person, *, at_most: float = USUAL) -> Person:
    """The person as the chat vouches for him now; the engine vouches for itself, and no chat gives out its id.

    Raises `Refused` for guests, strangers, apps, deactivated. The people port knows which guests and strangers the configuration names. `at_most` is how old, in seconds, what
    the chat said of him may be.
    """
    if who.id == ENGINE:
        return who
    person = await ctx.people.person(who.id, claimed=who.team, at_most=at_most)
    if person.bot or person.deactivated:
        raise Refused(Reason.STRANGER, NOBODY)
    if person.guest:
        raise Refused(Reason.GUEST, GUEST, way_out=GUEST_OUT)
    return person


async def belongs(
    ctx: Context, person: Person, references: Sequence[str], *, at_most: float = USUAL
) -> tuple[str, ...]:
    """Which of these who-references the person is in now: `everyone`, groups, user ids, the chat's own groups."""
    return tuple([one for one in dict.fromkeys(references) if await _in(ctx, person, one, at_most)])


async def _in(ctx: Context, person: Person, reference: str, at_most: float) -> bool:
    members = ctx.settings.groups.get(reference, [reference])
    if EVERYONE in members or person.id in members:
        return True
    for member in members:
        if is_chat_group(member) and person.id in await ctx.people.members(member, at_most=at_most):
            return True
    return False


async def may_cancel(ctx: Context, person: Person, policy: Policy) -> bool:
    """Those the policy names, and those who may approve; where nobody is asked for approval, those who may deploy.

    Who asked may cancel anyway.
    """
    approvers = [who for clause in policy.approve for who in clause.of]
    references = [*policy.cancel, *approvers, *([] if approvers else policy.deploy)]
    return bool(await belongs(ctx, person, references))


def named(references: Sequence[str]) -> str:
    """References as people know them: `sre or owners`; ids are left to the mention."""
    words = [f"<{one}>" if is_user(one) or is_chat_group(one) else one for one in references]
    return " or ".join(words) or "nobody"
