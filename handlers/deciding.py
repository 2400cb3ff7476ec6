"""Who may decide something about a deployment that is on its way, instead of those who approved it."""

from __future__ import annotations

from bot.deployments import Deployment
from bot.errors import Refused
from bot.people import Person
from bot.ports import Context
from bot.reasons import Reason
from config.models import Policy
from handlers import authority


async def may_decide(
    ctx: Context,
    person: Person,
    found: Deployment,
    policy: Policy,
    *,
    reason: Reason,
    sentence: str,
    own: str,
    own_out: str,
) -> None:
    """Whoever may approve there; where nobody is asked for approval, whoever may deploy.

    Four eyes hold here too, unless he broke the glass himself. Raises `Refused` with these words, `{who}` filled in.
    """
    approvers = [who for clause in policy.approve for who in clause.of]
    references = approvers or policy.deploy
    who = authority.named(references)
    broke_it = found.broken is not None and found.broken.by == person.id
    if approvers and policy.four_eyes and person.id == found.requester.id and not broke_it:
        raise Refused(Reason.OWN_DEPLOYMENT, own, way_out=own_out.format(who=who))
    if not await authority.belongs(ctx, person, references, at_most=authority.DECISIVE):
        raise Refused(reason, sentence.format(who=who))
