"""Job parameters from their templates: pure, sandboxed, bounded."""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import TemplateError

from bot.errors import Refused
from bot.reasons import Reason
from config.templates import BadTemplate, TooLong, bounded, compiled

FAILED = "The template of the parameter {name} {problem}."
WAY_OUT = "Its template stands in the configuration; `pilothouse check-config` says more."


def render(parameters: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """Each parameter's value. `values` holds a text for each of `config.templates.NAMES`.

    Raises `Refused(template_failed)`, which names the parameter.
    """
    return {name: _value(name, template, values) for name, template in parameters.items()}


def _value(name: str, template: str, values: Mapping[str, str]) -> str:
    try:
        return bounded(compiled(template).render(values))
    except (BadTemplate, TooLong) as error:
        raise _refused(name, str(error)) from error
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        raise _refused(name, f"cannot be rendered: {error}") from error


def _refused(name: str, problem: str) -> Refused:
    return Refused(Reason.TEMPLATE_FAILED, FAILED.format(name=name, problem=problem), way_out=WAY_OUT)
