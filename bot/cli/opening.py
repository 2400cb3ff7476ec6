"""What most commands begin with: the configuration, the database, and what to say when either is not there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from bot.drivers import settings_by_driver
from bot.journal import Journal
from bot.reader import Reader
from bot.redaction import Redactor, secrets_of
from bot.store import Store
from bot.writer import Writer
from config.faults import ConfigurationFaults
from config.loader import from_environment
from config.models import Settings

T = TypeVar("T")

NO_DATABASE = (
    "There is no database at {path}. Name another with --database, or start the server once: pilothouse run"
)
NO_CONFIGURATION = (
    "{faults}\n\nTo look into a database without a configuration, name it: --database pilothouse.db"
)


class Trouble(click.ClickException):
    """One sentence and the way out, on standard error; the command ends with 2."""

    exit_code = 2


def options(*wanted: Callable[[T], T]) -> Callable[[T], T]:
    """Several option decorators as one, in the order in which `--help` shows them."""

    def decorate(command: T) -> T:
        for one in reversed(wanted):
            command = one(command)
        return command

    return decorate


config_option = click.option(
    "--config",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The configuration. Otherwise PILOTHOUSE_CONFIG names it, else it is pilothouse.yaml.",
)
database_option = click.option(
    "--database",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The database, without reading a configuration.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="For programs: JSON instead of a table.")
database_options = options(database_option, config_option)


def settings(config: Path | None) -> Settings:
    """Raises `ConfigurationFaults`, which says every fault with its line."""
    return from_environment(config, settings_by_driver())


def redactor(config: Path | None) -> Redactor:
    """What takes secrets out of answers: the configured ones too, where a configuration can be read."""
    try:
        return Redactor(secrets_of(settings(config)))
    except ConfigurationFaults:
        return Redactor()


def database_path(database: Path | None, config: Path | None) -> Path:
    """Where the database is, which has to be there. Raises `Trouble`."""
    if database is None:
        try:
            database = Path(settings(config).store.path)
        except ConfigurationFaults as faults:
            raise Trouble(NO_CONFIGURATION.format(faults=faults)) from faults
    if not database.is_file():
        raise Trouble(NO_DATABASE.format(path=database))
    return database


@dataclass(frozen=True, kw_only=True)
class Records:
    """A database, opened to read, while a server may be writing it."""

    path: Path
    journal: Journal
    store: Store


@asynccontextmanager
async def records(path: Path) -> AsyncIterator[Records]:
    async with Reader(path) as reader:
        # Never entered, so it never writes: the server's writer stays the only one.
        yield Records(path=path, journal=Journal(Writer(path), reader), store=Store(reader))


def reading(path: Path, ask: Callable[[Records], Coroutine[Any, Any, T]]) -> T:
    """Open, ask, close."""

    async def asked() -> T:
        async with records(path) as opened:
            return await ask(opened)

    return asyncio.run(asked())
