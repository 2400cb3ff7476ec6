"""From what somebody said or clicked to a typed command: pure, by the grammar and the closed list of actions."""

from __future__ import annotations

import re

from bot.errors import BadRequest, Refused
from bot.events import (
    Asked,
    CancelLive,
    Deploy,
    Misunderstood,
    ShowHelp,
    ShowStatus,
    read_button_value,
    read_overview_value,
)
from bot.grammar import parse
from bot.grammar.intents import (
    CancelIntent,
    CommandIntent,
    DeployIntent,
    HelpIntent,
    Intent,
    StatusIntent,
)
from bot.slack.clicks import CLICKS, Clicked
from bot.slack.payloads import Click, Said
from config.models import Settings

CLICKED = "clicked {action}"
NO_OVERVIEW = "The button names no part of the overview."
NOTHING_NAMED = "The button names nothing."
NOTHING_DECIDED = "Nothing is decided by {action}."


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
    return _command(intent, said, here or "")


def _command(intent: Intent, said: Said, here: str) -> Asked:
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
            return ShowStatus(
                by=by,
                place=place,
                text=text,
                service=service,
                environment=environment,
                mine=intent.mine,
                like=intent.like,
            )
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
            return ShowHelp(by=by, place=place, text=text, topic=intent.topic, service=here)


def said_to_the_bot(text: str, bot_user: str) -> str:
    """What follows the mention of the bot, or what stands before it when nothing follows."""
    before, mention, after = _split(text, bot_user)
    return (after.strip() or before.strip()) if mention else text


def _split(text: str, bot_user: str) -> tuple[str, str, str]:
    found = re.search(rf"<@{re.escape(bot_user)}(\|[^>]*)?>", text)
    return (text[: found.start()], found.group(), text[found.end() :]) if found else (text, "", "")


def decided(click: Click) -> Asked:
    """The command of a button that needs no dialog. Raises `BadRequest` for one without, and for a value that names nothing."""
    if click.action == "status":
        return turned(click)
    about, detail = named(click.value)
    read = CLICKS.get(click.action)
    if read is None:
        raise BadRequest(NOTHING_DECIDED.format(action=click.action))
    text = CLICKED.format(action=click.action)
    return read(Clicked(by=click.by, place=click.place, text=text, about=about, detail=detail))


def turned(click: Click) -> ShowStatus:
    """Another page of the overview, or one with another filter. What the button says is looked up, never trusted."""
    try:
        wanted = read_overview_value(click.value)
    except ValueError as problem:
        raise BadRequest(NO_OVERVIEW) from problem
    return ShowStatus(
        by=click.by, place=click.place, text=CLICKED.format(action=click.action), replaces=True, **wanted
    )


def named(value: str) -> tuple[str, str]:
    """The id and the detail of a button's value. Raises `BadRequest` for what can't be an id."""
    about, detail = read_button_value(value)
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", about):
        raise BadRequest(NOTHING_NAMED)
    return about, detail
