"""What makes a kind of dialog: how it looks when it opens, what its answer means, what is asked while it is filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from bot.events import Asked, Command
from bot.pages import Answers, Carried, Dialog, OpenDialog
from bot.people import Person
from config.commands import Command as CommandName
from config.models import Settings


class WrongAnswers(Exception):  # noqa: N818 - it is an answer, not an error
    """Fields that have to be filled in otherwise: a sentence for each, by the field's name."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        super().__init__("; ".join(sentences.values()))
        self.sentences = dict(sentences)


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """A dialog is opened. `service_here` is the service of the channel where it was asked for."""

    by: Person
    carried: Carried
    service_here: str = ""


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """A dialog was sent off, at that moment (epoch seconds)."""

    by: Person
    carried: Carried
    answers: Answers
    at: float


class Looking(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody has a dialog before him: it has just been opened, or he has changed a watched field."""

    by: Person
    carried: Carried
    answers: Answers
    view: OpenDialog
    opened: bool = False
    service_here: str = ""


@dataclass(frozen=True, kw_only=True)
class DialogKind:
    """`name` is the action of the buttons that open it, too.

    `first` draws it within the moment that the chat leaves for opening, so it knows the configuration and nothing else.
    `read` makes the answers one command, or raises `WrongAnswers`. `look` makes the command whose handler draws the dialog
    anew, for a dialog that shows more than the configuration knows; it is journalled, but changes nothing and is not audited.
    `command` is the slash command that opens it when nothing follows.
    """

    name: str
    first: Callable[[Opening, Settings], Dialog]
    read: Callable[[Answered, Settings], Asked]
    look: Callable[[Looking, Settings], Command] | None = None
    command: CommandName | None = None
