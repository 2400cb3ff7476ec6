"""A strict stand-in for Slack: real HTTP and WebSockets, Slack's rules, Slack's errors."""

from __future__ import annotations

from bot.sandbox.slack.delivery.over_http import NotVerified
from bot.sandbox.slack.faults import Fault
from bot.sandbox.slack.harbour import harbour
from bot.sandbox.slack.people.faces import NotPossible
from bot.sandbox.slack.rates import Rates
from bot.sandbox.slack.server import SlackStandIn
from bot.sandbox.slack.world import App, Channel, Command, Group, Person, Team, World

__all__ = [
    "App",
    "Channel",
    "Command",
    "Fault",
    "Group",
    "NotPossible",
    "NotVerified",
    "Person",
    "Rates",
    "SlackStandIn",
    "Team",
    "World",
    "harbour",
]
