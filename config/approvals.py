"""What is tried while approval is waited for, and the second factor that stands behind a click."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr, model_validator

from config.durations import Duration, written
from config.section import Section

NOTHING = "does nothing: say remind, tell or add"


class Rung(Section):
    """What happens when approval is still missing after a while. Several things can happen at once."""

    after: Duration = Field(
        gt=0, description="How long after the question this happens, if it is still open."
    )
    remind: Literal["missing"] | None = Field(
        default=None, description="missing: those whose approval is missing are mentioned once more."
    )
    tell: list[str] = Field(default_factory=list, description="Who else is told that it still waits.")
    add: list[str] = Field(
        default_factory=list,
        description="Who may approve as well from then on, in place of any of those the policy names.",
    )

    @model_validator(mode="after")
    def _does_something(self) -> Rung:
        if not (self.remind or self.tell or self.add):
            raise ValueError(NOTHING)
        return self

    def __str__(self) -> str:
        """In words: `after 25m add directors`."""
        said = [f"remind {self.remind}"] if self.remind else []
        said += [f"{verb} {', '.join(who)}" for verb, who in (("tell", self.tell), ("add", self.add)) if who]
        return f"after {written(self.after)} {' and '.join(said)}"


class StepUp(Section):
    """The second factor of people who decide: codes of an authenticator app (TOTP)."""

    key: SecretStr = Field(
        description="Seals what is kept of people's authenticators; at least 32 random characters. With another key everybody "
        "has to enrol anew.",
    )
