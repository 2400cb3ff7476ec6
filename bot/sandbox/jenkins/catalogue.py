"""The jobs of the sandbox's Jenkins, one of each kind, with the parameters that a deployment gives."""

from __future__ import annotations

from bot.sandbox.jenkins.jobs import Ask, Folder, Job, Parameter, Past, Result, Stage, Values

KEY = Parameter(name="PILOTHOUSE_KEY", description="Set by Pilothouse, so that a deployment starts once")
SERVICE = Parameter(name="SERVICE", default="checkout")
VERSION = Parameter(name="VERSION", default="1.0.0", description="Version to deploy")
ENVIRONMENT = Parameter(name="ENVIRONMENT", kind="Choice", choices=("staging", "production"))
DRY_RUN = Parameter(name="DRY_RUN", kind="Boolean", default="false")

ASKED = (SERVICE, VERSION, ENVIRONMENT, DRY_RUN, KEY)

STEPS = (
    "Deploying $SERVICE $VERSION to $ENVIRONMENT",
    *(f"step {n} of 5" for n in range(1, 6)),
    "done — żółć",
)
FAILS = (
    "Deploying $SERVICE $VERSION to $ENVIRONMENT",
    "migrating",
    'ERROR: relation "orders" does not exist',
)


def _broken_versions_fail(values: Values) -> Result:
    """`broken` in a version is enough; `broken-in-staging` fails there alone."""
    _, broken, where = str(values.get("VERSION", "")).partition("broken")
    elsewhere = where.startswith("-in-") and not where.endswith(str(values.get("ENVIRONMENT", "")))
    return "FAILURE" if broken and not elsewhere else "SUCCESS"


DAY = 86_400.0
BUILT = {
    "checkout": ("1.4.0", "1.4.1", "1.4.2", "hotfix-rounding", "1.4.3", "1.5.0", "1.6.0"),
    "payments": ("2.0.0", "2.0.1", "hold-refunds", "2.1.0", "2.2.0"),
}
RED = frozenset({"1.6.0", "2.2.0"})
"""What was built, and the builds of it that failed: these versions nobody can deploy."""


def _past(versions: tuple[str, ...]) -> tuple[Past, ...]:
    return tuple(
        Past(
            values={"VERSION": one},
            result="FAILURE" if one in RED else "SUCCESS",
            ago=DAY * (len(versions) - n),
        )
        for n, one in enumerate(versions)
    )


FOLDERS = (Folder(name="multi", multibranch=True),)

JOBS = (
    Job(name="deploy", parameters=ASKED, seconds=6, lines=STEPS, result=_broken_versions_fail),
    Job(name="deploy-slow", parameters=ASKED, seconds=60, lines=tuple(f"tick {n}" for n in range(1, 61))),
    Job(name="deploy-failing", parameters=ASKED, seconds=4, lines=FAILS, result="FAILURE"),
    Job(
        name="deploy-unstable",
        parameters=ASKED,
        seconds=4,
        lines=(*STEPS, "2 checks are shaky"),
        result="UNSTABLE",
    ),
    Job(
        name="release",
        parameters=ASKED,
        stages=(
            Stage(name="Build", seconds=3, lines=("building $VERSION",)),
            Stage(name="Test", seconds=3, lines=("213 passed",)),
            Stage(name="Deploy", seconds=4, lines=("deploying to $ENVIRONMENT",)),
            Stage(name="Verify", seconds=2, lines=("healthy",)),
        ),
    ),
    Job(
        name="release-gated",
        parameters=ASKED,
        stages=(
            Stage(name="Build", seconds=3, lines=("building $VERSION",)),
            Stage(
                name="Approve",
                seconds=0,
                ask=Ask(id="Approve-deploy", message="Deploy $VERSION to $ENVIRONMENT?", proceed="Deploy it"),
            ),
            Stage(name="Deploy", seconds=4, lines=("deploying",)),
        ),
    ),
    *(
        Job(
            name=f"build-{service}",
            description=f"Builds {service}; the versions that it built can be deployed",
            parameters=(VERSION, KEY),
            seconds=5,
            lines=("building $VERSION", "213 passed"),
            result=_broken_versions_fail,
            past=_past(versions),
        )
        for service, versions in BUILT.items()
    ),
    Job(name="switched-off", parameters=ASKED, disabled=True),
    Job(name="team-a/sub team/release job", parameters=ASKED, seconds=3, lines=STEPS),
    Job(
        name="multi/main",
        parameters=ASKED,
        stages=(Stage(name="Deploy", seconds=3, lines=("deploying $VERSION",)),),
    ),
    Job(
        name="multi/feature%2Fnew-thing",
        parameters=ASKED,
        stages=(Stage(name="Deploy", seconds=3, lines=("deploying $VERSION",)),),
    ),
)
