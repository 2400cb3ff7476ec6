"""How differences between configurations are said: values short and without secrets, places as people name them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, SecretBytes, SecretStr
from pydantic.fields import FieldInfo

from config import durations
from config.durations import written
from config.guarded import MASK

LONGEST = 60
LONGEST_IN_SHORT = 120
MOST_NAMED = 3
NOTHING = "none"
SECRET = "changed"  # noqa: S105 - what is said instead of one


def shown(value: Any, field: FieldInfo | None = None) -> str:
    """A value in a few words. Never call it with a secret; `changed` is said of what holds one."""
    if value is None or value in ("", [], {}, ()):
        return NOTHING
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float) and (field is None or is_duration(field)):
        # What is stored has lost its field; of what is stored every number with a point is a length of time.
        return written(value)
    if isinstance(value, Mapping):
        return _short(", ".join(map(str, value)))
    if isinstance(value, list | tuple | set | frozenset):
        return _short(", ".join(map(str, value)))
    return _short(str(value))


def in_short(value: Any) -> str:
    """What was set of it, without secrets, in a few words; "" when there is nothing to say."""
    fields: dict[str, tuple[Any, FieldInfo | None]]
    if isinstance(value, BaseModel):
        kinds = type(value).model_fields
        fields = {
            name: (getattr(value, name), kinds[name]) for name in kinds if name in value.model_fields_set
        }
    elif isinstance(value, Mapping):
        fields = {str(name): (inner, None) for name, inner in value.items()}
    else:
        return "" if holds_secrets(value) else shown(value)
    said = (
        f"{name} {shown(inner, field)}"
        for name, (inner, field) in fields.items()
        if inner not in (None, "", [], {}, MASK) and not holds_secrets(inner)
    )
    return _short(", ".join(said), LONGEST_IN_SHORT)


def is_duration(field: FieldInfo) -> bool:
    """Whether a setting is a length of time, `Duration` or `Duration | None`."""
    kinds = [field, *(inner for option in get_args(field.annotation) for inner in get_args(option)[1:])]
    return any(_reads_durations(one) for kind in kinds for one in getattr(kind, "metadata", [kind]))


def holds_secrets(value: Any) -> bool:
    if isinstance(value, SecretStr | SecretBytes):
        return True
    if isinstance(value, BaseModel):
        return any(holds_secrets(getattr(value, name)) for name in type(value).model_fields)
    if isinstance(value, dict):
        return any(map(holds_secrets, value.values()))
    return isinstance(value, list | tuple) and any(map(holds_secrets, value))


def joined(words: Iterable[str], most: int = MOST_NAMED) -> str:
    """`a`, `a and b`, `a, b and 5 more`."""
    every = list(words)
    named = every if len(every) <= most else [*every[: most - 1], f"{len(every) - most + 1} more"]
    return " and ".join(filter(None, (", ".join(named[:-1]), named[-1]))) if named else ""


def where(places: Sequence[tuple[str, str]], every: Iterable[tuple[str, str]]) -> str:
    """`production of checkout`; `production` alone when it is so for every one of several services that have one."""
    have: dict[str, set[str]] = {}
    for service, environment in every:
        have.setdefault(environment, set()).add(service)
    concerned: dict[str, list[str]] = {}
    for service, environment in places:
        concerned.setdefault(environment, []).append(service)
    return joined(
        environment
        if len(services) > 1 and set(services) == have.get(environment)
        else f"{environment} of {joined(services)}"
        for environment, services in concerned.items()
    )


def _short(text: str, most: int = LONGEST) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _reads_durations(validator: Any) -> bool:
    return getattr(validator, "func", None) is durations.seconds
