"""Is the server there, is it Jenkins, does it know us? And what a job declares, for `pilothouse doctor`."""

from __future__ import annotations

from bot.drivers.jenkins import checks, faults, paths
from bot.drivers.jenkins.answers import Root, WhoAmI
from bot.drivers.jenkins.client import JenkinsClient
from bot.reasons import Reason
from bot.runs import RunTarget

GOING_DOWN = (
    "Jenkins {name} is about to shut down and starts nothing new{why}. What is started waits in its queue."
)
DECLARES = "{name} ({kind}{choices})"
CHECKED = "job “{job}” can be started; its key travels in {key}"


async def ping(client: JenkinsClient) -> None:
    """As `bot.ports.Runs.ping`: asks who we are, which needs no permission, then for the root, which needs Overall/Read."""
    asked = client.asked(paths.WHO_AM_I)
    who = await client.read(WhoAmI, paths.WHO_AM_I)
    if who is None:
        raise asked.never(Reason.PEER_BROKEN, faults.NOT_JENKINS)
    if who.anonymous:
        raise asked.never(Reason.CREDENTIALS_WRONG, faults.ANONYMOUS)
    root = await client.read(Root, paths.ROOT, tree="quietingDown,quietDownReason")
    if root is None:
        raise asked.never(Reason.PEER_BROKEN, faults.NOT_JENKINS)
    if root.quieting_down:
        why = f" ({root.quiet_down_reason})" if root.quiet_down_reason else ""
        raise asked.later(Reason.PEER_RESTARTING, GOING_DOWN, why=why)


async def examine(client: JenkinsClient, target: RunTarget) -> list[str]:
    """What `doctor` prints of a target, a line each. Raises what `check` raises.

    Whether the user has Job/Build and Job/Cancel shows only when they are used: Jenkins has no question for it.
    """
    job = await checks.check(client, target)
    lines = [CHECKED.format(job=job.full_name or target.job, key=client.server.key_parameter)]
    for one in job.definitions:
        kind = one.kind.removesuffix("ParameterDefinition").lower() or "unknown"
        choices = f": {', '.join(one.allowed)}" if one.allowed else ""
        lines.append(DECLARES.format(name=one.name, kind=kind, choices=choices))
    return lines
