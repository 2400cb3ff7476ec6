"""Everything that can be set, as frozen models: field names are the words of the YAML file.

A model knows the form of its own values. What concerns several values at once (does this group exist? can this
clause be met?) is checked by `config.checks`, so that all faults come together, each with its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PrivateAttr,
    SecretStr,
    Tag,
    ValidationInfo,
    field_validator,
)

from config.approvals import Rung, StepUp
from config.clauses import CLAUSE_PATTERN, Clause
from config.commands import SLASH_COMMANDS, Command
from config.durations import Duration
from config.freezes import CalendarSource, PlannedFreeze, Window
from config.locks import Locks
from config.releases import ReleaseManifest
from config.section import HttpUrl, Pattern, Section
from config.sources import BuildVersions, GitHub, Repositories, Repository, Versions
from config.verifying import MOST_CHECKS, Check, Watchdogs
from config.versions import DEFAULT_VERSION_PATTERN

__all__ = ("CLAUSE_PATTERN", "CalendarSource", "Clause", "PlannedFreeze", "Section", "Window")
"""What is written in files of its own and belongs here all the same; everything below can be imported as well."""

EVERYONE = "everyone"
DEFAULT_POLICY = "default"
OPEN_POLICY = "open"
"""The name of no policy at all (everyone deploys, nobody is asked); where there are policies, it has to be said."""

_USER = re.compile(r"[UW][A-Z0-9]{2,}")
_CHAT_GROUP = re.compile(r"S[A-Z0-9]{2,}")


def is_user(who: str) -> bool:
    """A Slack user id, `U…` or `W…`."""
    return bool(_USER.fullmatch(who))


def is_chat_group(who: str) -> bool:
    """The id of one of Slack's own user groups, `S…`."""
    return bool(_CHAT_GROUP.fullmatch(who))


def _form_of(commands: object) -> str:
    """Which of the two ways of writing `slack.commands` it is, whatever stands in it."""
    return "list" if isinstance(commands, list) else "names"


Commands = Annotated[
    Annotated[list[Command], Tag("list")] | Annotated[dict[Command, str], Tag("names")],
    Discriminator(_form_of),
]


class Server(Section):
    """Where the server listens and how it stops."""

    host: str = Field(default="127.0.0.1", min_length=1, description="Address to listen on; 0.0.0.0 for all.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port to listen on; 0 takes any free one.")
    public_url: HttpUrl | None = Field(
        default=None,
        description="Address under which Slack reaches this server over HTTPS; used by the app manifest.",
    )
    stop_within: Duration = Field(
        default=20.0,
        description="How long a graceful stop may take before what still runs is named and left.",
    )
    log_format: Literal["json", "text"] = Field(
        default="json", description="json for machines, text for people; both go to standard output."
    )


class Store(Section):
    """Where the journal, the deployments and the audit log are kept."""

    path: str = Field(
        default="pilothouse.db",
        min_length=1,
        description="SQLite database; relative to the working directory.",
    )
    keep_messages: Duration = Field(
        default=14 * 86_400.0,
        gt=0,
        description="How long done messages are kept, at least 2h. Deployments and the audit log are kept for ever.",
    )


class Following(Section):
    """How often a run is looked at: politely, and more often when it is about to change."""

    at_least: Duration = Field(default=1.0, gt=0, description="Shortest time between two looks at one run.")
    at_most: Duration = Field(default=10.0, gt=0, description="Longest time between two looks at one run.")


class Reloading(Section):
    """How a changed configuration comes into force while the server runs, and at its next start."""

    guard: bool = Field(
        default=True,
        description="What loosens the policy of a protected environment waits for the approval of the people who decide there now.",
    )
    approve_within: Duration = Field(
        default=86_400.0, gt=0, description="How long such a change waits for approval."
    )


class Slack(Section):
    """The workspace, the app's credentials and the command's name."""

    transport: Literal["http", "socket"] = Field(
        default="http",
        description="http: Slack calls this server; socket: this server calls Slack (Socket Mode).",
    )
    bot_token: SecretStr = Field(description="The app's bot token, xoxb-….")
    app_token: SecretStr | None = Field(
        default=None, description="The app-level token, xapp-…; required for socket."
    )
    signing_secret: SecretStr | None = Field(
        default=None, description="Verifies Slack's requests; required for http."
    )
    api_url: HttpUrl = Field(default="https://slack.com/api/", description="Where Slack's Web API is.")
    workspaces: list[str] = Field(
        default_factory=list,
        description="Ids (T…) of the workspaces served; empty: only the bot token's own.",
    )
    allow_guests: list[str] = Field(
        default_factory=list, description="User ids of guests who may speak to the bot all the same."
    )
    allow_strangers: list[str] = Field(
        default_factory=list,
        description="User or workspace ids of other organisations, met in shared channels, who may speak to the bot.",
    )
    app_name: str = Field(
        default="pilothouse",
        min_length=1,
        max_length=35,
        description="The app's name and its @name in Slack.",
    )
    commands: Commands = Field(
        default_factory=lambda: list(SLASH_COMMANDS),
        description="The slash commands that exist; as a mapping, with the name of each, where another app owns the usual one.",
    )
    command_prefix: str = Field(
        default="", description="Put before the names of all slash commands: ph- makes /deploy /ph-deploy."
    )
    announce_channel: str | None = Field(
        default=None,
        description="Channel (C… or #name) for break-glass announcements and messages about operations. Needed as soon as "
        "a policy has `break_glass`.",
    )
    update_interval: Duration = Field(default=2.0, description="Least time between two edits of one card.")
    groups_fresh_for: Duration = Field(
        default=60.0, gt=0, description="How long the members of a user group are remembered."
    )
    request_timeout: Duration = Field(default=10.0, gt=0, description="How long one call to Slack may take.")

    def command(self, name: Command = "deploy") -> str:
        """The slash command as people type it, `/deploy` or `/ph-deploy`."""
        named = self.commands.get(name, name) if isinstance(self.commands, dict) else name
        return "/" + self.command_prefix + named.removeprefix("/")

    def slash_commands(self) -> dict[str, Command]:
        """Those that exist, as people type them."""
        return {self.command(name): name for name in self.commands}


class Policy(Section):
    """Who may deploy, who must approve, and for how long all of them have time."""

    deploy: list[str] = Field(default_factory=lambda: [EVERYONE], description="Who may ask for a deployment.")
    approve: list[Clause] = Field(
        default_factory=list,
        description="Who must approve: every clause must be met; empty: nobody is asked.",
    )
    expires: Duration = Field(default=30 * 60.0, gt=0, description="How long approval is waited for.")
    remind: Duration | None = Field(
        default=10 * 60.0,
        description="When the approvers are reminded, once, after they were asked; null: never.",
    )
    ladder: list[Rung] = Field(
        default_factory=list,
        description="What is tried while approval is missing, in order of time; with a reminder of its own it replaces `remind`.",
    )
    carry_over: Duration = Field(
        default=0.0,
        description="How long an approval also counts when exactly the same is asked for again; 0s: never.",
    )
    step_up: Literal["totp"] | None = Field(
        default=None,
        description="totp: who lets something go on there (approving, breaking the glass) also gives a code of his authenticator app.",
    )
    step_up_deploy: bool = Field(
        default=False,
        description="Where nobody has to approve, who asks confirms it with such a code.",
    )
    four_eyes: bool = Field(default=True, description="Who asked cannot approve.")
    break_glass: list[str] = Field(
        default_factory=list,
        description="Who may deploy without approval, with a reason, announced and audited.",
    )
    windows: dict[str, Window] = Field(
        default_factory=dict,
        description="Weekly times, by name, outside all of which nothing starts; none: any time will do.",
    )
    freeze: list[str] = Field(
        default_factory=list, description="Who may freeze, and lift a freeze; empty: who may deploy."
    )
    override: list[Clause] | None = Field(
        default=None,
        min_length=1,
        description="Who must approve as well for going in spite of a freeze or a closed window; null: nobody can, but by "
        "breaking the glass.",
    )
    cancel: list[str] = Field(
        default_factory=list, description="Who may cancel, besides who asked and who may approve."
    )
    after: list[str] = Field(
        default_factory=list,
        description="Environments in which the same version must have succeeded before. Those a service does not have are passed over.",
    )
    bake: Duration = Field(
        default=0.0, description="How long it must have run there since then before it may go on."
    )
    rollback_approve: list[Clause] | None = Field(
        default=None,
        description="Who must approve a rollback instead; null: the same as for deploying; empty: nobody is asked.",
    )
    auto_rollback: Literal["never", "ask", "run"] = Field(
        default="never",
        description="What becomes of a place where a run, or its verification, failed: a rollback is asked for, or runs without "
        "approval.",
    )
    lock: list[str] = Field(
        default_factory=list,
        description="Who may lock and unlock, besides the owner of a lock; empty: who may deploy.",
    )
    lock_on_failure: bool = Field(
        default=False, description="A failed deployment locks the place, until somebody has looked at it."
    )
    wait_at_most: Duration = Field(
        default=4 * 3600.0,
        gt=0,
        description="How long an accepted deployment waits in the queue for a lock, a freeze or its turn. What is known to "
        "take longer is refused at once, with the command that plans it.",
    )
    supersede: bool = Field(
        default=True,
        description="What is queued takes the place of an older one of its kind that still waits in the queue.",
    )
    missed: Literal["ask", "run"] = Field(
        default="ask",
        description="What becomes of a planned deployment whose time passed while the server was down, or its machine slept: somebody is asked, or it runs.",
    )
    late: Duration = Field(
        default=5 * 60.0, description="How late a planned deployment may start without anybody being asked."
    )
    start_within: Duration = Field(
        default=15 * 60.0,
        gt=0,
        description="How long an unreachable driver is waited for before the deployment is given up.",
    )
    soak: Duration = Field(
        default=0.0, description="How long somebody should watch what was deployed; 0s: nobody is asked to."
    )
    soak_remind: Duration | None = Field(
        default=5 * 60.0,
        gt=0,
        description="When who asked is reminded, once, that nobody watches it yet; null: never.",
    )
    watch: Watchdogs = Field(
        default=Watchdogs(), description="What is told about runs that do not go as usual."
    )

    @property
    def reminder(self) -> float | None:
        """When `remind` reminds: never where the ladder does so itself."""
        return None if any(rung.remind for rung in self.ladder) else self.remind


class ServiceEnvironment(Section):
    """What runs when a service is deployed to an environment."""

    driver: str = Field(default="", description="The driver; may be left out when exactly one is configured.")
    server: str = Field(
        default="", description="The driver's server; may be left out when it has exactly one."
    )
    job: str = Field(min_length=1, description="The job in the words of the driver, with its folders.")
    parameters: dict[str, str] = Field(
        default_factory=dict,
        description="The job's parameters; Jinja2 over service, environment, version, deployment, number, requester, requester_id, digest.",
    )
    policy: str | None = Field(
        default=None,
        description="Name of the policy, or open for none; left out: the one named like the environment, else default.",
    )
    aliases: list[str] = Field(
        default_factory=list, description="Other words for the environment, such as prod."
    )
    verify: list[Check] = Field(
        default_factory=list,
        max_length=MOST_CHECKS,
        description="What has to be good after the run before the deployment counts as good.",
    )


class Service(Section):
    """Something that is deployed."""

    description: str = Field(default="", description="One line, shown by help.")
    aliases: list[str] = Field(default_factory=list, description="Other words for the service.")
    channel: str | None = Field(
        default=None,
        description="Channel (C… or #name) where its cards go; left out: where the command was given.",
    )
    channels: list[str] = Field(
        default_factory=list,
        description="Channels (C… or #name) that belong to it: the command there needs no service.",
    )
    default_version: str | None = Field(default=None, description="The version when none is named.")
    version_pattern: Pattern = Field(
        default=DEFAULT_VERSION_PATTERN,
        description="Regular expression (RE2) that the whole of a version, of at most 128 characters, must match.",
    )
    needs: list[str] = Field(
        default_factory=list,
        description="Services that have to be there first when they are part of the same release.",
    )
    promote: list[str] = Field(
        default_factory=list,
        description="Its environments in the order in which /promote goes, where no policy says so under after; nothing is held to it.",
    )
    repository: Repository = Field(
        default=Repository(),
        description="Its git repository: what is going out, and tags and branches to choose.",
    )
    versions: Versions = Field(default=Versions(), description="Where its versions come from.")
    environments: dict[str, ServiceEnvironment] = Field(
        default_factory=dict, description="Where it can be deployed, by name."
    )


class Who(BaseModel):
    """Who-references, resolved: `users` (U…, W…) and `chat_groups` (S…) are ids."""

    model_config = ConfigDict(frozen=True)

    everyone: bool = False
    users: frozenset[str] = frozenset()
    chat_groups: frozenset[str] = frozenset()


def who_in(references: Sequence[str], groups: Mapping[str, Sequence[str]]) -> Who:
    """Resolve who-references by these groups."""
    members = [member for who in references for member in groups.get(who, [who])]
    return Who(
        everyone=EVERYONE in members,
        users=frozenset(filter(is_user, members)),
        chat_groups=frozenset(filter(is_chat_group, members)),
    )


class Settings(Section):
    """The whole file. `drivers` is read before `services`, which may leave the driver and its server out."""

    server: Server = Field(default=Server(), description="Where the server listens and how it stops.")
    store: Store = Field(default=Store(), description="Where everything is kept.")
    following: Following = Field(default=Following(), description="How often a run is looked at.")
    locks: Locks = Field(default=Locks(), description="When owners are reminded of their locks.")
    slack: Slack = Field(description="The workspace and the app's credentials.")
    configuration: Reloading = Field(
        default=Reloading(), description="How a changed configuration comes into force."
    )
    administrators: list[str] = Field(
        default_factory=list,
        description="Who may have this file read again by a command in Slack, and reset people's authenticators: groups, user ids, user group ids.",
    )
    step_up: StepUp | None = Field(
        default=None, description="The second factor; needed as soon as a policy has `step_up`."
    )
    groups: dict[str, list[str]] = Field(
        default_factory=dict, description="Names for sets of people: user ids (U…) and user group ids (S…)."
    )
    policies: dict[str, Policy] = Field(default_factory=dict, description="Who may do what, by name.")
    drivers: dict[str, Any] = Field(default_factory=dict, description="Settings of each driver, by its name.")
    repositories: Repositories = Field(
        default=Repositories(), description="Where copies of the services' repositories are kept."
    )
    github: GitHub = Field(
        default=GitHub(), description="GitHub's API, for the services whose repository names `github`."
    )
    services: dict[str, Service] = Field(default_factory=dict, description="What can be deployed, by name.")
    releases: dict[str, ReleaseManifest] = Field(
        default_factory=dict, description="Services that go together, by the name of the release."
    )
    freezes: dict[str, PlannedFreeze] = Field(
        default_factory=dict, description="Times in which nothing starts, once or again and again, by name."
    )
    calendars: dict[str, CalendarSource] = Field(
        default_factory=dict, description="iCalendar files and addresses whose events are freezes, by name."
    )

    _elsewhere: frozenset[tuple[str | int, ...]] = PrivateAttr(default=frozenset())

    def with_values_from_elsewhere(self, paths: Iterable[tuple[str | int, ...]]) -> Settings:
        """The same; `paths` are those whose value is of the environment or a file, where secrets are."""
        again = self.model_copy()
        again._elsewhere = frozenset(paths)  # noqa: SLF001 - it is its own
        return again

    def from_elsewhere(self, *path: str | int) -> bool:
        """Whether the value there is to be kept to oneself."""
        return path in self._elsewhere

    @field_validator("services", mode="after")
    @classmethod
    def _name_the_obvious(cls, services: dict[str, Service], info: ValidationInfo) -> dict[str, Service]:
        drivers: Mapping[str, Any] = info.data.get("drivers", {})
        return {name: _complete(service, drivers) for name, service in services.items()}

    def policy_for(self, service: str, environment: str) -> tuple[str, Policy]:
        """The policy that holds there, with its name. Raises `KeyError` for a place that is not configured."""
        named = self.services[service].environments[environment].policy
        if named == OPEN_POLICY:
            return OPEN_POLICY, Policy()
        for name in (named, environment, DEFAULT_POLICY):
            if name is not None and name in self.policies:
                return name, self.policies[name]
        return OPEN_POLICY, Policy()

    def service_of_channel(self, channel_id: str, channel_name: str = "") -> str | None:
        """The service that the channel belongs to. `channel_name` with or without its #."""
        names = {channel_id, f"#{channel_name.removeprefix('#')}"} - {"", "#"}
        return next((name for name, service in self.services.items() if names & set(service.channels)), None)

    def who(self, references: Sequence[str]) -> Who:
        """Resolve who-references: groups of this file become their members, ids stay."""
        return who_in(references, self.groups)


def servers_of(driver: Any) -> list[str] | None:
    """The names of a driver's configured servers, `None` for a kind of driver that has no such choice."""
    servers = driver.get("servers") if isinstance(driver, Mapping) else getattr(driver, "servers", None)
    return list(servers) if isinstance(servers, Mapping) else None


def _complete(service: Service, drivers: Mapping[str, Any]) -> Service:
    environments = {
        name: environment.model_copy(update=_obvious(environment, drivers))
        for name, environment in service.environments.items()
    }
    versions, builds = service.versions, service.versions.builds
    if builds.there:
        found = builds.model_copy(update=_obvious(builds, drivers))
        versions = versions.model_copy(update={"builds": found})
    return service.model_copy(update={"environments": environments, "versions": versions})


def _obvious(environment: ServiceEnvironment | BuildVersions, drivers: Mapping[str, Any]) -> dict[str, str]:
    driver = environment.driver or (next(iter(drivers)) if len(drivers) == 1 else "")
    servers = servers_of(drivers.get(driver)) or []
    return {"driver": driver, "server": environment.server or (servers[0] if len(servers) == 1 else "")}
