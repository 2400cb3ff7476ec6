from __future__ import annotations

import pytest

from bot.events import AboutLane, Asked, DeploymentEnded, DeploymentStarted, FollowRun, StartRun
from bot.ports import Context
from bot.routing import Router


async def handler(_: object, __: Context) -> None:
    pass


async def other(_: object, __: Context) -> None:
    pass


def test_a_command_has_exactly_one_handler():
    router = Router()
    assert router.command(StartRun)(handler) is handler

    with pytest.raises(ValueError, match="StartRun has a handler already: handler"):
        router.command(StartRun)(other)
    assert router.handlers == {StartRun: [handler]}


def test_a_fact_has_any_number_of_handlers_in_the_order_of_their_registration():
    router = Router()
    router.on(DeploymentStarted, DeploymentEnded)(handler)
    router.on(DeploymentEnded)(other)

    assert router.handlers == {DeploymentStarted: [handler], DeploymentEnded: [handler, other]}


def test_commands_and_facts_can_not_be_confused():
    with pytest.raises(TypeError, match=r"DeploymentEnded is a fact: use on\(\)"):
        Router().command(DeploymentEnded)
    with pytest.raises(TypeError, match=r"StartRun is a command: use command\(\)"):
        Router().on(DeploymentEnded, StartRun)


def test_what_is_never_published_can_not_be_handled():
    with pytest.raises(TypeError, match="AboutLane is only what others have in common"):
        Router().on(AboutLane)(handler)
    with pytest.raises(TypeError, match="Asked is only what others have in common"):
        Router().command(Asked)(handler)


def test_routers_are_joined_in_order_and_two_handlers_of_a_command_are_refused():
    first, second, third = Router(), Router(), Router()
    first.on(DeploymentEnded)(handler)
    second.on(DeploymentEnded)(other)
    second.command(StartRun)(handler)
    third.command(StartRun)(other)

    assert Router.of((second, first)).handlers == {DeploymentEnded: [other, handler], StartRun: [handler]}
    assert first.handlers == {DeploymentEnded: [handler]}
    with pytest.raises(ValueError, match="StartRun has a handler already"):
        Router.of((first, second, third))


def test_every_command_of_the_bot_has_its_handler():
    import handlers
    from bot.events import EVENTS, Command

    commands = {kind for kind in EVENTS.values() if issubclass(kind, Command)}

    assert commands - set(handlers.router.handlers) == set()
    assert FollowRun in commands
