"""From what somebody said or clicked to a typed command: pure, by the grammar and the closed list of actions."""

from __future__ import annotations

import re

from bot.errors import BadRequest, Refused
from bot.events import (
    GIVE_UP,
    AnswerInput,
    Approve,
    Asked,
    Cancel,
    CancelLive,
    Deploy,
    Misunderstood,
    Redeploy,
    RunNow,
    ShowHelp,
    ShowStatus,
    read_button_value,
)
from bot.events.releases import ApproveRelease, CancelRelease, RollBackRelease
from bot.grammar import parse
from bot.grammar.intents import (
    CancelIntent,
    CommandIntent,
    DeployIntent,
    HelpIntent,
    Intent,
    StatusIntent,
)
from bot.slack.payloads import Click, Said
from config.models import Settings

CLICKED = "clicked {action}"
NO_DEPLOYMENT = "The button names no deployment."


def understood(said: Said, settings: Settings) -> Asked:
    """The command; `Misunderstood`, with what to say, for words that the grammar refuses."""
    here = settings.service_of_channel(said.place.channel, said.channel_name)
    try:
        intent = parse(said.text, settings, service_here=here)
    except Refused as refusal:
        return Misunderstood(
            by=said.by,
            place=said.place,
            text=said.text,
            reason=refusal.reason,
            sentence=refusal.sentence,
            way_out=refusal.way_out,
        )
    return _command(intent, said)


def _command(intent: Intent, said: Said) -> Asked:
    by, place, text = said.by, said.place, said.text
    match intent:
        case DeployIntent():
            return Deploy(
                by=by,
                place=place,
                text=text,
                service=intent.service,
                environment=intent.environment,
                version_wanted=intent.version or "",
                break_glass=intent.break_glass or "",
                override=intent.override,
                removing=intent.removing,
                when=intent.when,
            )
        case CommandIntent():
            return intent.kind(by=by, place=place, text=text, **intent.fields)
        case StatusIntent():
            service, environment = intent.service or "", intent.environment or ""
            return ShowStatus(by=by, place=place, text=text, service=service, environment=environment)
        case CancelIntent():
            return CancelLive(
                by=by,
                place=place,
                text=text,
                number=intent.number or 0,
                service=intent.service or "",
                environment=intent.environment or "",
            )
        case HelpIntent():
            return ShowHelp(by=by, place=place, text=text, topic=intent.topic)


def said_to_the_bot(text: str, bot_user: str) -> str:
    """What follows the mention of the bot, or what stands before it when nothing follows."""
    before, mention, after = _split(text, bot_user)
    return (after.strip() or before.strip()) if mention else text


def _split(text: str, bot_user: str) -> tuple[str, str, str]:
    found = re.search(rf"<@{re.escape(bot_user)}(\|[^>]*)?>", text)
    return (text[: found.start()], found.group(), text[found.end() :]) if found else (text, "", "")


def decided(click: Click) -> Asked:
    """The command of a button that needs no dialog. Raises `BadRequest` for a value that names no deployment."""
    deployment, rest = named(click.value)
    by, place, text = click.by, click.place, CLICKED.format(action=click.action)
    match click.action:
        case "approve":
            return Approve(by=by, place=place, text=text, deployment=deployment, request=rest)
        case "cancel":
            return Cancel(by=by, place=place, text=text, deployment=deployment, give_up=rest == GIVE_UP)
        case "release_approve":
            return ApproveRelease(by=by, place=place, text=text, release=deployment, request=rest)
        case "release_cancel":
            return CancelRelease(by=by, place=place, text=text, release=deployment)
        case "release_back":
            return RollBackRelease(by=by, place=place, text=text, release=deployment)
        case "run_now":
            return RunNow(by=by, place=place, text=text, deployment=deployment)
        case "redeploy":
            return Redeploy(by=by, place=place, text=text, deployment=deployment)
        case "input_proceed" | "input_abort" as action:
            proceed = action == "input_proceed"
            return AnswerInput(
                by=by, place=place, text=text, deployment=deployment, input=rest, proceed=proceed
            )
    raise BadRequest(f"nothing is decided by {click.action}")


def named(value: str) -> tuple[str, str]:
    """The deployment and what else a button's value names."""
    deployment, rest = read_button_value(value)
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", deployment):
        raise BadRequest(NO_DEPLOYMENT)
    return deployment, rest
