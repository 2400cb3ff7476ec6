"""How the form of a deployment looks: its fields, what the gates say of them, and the same as a command. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from bot.approvals import describe
from bot.dialogs import deploy as dialog
from bot.errors import Refused
from bot.events.surface import DrawDeployForm
from bot.gates import Outcome, Situation, Verdict
from bot.gates.freeze import deciding
from bot.grammar.saying import deployment_said
from bot.pages import (
    Carried,
    Choice,
    Dialog,
    ExternalChoice,
    Option,
    Part,
    Rule,
    Say,
    Small,
    Snippet,
    TextField,
    Toggle,
)
from bot.words import Bold, Words, refusal
from config.models import Service, Settings
from handlers import going_out, verdicts

SERVICE, ENVIRONMENT, VERSION = "Service", "Environment", "Version"
TYPE = "Type to find a version"
USUALLY = "Left empty: {version}."
WHEN, WHEN_EXAMPLES = "When", "at 14:00, tomorrow 9am, mon 09:00, in 2h"
NOW = "Left empty: now."
WHEN_HINT = "Left empty: now. Times are those of {zone}."
LONGEST_WHEN = 100
OVERRIDE = "Go in spite of the freeze, because"
OVERRIDE_HINT, NOBODY_DECIDES = (
    "Takes the approval of {who} besides.",
    "Nobody else has to approve it for that.",
)
GLASS, GLASS_HINT = (
    "Break the glass, because",
    "Without the approvals. It is announced, and kept in the audit log.",
)
REMOVING, REMOVING_SAYS = "Live commits are taken away", "That is meant"
PREVIEW = "What would happen"
COMMAND = "The same as a command, to copy:"
NOT_JUDGED = "What would happen can't be said now: {why}"
NOT_WHOLE = "Choose {what} to see what would happen."
ASKS = "asks {clauses}"
SUBMIT = "Deploy"

MOST_IN_A_MENU = 100


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What the gates said; `problem` is why they could not be asked, `unclear` why nobody can tell when it is to start."""

    so: Situation | None
    verdicts: tuple[Verdict, ...] = ()
    may_break_glass: bool = False
    problem: str = ""
    unclear: Refused | None = None


def nothing_but(carried: Carried, words: Words) -> Dialog:
    """No fields, only words."""
    return Dialog(kind=dialog.NAME, title=dialog.TITLE, parts=(Say(words),), carried=carried, close="Close")


def form(carried: Carried, wanted: DrawDeployForm, settings: Settings, judged: Judged | None) -> Dialog:
    """The whole form. `judged` is None while something that has to be chosen is missing."""
    parts: list[Part] = [*_fields(wanted, settings, carried.timezone)]
    if judged is not None and judged.so is not None:
        parts += _reasons(wanted, judged, judged.so)
    parts += [Rule(), *_preview(wanted, settings, judged)]
    # Without its time the command would start it now.
    if wanted.service and wanted.environment and not (judged and judged.unclear):
        parts += [Small((COMMAND,)), Snippet(_said(wanted, settings))]
    return Dialog(
        kind=dialog.NAME,
        title=dialog.TITLE,
        parts=tuple(parts),
        carried=carried,
        submit=SUBMIT,
    )


def _fields(wanted: DrawDeployForm, settings: Settings, zone: str) -> Iterator[Part]:
    yield _service(wanted.service, settings)
    known = settings.services.get(wanted.service)
    if known is None:
        return
    yield Choice(
        name=dialog.ENVIRONMENT,
        label=ENVIRONMENT,
        of=wanted.service,
        options=tuple(
            Option(name, name, _asks(wanted.service, name, settings)) for name in known.environments
        ),
        initial=wanted.environment,
        watched=True,
    )
    yield _version(wanted, known)
    yield TextField(
        name=dialog.WHEN,
        label=WHEN,
        hint=WHEN_HINT.format(zone=zone) if zone else NOW,
        placeholder=WHEN_EXAMPLES,
        initial=wanted.when,
        most=LONGEST_WHEN,
        optional=True,
        watched=True,
    )


def _service(chosen: str, settings: Settings) -> Part:
    """A menu of all of them while a menu takes so many; beyond, they are found by typing."""
    services = settings.services
    if len(services) > MOST_IN_A_MENU:
        initial = Option(chosen, chosen) if chosen else None
        return ExternalChoice(name=dialog.SERVICE, label=SERVICE, initial=initial, watched=True)
    options = tuple(Option(name, name, service.description) for name, service in services.items())
    return Choice(name=dialog.SERVICE, label=SERVICE, options=options, initial=chosen, watched=True)


def _version(wanted: DrawDeployForm, known: Service) -> Part:
    usual = known.default_version or ""
    return ExternalChoice(
        name=dialog.VERSION,
        label=VERSION,
        of=wanted.service,
        initial=Option(wanted.version_wanted, wanted.version_wanted) if wanted.version_wanted else None,
        placeholder=TYPE,
        hint=USUALLY.format(version=usual) if usual else "",
        optional=bool(usual),
        watched=True,
    )


def _asks(service: str, environment: str, settings: Settings) -> str:
    clauses = settings.policy_for(service, environment)[1].approve
    return ASKS.format(clauses=", ".join(map(str, clauses))) if clauses else ""


def _reasons(wanted: DrawDeployForm, judged: Judged, so: Situation) -> Iterator[Part]:
    """What has to be said besides, where there is something to be passed: no more questions than that."""
    place = dialog.hangs_on(wanted.service, wanted.environment)
    if so.outgoing is not None and so.outgoing.removed_count:
        of = dialog.hangs_on(wanted.service, wanted.environment, wanted.version_wanted)
        yield Toggle(
            name=dialog.REMOVING,
            label=REMOVING,
            says=REMOVING_SAYS,
            of=of,
            initial=wanted.removing,
            optional=True,
            watched=True,
        )
    holding = [one for one in so.freezes if one.since <= so.now]
    if holding and all(one.override is not None for one in holding):
        clauses = deciding(holding)
        hint = OVERRIDE_HINT.format(who=describe(clauses)) if clauses else NOBODY_DECIDES
        yield _reason(dialog.OVERRIDE, OVERRIDE, hint, place, wanted.override)
    # Where it takes a code, the glass is broken on the card: a code is not kept in a form.
    if so.policy.approve and judged.may_break_glass and not so.policy.step_up:
        yield _reason(dialog.GLASS, GLASS, GLASS_HINT, place, wanted.glass)


def _reason(name: str, label: str, hint: str, of: str, initial: str) -> TextField:
    return TextField(name=name, label=label, hint=hint, of=of, initial=initial, optional=True, watched=True)


def _preview(wanted: DrawDeployForm, settings: Settings, judged: Judged | None) -> Iterator[Part]:
    if judged is None:
        missing = [
            word.lower()
            for word, chosen in (
                (SERVICE, wanted.service),
                (ENVIRONMENT, wanted.environment),
                (VERSION, wanted.version_wanted),
            )
            if not chosen
        ]
        yield Say((NOT_WHOLE.format(what=" and ".join(missing)),))
        return
    if judged.unclear is not None:
        yield Say(refusal(judged.unclear.sentence, judged.unclear.way_out))
        return
    if judged.so is None:
        yield Say((NOT_JUDGED.format(why=judged.problem),))
        return
    yield Say((Bold(PREVIEW), ": ", *verdicts.summary(judged.verdicts)))
    # What is in the way comes first: the rest may be below the fold of a dialog.
    first = sorted(judged.verdicts, key=lambda one: one.outcome is Outcome.PASS)
    yield Say(_lines(verdicts.lines(first, everything=True)))
    known = settings.services.get(wanted.service)
    if out := going_out.told(judged.so, repository=known is not None and known.repository.there):
        yield Say(_lines(out))


def _lines(lines: list[Words]) -> Words:
    words: Words = ()
    for line in lines:
        words = (*words, "\n", *line) if words else line
    return words


def _said(wanted: DrawDeployForm, settings: Settings) -> str:
    return deployment_said(
        settings,
        wanted.service,
        wanted.version_wanted,
        wanted.environment,
        glass=wanted.glass,
        override="" if wanted.glass else wanted.override,
        removing=wanted.removing,
        when=wanted.when,
    )
