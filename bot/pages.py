"""Pages and dialogs before they are any chat's markup: what stands on them, and the fields that people fill in.

A page is a private answer with buttons, or somebody's home of the app. A dialog is opened by a click or a bare command; its
kinds are the closed list of `bot.dialogs`. All of it is drawn purely, by `bot.slack.pages`.
"""

from __future__ import annotations

import msgspec

from bot.people import Person, Place
from bot.words import Button, Words


class Heading(msgspec.Struct, frozen=True, tag="heading"):
    text: str


class Say(msgspec.Struct, frozen=True, tag="say"):
    """A paragraph, perhaps with a button beside it."""

    words: Words
    button: Button | None = None


class Small(msgspec.Struct, frozen=True, tag="small"):
    """Small print."""

    words: Words


class Rule(msgspec.Struct, frozen=True, tag="rule"):
    """A line between what does not belong together."""


class Snippet(msgspec.Struct, frozen=True, tag="snippet"):
    """Text as it is, such as a command to copy."""

    text: str


class Buttons(msgspec.Struct, frozen=True, tag="buttons"):
    buttons: tuple[Button, ...]


class Option(msgspec.Struct, frozen=True):
    """One choice: what comes back, what is shown, and a note below it."""

    value: str
    text: str
    note: str = ""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """Something to fill in. `name` is what the answer comes back under, within its dialog.

    `of` is what the field hangs on, such as the service of a version: under another one the chat forgets what stood there.
    A `watched` field tells at once when it was changed, so that the dialog can be drawn anew.
    """

    name: str
    label: str
    hint: str = ""
    of: str = ""
    optional: bool = False
    watched: bool = False


class TextField(Field, frozen=True, kw_only=True, tag="text"):
    """Words, at most `most` characters. A watched one tells when Enter was pressed."""

    initial: str = ""
    placeholder: str = ""
    most: int = 1000
    multiline: bool = False
    focus: bool = False


class Choice(Field, frozen=True, kw_only=True, tag="choice"):
    """One of at most a hundred options; `initial` is a value."""

    options: tuple[Option, ...]
    initial: str = ""
    placeholder: str = ""


class ExternalChoice(Field, frozen=True, kw_only=True, tag="external"):
    """One of options that are asked for while somebody types, by the dialog's kind, the field's `name` and its `of`."""

    initial: Option | None = None
    placeholder: str = ""


class Toggle(Field, frozen=True, kw_only=True, tag="toggle"):
    """Yes or no: one box, with what it says beside it. Its answer is `YES` or nothing."""

    says: str
    initial: bool = False


YES = "yes"

Part = Heading | Say | Small | Rule | Snippet | Buttons | TextField | Choice | ExternalChoice | Toggle
Shown = Heading | Say | Small | Rule | Snippet | Buttons


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody sees alone. `fallback` is a full sentence for notifications and screen readers."""

    parts: tuple[Shown, ...]
    fallback: str


class Carried(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a dialog carries through the chat: opaque ids of what it is about, never trusted, and where to answer.

    `timezone` is that of who has it before him, where times are typed: an answer is read before anything is looked up, and
    what is decided is read again by the one that the chat names then.
    """

    about: str = ""
    detail: str = ""
    timezone: str = ""
    place: Place


class Dialog(msgspec.Struct, frozen=True, kw_only=True):
    """A dialog as it should look now. `kind` is of the closed list; without `submit` there is nothing to send off yet."""

    kind: str
    title: str
    parts: tuple[Part, ...]
    carried: Carried
    submit: str = ""
    close: str = "Never mind"

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(part for part in self.parts if isinstance(part, Field))


class OpenDialog(msgspec.Struct, frozen=True, kw_only=True):
    """A dialog that somebody sees: the chat's id of it, and the mark of the state in which it was seen last."""

    id: str
    mark: str = ""


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in a dialog's fields, by name: text as typed, the value of a choice, `YES` for a box; "" for nothing.

    `of` is what each field hung on when it was shown.
    """

    values: dict[str, str] = {}
    of: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    def under(self, name: str, of: str) -> str:
        """What stands in a field that hangs on this; "" for what was chosen under something else."""
        return self[name] if self.of.get(name, "") == of else ""


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody types into an external choice: the dialog's kind, the field, what it hangs on, the text so far."""

    by: Person
    kind: str
    field: str
    of: str
    text: str


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Options below a label, which is shown where there are several groups."""

    label: str
    options: tuple[Option, ...]
