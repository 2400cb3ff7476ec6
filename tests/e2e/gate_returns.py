"""Which verdicts the gates can make at all, read from their source: (gate, outcome, reason)."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

from bot.gates import GATES, Outcome
from bot.reasons import Reason
from bot.slack.people import SlackPeople
from handlers import authority

Made = tuple[str, Outcome, Reason | None]


def made() -> set[Made]:
    """Every verdict of every gate. Fails for one that can't be read, so that none is left out unseen."""
    found: set[Made] = set()
    for gate in GATES:
        module = inspect.getmodule(gate)
        assert module is not None
        source = Source(inspect.getsource(module))
        verdicts = set(source.verdicts())
        unread = source.reasons - {reason for _, reason in verdicts}
        assert not unread, f"{module.__name__}: in no verdict that can be read: {unread}"
        found |= {(gate.__name__, outcome, reason) for outcome, reason in verdicts}
    return found


def told() -> dict[str, set[Reason]]:
    """The reasons that a gate has from the situation, by the field: what was said when who asked was looked up."""
    return {"not_admitted_as": reasons(authority.admitted) | reasons(SlackPeople.person)}


def reasons(function: Callable[..., Any]) -> set[Reason]:
    return Source(textwrap.dedent(inspect.getsource(function))).reasons


class Source:
    """The source of one module."""

    def __init__(self, text: str) -> None:
        self._tree = ast.parse(text)
        self.reasons = {Reason[name] for node in ast.walk(self._tree) if (name := _of("Reason", node))}

    def verdicts(self) -> Iterator[tuple[Outcome, Reason | None]]:
        for function in ast.walk(self._tree):
            if not isinstance(function, ast.FunctionDef):
                continue
            for call in _calls(function, "Verdict"):
                given = {one.arg: one.value for one in call.keywords}
                outcomes = self._outcomes(given.get("outcome"))
                yield from product(outcomes, self._reasons(given.get("reason"), function))

    def _outcomes(self, node: ast.expr | None) -> set[Outcome]:
        if node is None:
            return {Outcome.PASS}
        if isinstance(node, ast.IfExp):
            return self._outcomes(node.body) | self._outcomes(node.orelse)
        name = _of("Outcome", node)
        assert name, f"no outcome that can be read: {ast.unparse(node)}"
        return {Outcome[name]}

    def _reasons(self, node: ast.expr | None, function: ast.FunctionDef) -> set[Reason | None]:
        """What stands there; for an argument of the function, what it is called with."""
        if node is None:
            return {None}
        if name := _of("Reason", node):
            return {Reason[name]}
        if name := _of("so", node):
            return {*told()[name]}
        assert isinstance(node, ast.Name), f"no reason that can be read: {ast.unparse(node)}"
        place = [one.arg for one in function.args.args].index(node.id)
        found: set[Reason | None] = set()
        for caller in ast.walk(self._tree):
            if isinstance(caller, ast.FunctionDef):
                for call in _calls(caller, function.name):
                    found |= self._reasons(call.args[place], caller)
        return found


def _of(owner: str, node: ast.AST) -> str:
    """`X` of `Owner.X`; "" for anything else."""
    is_it = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == owner
    return node.attr if is_it and isinstance(node, ast.Attribute) else ""


def _calls(function: ast.FunctionDef, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node
