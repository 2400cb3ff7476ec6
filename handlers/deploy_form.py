"""The form that `/deploy` alone opens: filled in from the past, and judged by every gate while it is filled in."""

from __future__ import annotations

import msgspec

from bot.errors import Failure, Refused
from bot.events.surface import DrawDeployForm, OfferDeployForm
from bot.gates import Situation, Verdict
from bot.pages import Buttons, Carried, Dialog, Page, Say
from bot.people import Person
from bot.ports import Context
from bot.routing import Router
from bot.words import Button, refusal
from handlers import authority, would_take
from handlers.deploy_form_view import Judged, form, nothing_but
from handlers.planned import moment_of
from handlers.situation import Wanted, judged

router = Router()

NOBODY_LOOKS = 60.0
"""Seconds after which nobody waits for a drawing any more: what he sees since then is newer, or closed."""
OFFER = "Choose what to deploy in a form, which says what is in the way before you send it off."
OPEN = "Deploy…"


@router.command(DrawDeployForm)
async def draw_deploy_form(event: DrawDeployForm, ctx: Context) -> None:
    """Draw it as it should look now. Whoever may not speak here sees why, and nothing else."""
    if ctx.clock.now() - ctx.at > NOBODY_LOOKS:
        return
    await ctx.chat.update_dialog(event.view, await _drawn(event, ctx))


@router.command(OfferDeployForm)
async def offer_deploy_form(event: OfferDeployForm, ctx: Context) -> None:
    """A mention can't open a dialog; the button that answers it can."""
    await authority.admitted(ctx, event.by)
    button = Button(action="deploy", label=OPEN, style="primary")
    page = Page(parts=(Say((OFFER,)), Buttons((button,))), fallback=OFFER)
    await ctx.chat.show(event.by.id, event.place, page)


async def _drawn(event: DrawDeployForm, ctx: Context) -> Dialog:
    carried = Carried(place=event.place)
    try:
        person = await authority.admitted(ctx, event.by)
    except Refused as no:
        return nothing_but(carried, refusal(no.sentence, no.way_out))
    except Failure as away:
        return nothing_but(carried, (away.sentence,))
    carried = msgspec.structs.replace(carried, timezone=person.timezone)
    wanted = await _filled(event, ctx)
    return form(carried, wanted, ctx.settings, await _judged(wanted, ctx, person))


async def _filled(event: DrawDeployForm, ctx: Context) -> DrawDeployForm:
    """What stands in the form: what was chosen; at first, what this person or this channel asked for last."""
    if event.opened:
        event = await _from_the_past(event, ctx)
    known = ctx.settings.services.get(event.service)
    if known is None:
        return msgspec.structs.replace(event, service="", environment="", version_wanted="")
    places = list(known.environments)
    chosen = (event.environment, event.environment_before, *(places if len(places) == 1 else ()))
    environment = next((one for one in chosen if one in places), "")
    version = event.version_wanted or known.default_version or ""
    return msgspec.structs.replace(event, environment=environment, version_wanted=version)


async def _from_the_past(event: DrawDeployForm, ctx: Context) -> DrawDeployForm:
    """His own last one here comes first, then his last one anywhere, then this channel's."""
    here, by = event.place.channel, event.by.id
    service = event.service_here
    for user, channel in ((by, here), (by, ""), ("", here)):
        found = await ctx.store.last_asked(user=user, channel=channel, service=service)
        if found is not None:
            return msgspec.structs.replace(
                event, service=found.service, environment=found.environment, version_wanted=found.version
            )
    return msgspec.structs.replace(event, service=service)


async def _judged(event: DrawDeployForm, ctx: Context, person: Person) -> Judged | None:
    """What the gates say of it, once it is whole; None before. A time that can't be read is said at once."""
    unclear: Refused | None = None
    not_before = 0.0
    try:
        not_before = moment_of(ctx, event.when, person, glass=event.glass)
    except Refused as no:
        unclear = no
    if not (event.service and event.environment and event.version_wanted):
        return Judged(so=None, unclear=unclear) if unclear else None
    wanted = Wanted(
        person=person,
        service=event.service,
        environment=event.environment,
        version=event.version_wanted,
        glass=event.glass,
        override=event.override,
        removing=event.removing,
        not_before=not_before,
        reader=person,
    )
    so: Situation | None = None
    verdicts: tuple[Verdict, ...] = ()
    problem, may_break_glass = "", False
    try:
        so, verdicts = await judged(ctx, wanted)
        verdicts = await would_take.with_job(ctx, so, verdicts, person)
        may_break_glass = bool(await authority.belongs(ctx, person, so.policy.break_glass))
    except Failure as away:
        problem = away.sentence
    return Judged(so=so, verdicts=verdicts, may_break_glass=may_break_glass, problem=problem, unclear=unclear)
