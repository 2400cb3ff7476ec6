"""What people hear of rollbacks besides the cards: of the engine's own, and of one that failed."""

from __future__ import annotations

from bot.audit import ENGINE
from bot.deployments import Deployment
from bot.events import Announce, PostNote
from bot.ports import Context
from bot.reasons import Reason
from bot.words import Bold, Mention, Note, Part, Words

ITSELF = " failed and is rolled back to {version} by itself: "
NOT_ITSELF = " failed and could not be rolled back by itself: "
TAKEN_BACK = " was rolled back by #{number} to {version}"
BY = ", asked for by "
FAILED = "The rollback "
NO_CASCADE = (
    " did not succeed, and nothing is rolled back further. What runs in {environment} now is not known: it is locked for "
    "everything but another rollback until somebody has looked."
)


def named(one: Deployment) -> Part:
    return Bold(f"#{one.number} {one.service} {one.version} → {one.environment}")


def itself(ctx: Context, failed: Deployment, version: str) -> None:
    words: Words = (named(failed), ITSELF.format(version=version), failed.sentence)
    _say(ctx, failed, "rolls-itself-back", words)


def not_itself(ctx: Context, failed: Deployment, reason: Reason, why: str) -> None:
    """People hear it, and the audit log has it."""
    ctx.changes.audit(
        "auto_rollback_refused", actor=ENGINE, about=failed.id, reason=reason.value, sentence=why
    )
    _say(ctx, failed, "rolls-not-back", (named(failed), NOT_ITSELF, why))


def not_further(ctx: Context, failed: Deployment) -> None:
    sentence = NO_CASCADE.format(environment=failed.environment)
    _say(ctx, failed, "rolls-no-further", (FAILED, named(failed), sentence))


def taken_back(ctx: Context, old: Deployment, by: Deployment) -> None:
    """In the thread of what was rolled back: who asked for that hears it."""
    words: list[Part] = [Mention(old.told), ": ", named(old)]
    words.append(TAKEN_BACK.format(number=by.number, version=by.version))
    if by.requester.id != by.told:
        words.append(".")
    else:
        words += [BY, Mention(by.requester.id), "."]
    note = Note(text=tuple(words))
    name = f"rolled-back-{by.number}"
    ctx.changes.publish(PostNote(deployment=old.id, name=name, note=note), id=f"note/{old.id}/{name}")


def _say(ctx: Context, about: Deployment, name: str, words: Words) -> None:
    """In the thread, and where operations are spoken of. Whoever has to know was mentioned there with its end, and once is enough."""
    note = Note(text=words)
    ctx.changes.publish(PostNote(deployment=about.id, name=name, note=note), id=f"note/{about.id}/{name}")
    if (channel := ctx.settings.slack.announce_channel) is not None:
        news = Announce(deployment=about.id, channel=channel, name=name, words=words)
        ctx.changes.publish(news, id=f"announce/{about.id}/{name}")
