"""How a deployment is looked at once its run has succeeded, and what is watched while it runs: the models."""

from __future__ import annotations

from typing import Self

from pydantic import Field, SecretStr, model_validator

from config.durations import Duration, written
from config.section import HttpUrl, Pattern, Section

ONE_KIND = "must have exactly one of url, job, command and bake"
MOST_CHECKS = 20


class UrlCheck(Section):
    """An address that has to answer well."""

    address: HttpUrl = Field(
        description="What is asked for by GET; Jinja2 as in parameters, behind the host only, its values quoted for a URL."
    )
    status: int = Field(default=200, ge=100, le=599, description="The HTTP status that is a good answer.")
    text: Pattern | None = Field(
        default=None,
        description="Regular expression (RE2) that must match somewhere in the first 64 KiB of the answer.",
    )
    every: Duration = Field(default=10.0, ge=0.05, description="How long it is between two looks.")
    within: Duration = Field(default=5 * 60.0, gt=0, description="By when the first good answer has to come.")
    timeout: Duration = Field(
        default=5.0, gt=0, le=60.0, description="How long one look may take, at most 1m."
    )
    bad_looks: int = Field(
        default=3, ge=1, le=100, description="So many bad answers in a row are a failure while it bakes."
    )
    redirects: int = Field(
        default=0, ge=0, le=5, description="How many redirects are followed, to the same host only."
    )
    private: bool = Field(
        default=False,
        description="The host may have a private or local address; without it only public ones are asked.",
    )
    headers: dict[str, str] = Field(default_factory=dict, description="Headers of the request.")
    secret_headers: dict[str, SecretStr] = Field(
        default_factory=dict, description="Headers whose values are secrets, such as Authorization."
    )


class JobCheck(Section):
    """A job that has to succeed, started once by a key of its own."""

    job: str = Field(min_length=1, description="The job in the words of the environment's driver.")
    server: str = Field(default="", description="The driver's server; left out: the environment's.")
    parameters: dict[str, str] = Field(
        default_factory=dict, description="The job's parameters, as those of the environment."
    )
    within: Duration = Field(default=15 * 60.0, gt=0, description="By when it has to have succeeded.")


class CommandCheck(Section):
    """A command on the server's own machine that has to end with 0."""

    run: list[str] = Field(
        min_length=1,
        description="The program, by its absolute path, and its arguments; no shell. Jinja2 in the arguments.",
    )
    within: Duration = Field(default=5 * 60.0, gt=0, description="How long it may take; then it is killed.")
    env: dict[str, SecretStr] = Field(
        default_factory=dict,
        description="Its environment besides PATH and LANG; it gets nothing of the server's.",
    )


class Check(Section):
    """One thing that is looked at before a deployment counts as good: exactly one of `url`, `job`, `command`, `bake`."""

    name: str = Field(
        default="", max_length=60, description="What people read; left out: made from the check."
    )
    url: UrlCheck | None = Field(default=None, description="An address that must answer well.")
    job: JobCheck | None = Field(default=None, description="A job that must succeed.")
    command: CommandCheck | None = Field(default=None, description="A command that must end with 0.")
    bake: Duration | None = Field(
        default=None,
        gt=0,
        description="How long the addresses have to go on answering well once everything else is good.",
    )

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if [self.url, self.job, self.command, self.bake].count(None) != 3:
            raise ValueError(ONE_KIND)
        return self


class Watchdogs(Section):
    """What is looked for while a deployment runs; whoever asked for it is told once of each."""

    not_started: Duration | None = Field(
        default=10 * 60.0,
        gt=0,
        description="How long after its turn came the run may not have begun; null: not watched.",
    )
    hung: Duration | None = Field(
        default=15 * 60.0,
        gt=0,
        description="How long a run may show nothing new, neither log nor stage; null: not watched.",
    )
    slow: bool = Field(
        default=True,
        description="Longer than 95 of 100 of its own earlier successes, as soon as there are ten.",
    )

    def __str__(self) -> str:
        """In a few words, for a sentence about a difference."""
        times = (("not started", self.not_started), ("hung", self.hung))
        said = [f"{word} after {written(seconds)}" for word, seconds in times if seconds is not None]
        return ", ".join([*said, *(["slow"] if self.slow else [])]) or "nothing"
