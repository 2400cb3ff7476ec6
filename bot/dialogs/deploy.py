"""The form of a deployment, which `/deploy` alone opens: it says what every gate thinks of what stands in it."""

from __future__ import annotations

from bot.dialogs.kind import Answered, DialogKind, Looking, Opening, WrongAnswers
from bot.errors import Refused
from bot.events import Deploy
from bot.events.surface import DrawDeployForm
from bot.grammar.saying import deployment_said
from bot.grammar.starts import said_as_time, start_of
from bot.pages import YES, Answers, Dialog, Say
from config.models import Settings
from config.versions import fits

NAME = "deploy"
SERVICE, ENVIRONMENT, VERSION = "service", "environment", "version"
OVERRIDE, REMOVING, GLASS = "override", "removing", "glass"
WHEN = "when"

TITLE = "Deploy"
ONE_MOMENT = "One moment…"
WHICH_SERVICE = "Choose a service."
WHERE_TO = "Choose where {service} is to go."
WHICH_VERSION = "Choose a version of {service}."
NO_VERSION = "{version} is not a version that {service} takes."
SAID = "(form) {command}"


def hangs_on(*words: str) -> str:
    """What a field of the form is about: under another service, place or version it is empty again."""
    return "/".join(words)[:200]


def first(opening: Opening, _settings: Settings) -> Dialog:
    """What stands there until the past was looked up."""
    return Dialog(kind=NAME, title=TITLE, parts=(Say((ONE_MOMENT,)),), carried=opening.carried)


def look(looking: Looking, _settings: Settings) -> DrawDeployForm:
    answers = looking.answers
    service = answers[SERVICE]
    environment, version = answers.under(ENVIRONMENT, service), answers.under(VERSION, service)
    override, glass, removing = reasons(answers, service, environment, version)
    return DrawDeployForm(
        by=looking.by,
        place=looking.carried.place,
        view=looking.view,
        opened=looking.opened,
        service_here=looking.service_here,
        service=service,
        environment=environment,
        environment_before=answers[ENVIRONMENT],
        version_wanted=version,
        override=override,
        removing=removing,
        glass=glass,
        when=said_as_time(answers[WHEN]),
    )


def reasons(answers: Answers, service: str, environment: str, version: str) -> tuple[str, str, bool]:
    """Why it goes in spite of a freeze and without approval, on one line each; and whether taking away is meant."""
    place = hangs_on(service, environment)
    override, glass = (" ".join(answers.under(name, place).split()) for name in (OVERRIDE, GLASS))
    removing = answers.under(REMOVING, hangs_on(service, environment, version)) == YES
    return "" if glass else override, glass, removing


def read(answered: Answered, settings: Settings) -> Deploy:
    """The very command that the words would be."""
    answers = answered.answers
    known = settings.services.get(answers[SERVICE])
    if known is None:
        raise WrongAnswers({SERVICE: WHICH_SERVICE})
    service = answers[SERVICE]
    environment = answers.under(ENVIRONMENT, service)
    if environment not in known.environments:
        raise WrongAnswers({ENVIRONMENT: WHERE_TO.format(service=service)})
    version = answers.under(VERSION, service) or known.default_version or ""
    if not version:
        raise WrongAnswers({VERSION: WHICH_VERSION.format(service=service)})
    if not fits(known.version_pattern, version):
        raise WrongAnswers({VERSION: NO_VERSION.format(version=version, service=service)})
    override, glass, removing = reasons(answers, service, environment, version)
    when = _when(answered, glass)
    said = deployment_said(
        settings, service, version, environment, glass=glass, override=override, removing=removing, when=when
    )
    return Deploy(
        by=answered.by,
        place=answered.carried.place,
        text=SAID.format(command=said),
        service=service,
        environment=environment,
        version_wanted=version,
        break_glass=glass,
        override=override,
        removing=removing,
        when=when,
    )


def _when(answered: Answered, glass: str) -> str:
    """When it is to start, in the words of the command. Raises `WrongAnswers` in those that refuse it there.

    Whoever handles it reads it again, so nothing is lost where the form does not know whose time it is.
    """
    when, timezone = said_as_time(answered.answers[WHEN]), answered.carried.timezone
    if timezone:
        try:
            start_of(when, now=answered.at, timezone=timezone, glass=glass)
        except Refused as no:
            sentence = f"{no.sentence} {no.way_out}".strip().replace("`", "")
            raise WrongAnswers({WHEN: sentence}) from no
    return when


DEPLOY = DialogKind(name=NAME, first=first, read=read, look=look, command="deploy")
