"""The index of everything that can be typed after `pilothouse`, and what happens when it can't be done."""

from __future__ import annotations

import sqlite3
from typing import Any

import click

from bot.cli.audit import audit
from bot.cli.backup import backup_command
from bot.cli.configuration import config
from bot.cli.deployments import deployments, trace
from bot.cli.doctor import doctor
from bot.cli.journal import journal
from bot.cli.opening import Trouble
from bot.cli.policy import policy
from bot.cli.serving import run, sandbox
from bot.cli.setting_up import check_config, manifest_command, schema_command, version_command
from bot.errors import Failure
from bot.writer import DatabaseUnusable
from config.faults import ConfigurationFaults

EPILOG = """\
Try it:         pilothouse sandbox\n
Set it up:      pilothouse check-config, then manifest, then doctor, then run
"""
NOT_OURS = "The database can't be used: {problem}. Is it Pilothouse's, and may this user read it?"
FAULTS = "The configuration can't be used:\n{faults}"
REFUSED = "{sentence} `pilothouse doctor` checks everything that is needed."

COMMANDS = (
    run,
    sandbox,
    deployments,
    trace,
    journal,
    audit,
    backup_command,
    check_config,
    config,
    policy,
    schema_command,
    manifest_command,
    doctor,
    version_command,
)


class _InOrder(click.Group):
    """Commands in the order of the list above, and one sentence for whatever they can't help."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ConfigurationFaults as faults:
            raise Trouble(FAULTS.format(faults=faults)) from faults
        except DatabaseUnusable as problem:
            raise Trouble(str(problem)) from problem
        except Failure as failure:
            raise Trouble(REFUSED.format(sentence=failure.sentence)) from failure
        except sqlite3.Error as problem:
            raise Trouble(NOT_OURS.format(problem=problem)) from problem
        except BrokenPipeError:
            raise  # click ends quietly when the reader has gone
        except OSError as problem:
            sentence = str(problem.strerror or problem)
            raise Trouble(f"{problem.filename}: {sentence}" if problem.filename else sentence) from problem


@click.group(cls=_InOrder, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
def pilothouse() -> None:
    """Steers builds and deployments from Slack.

    Every command explains itself: pilothouse journal --help
    """


for command in COMMANDS:
    pilothouse.add_command(command)


def main() -> None:
    pilothouse.main(prog_name="pilothouse")
