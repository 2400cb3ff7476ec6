"""What an authenticator app has to be given, shown to its owner in a direct message, and taken away when that is over.

The secret is read here, from where it is kept, and goes to the chat: it travels in no message of ours.
"""

from __future__ import annotations

from bot.deployments import Post
from bot.errors import Rejected
from bot.events import button_value
from bot.events.authenticating import ShowAuthenticator
from bot.people import Posted
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.sealing import AUTHENTICATOR, BrokenSeal, unseal
from bot.standing.authenticators import Authenticator
from bot.totp import address, grouped
from bot.words import Bold, Button, CardView, Code, When, Words

router = Router()

TITLE = "Your authenticator"
SHOWN, OVER, REPLACED, ENROLLED = "To be entered", "Not confirmed in time", "Replaced", "Enrolled"
ADD: Words = ("Add this secret to your authenticator app, by hand or by its address:",)
THEN: Words = ("Then give me the first code that the app shows. Whoever has this secret has your codes: ",)
AGAIN = "{command} totp enrol"
FALLBACK = "What your authenticator app needs is here."
GONE = "The secret is no longer shown here."


@router.command(ShowAuthenticator)
async def show_authenticator(event: ShowAuthenticator, ctx: Context) -> None:
    """Post it, or bring it to what is so now."""
    found = await ctx.store.stood(event.authenticator)
    if not isinstance(found, Authenticator):
        return
    key = f"authenticator/{found.id}/{event.attempt}"
    post = await ctx.store.post(key)
    if post is None:
        if not _waited_for(ctx, found, event.attempt) and ctx.fresh:
            return
        view = _view(ctx, found, event.attempt)
        posted = await ctx.chat.post_card(found.owner, key, view, look_first=not ctx.fresh)
        saved = Post(
            key=key,
            deployment=found.id,
            channel=posted.channel,
            ts=posted.ts,
            intended_at=ctx.clock.now(),
        )
        ctx.changes.save(saved)
        if not ctx.fresh:
            # It may be an older one that was found, which shows what is over.
            ctx.changes.publish(event)
        return
    await _edit(ctx, event, key, Posted(channel=post.channel, ts=post.ts))


async def _edit(ctx: Context, event: ShowAuthenticator, key: str, posted: Posted) -> None:
    async def draw() -> CardView:
        newest = await ctx.store.stood(event.authenticator)
        assert isinstance(newest, Authenticator), "what stood once is kept"
        return _view(ctx, newest, event.attempt)

    try:
        await ctx.chat.update_card(posted, key, draw, final=True, again=not ctx.fresh)
    except Rejected as no:
        # Whoever deleted it has done what was to be done.
        if no.reason is not Reason.CHANNEL_UNREACHABLE:
            raise


def _waited_for(ctx: Context, found: Authenticator, attempt: int) -> bool:
    now = ctx.clock.now()
    return bool(
        found.attempt == attempt and found.pending and not found.ended_at and found.pending_until > now
    )


def _view(ctx: Context, found: Authenticator, attempt: int) -> CardView:
    secret = _secret(ctx, found) if _waited_for(ctx, found, attempt) else ""
    if not secret:
        return _over(ctx, found, attempt)
    uri = address(secret, account=found.owner_name or found.owner, issuer=ctx.settings.slack.app_name)
    confirm = Button(
        action="authenticator_confirm",
        label="Give the first code…",
        value=button_value(found.id, str(attempt)),
        style="primary",
    )
    return CardView(
        title=TITLE,
        emoji="closed_lock_with_key",
        state=(Bold(SHOWN), ", until ", When(found.pending_until)),
        fallback=FALLBACK,
        lines=(ADD, (Code(grouped(secret)),), (Code(uri),), (*THEN, "it is taken away from here then.")),
        buttons=(confirm,),
    )


def _over(ctx: Context, found: Authenticator, attempt: int) -> CardView:
    confirmed = found.attempt == attempt and found.confirmed_at > 0 and not found.ended_at
    state = ENROLLED if confirmed else REPLACED if found.attempt != attempt else OVER
    lines: list[Words] = [(GONE,)]
    if not confirmed:
        lines.append((Code(AGAIN.format(command=ctx.settings.slack.command())), " begins anew."))
    return CardView(
        title=TITLE,
        emoji="closed_lock_with_key",
        state=(Bold(state),),
        fallback=f"{TITLE}: {state.lower()}.",
        lines=tuple(lines),
        final=True,
    )


def _secret(ctx: Context, found: Authenticator) -> str:
    """Empty when it can't be read any more."""
    section = ctx.settings.step_up
    if section is None:
        return ""
    try:
        return unseal(section.key, AUTHENTICATOR, found.owner, found.pending)
    except BrokenSeal:
        return ""
