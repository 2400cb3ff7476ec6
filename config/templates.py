"""The small part of Jinja2 that job parameters may use: expressions and `if`, in the sandbox, within bounds.

What is not on the lists below is refused when the configuration is read, so that rendering takes no loops, no
calls and no arithmetic, and its effort grows only with the length of the template and of the values.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from config.faults import listed, suggestion

NAMES = ("service", "environment", "version", "deployment", "number", "requester", "requester_id", "digest")
"""What a template may name; all values are text. `deployment` is the id, `number` the one people say (12).

`requester` is the name that a person chose for himself, which may be anything; `requester_id` is who it was.
"""

LONGEST_TEMPLATE = 2_000
LONGEST_VALUE = 10_000
DEEPEST = 50

ALLOWED_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If, nodes.CondExpr,
    nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Concat, nodes.Filter, nodes.Getitem,
    nodes.Slice, nodes.Neg,
)  # fmt: skip
IN_WORDS = "{{ expressions }} and {% if %}"


class TooLong(ValueError):  # noqa: N818 - the word of the house
    """A value outgrew `LONGEST_VALUE` on its way."""


class BadTemplate(ValueError):  # noqa: N818 - the word of the house
    """The template is not one that may be rendered; `allowed` names what is."""

    def __init__(self, sentence: str, allowed: str = "") -> None:
        super().__init__(sentence)
        self.allowed = allowed


def bounded(text: str) -> str:
    """The text itself. Raises `TooLong`."""
    if len(text) > LONGEST_VALUE:
        raise TooLong(f"grows beyond {LONGEST_VALUE} characters")
    return text


def _replace(value: str, old: str, new: str) -> str:
    bounded(" " * min(str(value).count(str(old)) * len(str(new)), LONGEST_VALUE + 1))
    return bounded(str(value).replace(str(old), str(new)))


FILTERS: dict[str, Callable[..., str]] = {
    "default": lambda value, other="": str(value) or str(other),
    "lower": lambda value: bounded(str(value).lower()),
    "removeprefix": lambda value, prefix: str(value).removeprefix(str(prefix)),
    "removesuffix": lambda value, suffix: str(value).removesuffix(str(suffix)),
    "replace": _replace,
    "trim": lambda value: str(value).strip(),
    "upper": lambda value: bounded(str(value).upper()),
    "urlencode": lambda value: bounded(quote(str(value), safe="")),
}


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
    environment.filters = dict(FILTERS)
    environment.globals = {}
    environment.tests = {}
    return environment


_ENVIRONMENT = _environment()


@lru_cache(maxsize=1_000)
def compiled(text: str, names: tuple[str, ...] = NAMES) -> Template:
    """The template, ready to render with a text for each of `names`. Raises `BadTemplate`."""
    if len(text) > LONGEST_TEMPLATE:
        raise BadTemplate(f"is a template of more than {LONGEST_TEMPLATE} characters")
    try:
        _check(_ENVIRONMENT.parse(text), names)
        return _ENVIRONMENT.from_string(text)
    except TemplateError as error:
        raise BadTemplate(f"is no template: {error.message}") from error
    except (RecursionError, SyntaxError, MemoryError) as error:
        raise BadTemplate("is a template that is nested too deep") from error


@lru_cache(maxsize=1_000)
def names_in(text: str) -> frozenset[str]:
    """What the template names. Raises `BadTemplate` for what is no template."""
    try:
        return frozenset(node.name for node in _ENVIRONMENT.parse(text).find_all(nodes.Name))
    except (TemplateError, RecursionError) as error:
        raise BadTemplate(f"is no template: {error}") from error


def only_shows(text: str, names: Collection[str]) -> bool:
    """Whether a template does no more with these names than put them into its text, perhaps through a filter.

    Then two results that differ in nothing else differ only in what was shown. False for whatever is not sure.
    """
    try:
        return all(_shows(node, names) for node in _ENVIRONMENT.parse(text).body)
    except (TemplateError, RecursionError):
        return False


def _shows(node: nodes.Node, names: Collection[str]) -> bool:
    match node:
        case nodes.Name():
            return True
        case nodes.Output() | nodes.Concat():
            return all(_shows(one, names) for one in node.nodes)
        case nodes.If():
            inside = [*node.body, *node.elif_, *node.else_]
            return not _mentions(node.test, names) and all(_shows(one, names) for one in inside)
        case nodes.CondExpr():
            inside = [node.expr1, *([node.expr2] if node.expr2 else [])]
            return not _mentions(node.test, names) and all(_shows(one, names) for one in inside)
        case nodes.Filter(node=inner) if inner is not None:
            given = [*node.args, *(one.value for one in node.kwargs)]
            return _shows(inner, names) and not any(_mentions(one, names) for one in given)
        case _:
            return not _mentions(node, names)


def _mentions(node: nodes.Node, names: Collection[str]) -> bool:
    found = [node] if isinstance(node, nodes.Name) else list(node.find_all(nodes.Name))
    return any(one.name in names for one in found)


def _check(tree: nodes.Template, names: tuple[str, ...]) -> None:
    level: list[nodes.Node] = [tree]
    for _ in range(DEEPEST):
        for node in level:
            _check_node(node, names)
        level = [child for node in level for child in node.iter_child_nodes()]
    if level:
        raise BadTemplate("is a template that is nested too deep")


def _check_node(node: Any, names: tuple[str, ...]) -> None:
    if not isinstance(node, ALLOWED_NODES):
        raise BadTemplate(f"uses {type(node).__name__.lower()}, which a parameter may not", IN_WORDS)
    if isinstance(node, nodes.Getitem) and not _is_position(node.arg):
        raise BadTemplate("uses [] with something other than a position", "[0], [-1], [1:]")
    if isinstance(node, nodes.Name) and node.name not in names:
        raise BadTemplate(f'names "{node.name}"{suggestion(node.name, names)}', ", ".join(names))
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        raise BadTemplate(
            f'uses the filter "{node.name}"{suggestion(node.name, list(FILTERS))}', listed(FILTERS)
        )


def _is_position(arg: nodes.Node) -> bool:
    if isinstance(arg, nodes.Neg):
        arg = arg.node
    return isinstance(arg, nodes.Slice) or (isinstance(arg, nodes.Const) and isinstance(arg.value, int))
