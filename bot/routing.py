"""Which handler takes which event: one for a command, any number for a fact."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

from bot.events import Command, Event, Fact
from bot.ports import Context

E = TypeVar("E", bound=Event)
Handler = Callable[[Any, Context], Awaitable[None]]


class Router:
    """The handlers of one capability; `Router.of` joins them to the index of everything the bot does."""

    def __init__(self) -> None:
        self.handlers: dict[type[Event], list[Handler]] = {}

    def command(
        self, kind: type[E]
    ) -> Callable[[Callable[[E, Context], Awaitable[None]]], Callable[[E, Context], Awaitable[None]]]:
        """`@router.command(Deploy)`: this is the one handler of that command.

        Raises `TypeError` when it is a fact, `ValueError` when it has a handler.
        """
        if not issubclass(kind, Command):
            raise TypeError(f"{kind.__name__} is a fact: use on()")

        def register(
            handler: Callable[[E, Context], Awaitable[None]],
        ) -> Callable[[E, Context], Awaitable[None]]:
            self._add(kind, handler)
            return handler

        return register

    def on(
        self, *kinds: type[E]
    ) -> Callable[[Callable[[E, Context], Awaitable[None]]], Callable[[E, Context], Awaitable[None]]]:
        """`@router.on(DeploymentEnded)`: one of the handlers of that fact, or of several.

        Raises `TypeError` when one is a command.
        """
        for kind in kinds:
            if not issubclass(kind, Fact):
                raise TypeError(f"{kind.__name__} is a command: use command()")

        def register(
            handler: Callable[[E, Context], Awaitable[None]],
        ) -> Callable[[E, Context], Awaitable[None]]:
            for kind in kinds:
                self._add(kind, handler)
            return handler

        return register

    @classmethod
    def of(cls, routers: Iterable[Router]) -> Router:
        """All the handlers of several routers, in order. Raises `ValueError` for a command with two."""
        joined = cls()
        for router in routers:
            for kind, handlers in router.handlers.items():
                for handler in handlers:
                    joined._add(kind, handler)
        return joined

    def _add(self, kind: type[Event], handler: Handler) -> None:
        if kind.__subclasses__():
            raise TypeError(f"{kind.__name__} is only what others have in common: nothing publishes it")
        known = self.handlers.setdefault(kind, [])
        if issubclass(kind, Command) and known:
            raise ValueError(f"{kind.__name__} has a handler already: {known[0].__qualname__}")
        known.append(handler)
