"""How many of whom have to approve: `2 of sre`, `1 of [sre, owners]`."""

from __future__ import annotations

import re

from pydantic import Field, model_validator

from config.section import Section

CLAUSE_PATTERN = r"^\s*([0-9]{1,4})\s+of\s+(?:\[([^\[\]]*)\]|([^\[\],\s]+))\s*$"
_CLAUSE = re.compile(CLAUSE_PATTERN)
_CLAUSE_FORM = 'write a clause as "2 of sre", "1 of U012AB3CD" or "1 of [sre, owners]"'


class Clause(Section):
    """So many of these people: `2 of sre`, `1 of [sre, owners]`."""

    count: int = Field(ge=1, description="How many of them must approve.")
    of: list[str] = Field(min_length=1, description="Who may: everyone, groups, user ids, user group ids.")

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        found = _CLAUSE.fullmatch(value)
        names = [name.strip() for name in (found[2] or found[3] or "").split(",")] if found else []
        if found is None or not all(names):
            raise ValueError(_CLAUSE_FORM)
        return {"count": int(found[1]), "of": names}

    def __str__(self) -> str:
        """As it is written in the file."""
        of = self.of[0] if len(self.of) == 1 else f"[{', '.join(self.of)}]"
        return f"{self.count} of {of}"
