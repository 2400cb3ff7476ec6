"""Harbour: the workspace of the sandbox. A developer, two SREs, a service owner, a guest, a stranger, and the bot."""

from __future__ import annotations

from bot.sandbox.slack.world import App, Channel, Command, Group, Person, Team, World, commands, ids

DEFAULT_COMMANDS = (
    (
        "/deploy",
        "Deploy a service; alone it opens a form",
        "<service> [<version>] [to] <environment> | status | cancel | help",
    ),
    ("/lock", "Keep deployments out for a while", "<service> <environment> [for 2h] because <reason>"),
    ("/unlock", "Let deployments in again", "<service> <environment>"),
    ("/locks", "See what is locked, by whom, until when", "[<service>] [<environment>]"),
    (
        "/freeze",
        "Stop all deployments to an environment for a while",
        "<environment> until mon 09:00 because <reason>",
    ),
    ("/unfreeze", "End a freeze", "<environment>"),
    ("/freezes", "See what is frozen, until when, and why", "[<service>] [<environment>]"),
    (
        "/promote",
        "Take what runs in one environment to the next, unchanged",
        "<service> [to <environment>]",
    ),
    (
        "/rollback",
        "Go back to the last good version, or to a named one",
        "<service> <environment> [to <version>]",
    ),
    ("/release", "Deploy several services together, in order", "<service>=<version> … to <environment>"),
    ("/pilothouse", "Help, and what concerns the bot itself", "help | status | reload"),
)
"""What an app has that was set up by the usual manifest; `harbour` takes others."""

DANA = "U0DANA0001"
SAM = "U0SAM00002"
SOFIA = "U0SOFIA003"
OLU = "U0OLU00004"
GUS = "U0GUS00005"
STELLA = "U0STELLA06"
BOT = "U0PILOT007"

OUR_TEAM = "T0HARBOUR1"
OTHER_TEAM = "T0SEASIDE2"


def harbour(slash_commands: list[Command] | None = None) -> World:
    """A fresh Harbour. The secrets are for the loopback only, the same each time, so that runs can be repeated."""
    everybody = _people()
    insiders = ids([p for p in everybody if not p.guest and not p.team])
    return World(
        team=Team(id=OUR_TEAM, name="Harbour", domain="harbour"),
        app=_app(slash_commands if slash_commands is not None else commands(*DEFAULT_COMMANDS)),
        people=everybody,
        channels=[
            _channel("C0DEPLOYS1", "deployments", "What goes out, and who let it", [*insiders, GUS]),
            _channel(
                "C0CHECKOUT", "checkout", "The checkout service, and Seaside who helps", [*insiders, STELLA]
            ),
            _channel("C0PAYMENTS", "payments", "The payments service", insiders),
            _channel("C0RANDOM04", "random", "Everything else", [p for p in [*insiders, GUS] if p != BOT]),
            *(_direct(person) for person in everybody if person.id != BOT and not person.team),
        ],
        groups=[
            Group(id="S0SRE00001", handle="sre", name="Site reliability", users=[SAM, SOFIA]),
            Group(id="S0OWNERS02", handle="owners", name="Service owners", users=[OLU]),
        ],
    )


def _people() -> list[Person]:
    return [
        Person(
            id=DANA,
            name="dana",
            real_name="Dana Diaz",
            title="Developer, checkout",
            email="dana@harbour.example",
            colour="#2f7d6d",
            emoji="🦊",
        ),
        Person(
            id=SAM,
            name="sam",
            real_name="Sam Sato",
            title="Site reliability",
            email="sam@harbour.example",
            timezone="Asia/Tokyo",
            colour="#3f5fa8",
            emoji="🐻",
        ),
        Person(
            id=SOFIA,
            name="sofia",
            real_name="Sofia Silva",
            title="Site reliability",
            email="sofia@harbour.example",
            timezone="America/Sao_Paulo",
            colour="#9a4f88",
            emoji="🦉",
        ),
        Person(
            id=OLU,
            name="olu",
            real_name="Olu Okafor",
            title="Owner of checkout",
            email="olu@harbour.example",
            timezone="Africa/Lagos",
            colour="#b0632a",
            emoji="🦁",
        ),
        Person(
            id=GUS,
            name="gus",
            real_name="Gus Grant",
            title="Guest without rights",
            email="gus@visitor.example",
            guest="multi_channel",
            colour="#6b6f76",
            emoji="🐢",
        ),
        Person(
            id=STELLA,
            name="stella",
            real_name="Stella Stone",
            title="From another organisation",
            email="stella@seaside.example",
            team=OTHER_TEAM,
            timezone="America/New_York",
            colour="#7a5fc0",
            emoji="🦋",
        ),
        Person(id=BOT, name="pilothouse", real_name="Pilothouse", is_bot=True, colour="#14324a", emoji="🛳️"),
    ]


def _app(slash_commands: list[Command]) -> App:
    return App(
        id="A0PILOT001",
        name="Pilothouse",
        bot_id="B0PILOT001",
        bot_user=BOT,
        bot_token="xoxb-sandbox-bot-token",  # noqa: S106 - opens nothing but this stand-in
        app_token="xapp-1-sandbox-app-token",  # noqa: S106 - likewise
        signing_secret="sandbox-signing-secret",  # noqa: S106 - likewise
        verification_token="sandbox-verification-token",  # noqa: S106 - likewise
        client_id="1000.2000",
        client_secret="sandbox-client-secret",  # noqa: S106 - likewise
        commands=slash_commands,
    )


def _channel(channel: str, name: str, topic: str, members: list[str]) -> Channel:
    return Channel(id=channel, name=name, topic=topic, members=list(members), shared=STELLA in members)


def _direct(person: Person) -> Channel:
    return Channel(id="D" + person.id[1:], name="", kind="im", user=person.id, members=[person.id, BOT])
