"""The configuration file, read once and checked whole: settings, or every fault at once.

    text ── document (YAML, lines, references) ── validation (models) ── checks (across) ── Settings
                                   └───────────── faults ─────────────┘

`from_environment` is the one place that reads the process's environment.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

from pydantic import BaseModel

from config import references
from config.checks import problems_of
from config.checks.declared import Declared
from config.document import Document, Unreadable, read
from config.faults import ConfigurationFaults, Fault, Problem, dotted
from config.faults import Path as Place
from config.models import Settings
from config.shape import secrets_in
from config.validation import validate

PATH_VARIABLE = "PILOTHOUSE_CONFIG"
USUAL_PATH = "pilothouse.yaml"

LITERAL_SECRET = "is a secret, and secrets do not belong in this file: put it in the environment or a file"  # noqa: S105
SECRET_FORMS = "${NAME}, ${file:/path}"  # noqa: S105 - how one is referred to, not one


def from_environment(path: str | Path | None, drivers: Mapping[str, type[BaseModel]]) -> Settings:
    """The settings under the process's own environment; without a path, `PILOTHOUSE_CONFIG` names the file."""
    environ = dict(os.environ)
    return load(path or environ.get(PATH_VARIABLE) or USUAL_PATH, environ=environ, drivers=drivers)


def passed_on(names: Iterable[str]) -> dict[str, str]:
    """What of the process's own environment a program that we run may have: those of these names that are set."""
    return {name: os.environ[name] for name in names if name in os.environ}


def load(path: str | Path, *, environ: Mapping[str, str], drivers: Mapping[str, type[BaseModel]]) -> Settings:
    """Read and check the file. `drivers` maps each driver's name to the model of its section.

    Raises `ConfigurationFaults` with everything that is wrong with it.
    """
    file = Path(path)
    resolve = partial(references.resolve, environ=environ, read=references.reader(file.parent))
    try:
        document = read(_text(file), resolve)
    except Unreadable as error:
        line, column = error.mark
        raise ConfigurationFaults(
            [Fault(file=str(path), line=line, column=column, path="", problem=error.sentence)]
        ) from error
    settings, problems = _check(document, drivers)
    faults = [_fault(str(path), document, problem) for problem in problems]
    faults += [
        Fault(file=str(path), line=line, column=column, path=dotted(place), problem=sentence)
        for place, (line, column), sentence in document.problems
    ]
    if faults or settings is None:
        raise ConfigurationFaults(faults)
    elsewhere = (place for place, written in document.texts.items() if references.refers(written))
    return settings.with_values_from_elsewhere(elsewhere)


def _check(
    document: Document, drivers: Mapping[str, type[BaseModel]]
) -> tuple[Settings | None, list[Problem]]:
    settings, problems = validate(document.data, drivers)
    problems += _literal_secrets(document, drivers)
    unread = {place for place, _, _ in document.problems}
    faulty = unread | {problem.path for problem in problems}
    if settings is not None:
        across = problems_of(settings, Declared.by(document.data, settings, faulty))
        problems += [problem for problem in across if not _within(problem.path, faulty)]
    return settings, _once(problem for problem in problems if problem.path not in unread)


def _within(path: Place, faulty: Collection[Place]) -> bool:
    """A place inside a faulty one has no say of its own: it is not there, or not as it is written."""
    return any(path[:length] in faulty for length in range(1, len(path)))


def _literal_secrets(document: Document, drivers: Mapping[str, type[BaseModel]]) -> Iterator[Problem]:
    places: list[Place] = list(secrets_in(Settings, document.data))
    sections = document.data.get("drivers")
    if isinstance(sections, Mapping):
        for name in sections.keys() & drivers.keys():
            places += secrets_in(drivers[name], sections[name], ("drivers", name))
    for place in places:
        if place in document.texts and not references.keeps_a_secret(document.texts[place]):
            yield Problem(path=place, problem=LITERAL_SECRET, allowed=SECRET_FORMS)


def _once(problems: Iterable[Problem]) -> list[Problem]:
    """One problem for one place: the first said is the nearest to the cause."""
    said: dict[Place, Problem] = {}
    for problem in problems:
        said.setdefault(problem.path, problem)
    return list(said.values())


def _fault(file: str, document: Document, problem: Problem) -> Fault:
    line, column = document.mark(problem.path, key=problem.key)
    place = dotted(problem.path)
    return Fault(
        file=file, line=line, column=column, path=place, problem=problem.problem, allowed=problem.allowed
    )


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Unreadable("is not UTF-8 text") from error
