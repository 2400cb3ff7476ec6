"""What can be said, as data: `/deploy help` and `docs/commands.md` both come from here."""

from __future__ import annotations

from collections.abc import Collection

from bot.grammar.lock_topics import BAD, LOCKS, QUEUE
from bot.grammar.topic import Form, Need, Topic

__all__ = ["COMMAND", "TOPICS", "Form", "Need", "Topic", "told", "usage"]

COMMAND = "/deploy"
"""As the texts below write it; `told` puts in the configured name."""

DEPLOY = Topic(
    title="Deploy",
    needs="deploy",
    says=(
        "Starts a deployment, or asks for the approvals that the policy wants first. A version that is named like an "
        "environment, or nearly so, is introduced by the word `version`."
    ),
    forms=(
        Form("/deploy <service> [<version>] [to] <environment>", "Deploy a service."),
        Form("/deploy [<version>] [to] <environment>", "The same, in a channel that belongs to the service."),
        Form("/deploy <service> version <version> to <environment>", "The same, leaving nothing to guess."),
        Form("/deploy", "A form to choose in, which says what is in the way."),
    ),
    examples=(
        "/deploy checkout staging",
        "/deploy checkout v1.4.2 to production",
        "/deploy checkout version staging to production",
    ),
)
STATUS = Topic(
    title="Status",
    says=(
        "Shows every service in every environment: version, age, who, how the last run ended, what waits, is locked or lags "
        "behind. A channel that belongs to a service means that service; `all` means every one."
    ),
    forms=(
        Form("/deploy status [<service>] [<environment>]", "What is where."),
        Form("/deploy status all", "Every service, also in a service's channel."),
        Form("/deploy status mine", "What you brought there, asked for or locked."),
        Form("/deploy status like <text>", "What has that in its name, description, version or people."),
    ),
    examples=("/deploy status", "/deploy status checkout production", "/deploy status staging like pay"),
)
CANCEL = Topic(
    title="Cancel",
    says="Stops a deployment that waits or runs. Whoever asked for it, may approve it, or is named by the policy can do that.",
    forms=(
        Form("/deploy cancel", "The only live deployment, or release, of this channel."),
        Form("/deploy cancel #<number>", "By its number, which stands on its card."),
        Form("/deploy cancel <service> <environment>", "By where it goes."),
        Form("/deploy cancel <environment>", "The same, in a channel that belongs to the service."),
    ),
    examples=("/deploy cancel #12", "/deploy cancel checkout production"),
)
BREAK_GLASS = Topic(
    title="Break-glass",
    needs="break_glass",
    says=(
        "Deploys without waiting for approvals, for those whom the policy allows it. The reason is required, "
        "announced and kept in the audit log."
    ),
    forms=(
        Form(
            "/deploy <service> [<version>] [to] <environment> break-glass because <reason>",
            "Also `break glass` and `--break-glass`.",
        ),
    ),
    examples=("/deploy checkout v1.4.1 to production break-glass because the checkout page is down",),
)
HELP = Topic(
    title="Help",
    says=(
        "In threads, where slash commands do not work, and in direct messages say the same to the bot itself: "
        "mention it and leave out the slash."
    ),
    forms=(Form("/deploy help [<topic>]", "More about one topic."),),
    examples=("/deploy help", "/deploy help break-glass"),
)
PLAN = Topic(
    title="Plan and why",
    says=(
        "`plan` says what would happen, and nothing happens: what every gate says, what is going out, and the exact call. "
        "`why` says what is in the way now, who can lift it, and when it can go on at the earliest."
    ),
    forms=(
        Form("/deploy plan <service> [<version>] [to] <environment>", "What would happen."),
        Form("/deploy why [<service>] <environment>", "What is in the way there now."),
    ),
    examples=("/deploy plan checkout 1.4.2 production", "/deploy why checkout production"),
)
SCHEDULES = Topic(
    title="Schedules",
    needs="deploy",
    says=(
        "Plans a deployment for later, in your own time zone. Approval is asked for now; every gate is asked again when the "
        "time has come."
    ),
    forms=(
        Form(
            "/deploy <service> [<version>] [to] <environment> at <time>",
            "Deploy then: `at 14:00`, `tomorrow 9am`, `in 2h`.",
        ),
        Form("/deploy schedules [<service>] [<environment>]", "What is planned."),
    ),
    examples=(
        "/deploy checkout 1.4.2 production at 14:00",
        "/deploy checkout production tomorrow 9am",
        "/deploy checkout staging in 2h",
        "/deploy schedules",
    ),
)
RELEASE = Topic(
    title="Releases",
    needs="deploy",
    says=(
        "Several services together, on one card: each in its order, side by side where nothing needs the other; the first that "
        "fails stops the rest."
    ),
    forms=(
        Form(
            "/deploy release <service>=<version> [<service>=<version> …] to <environment>", "These services."
        ),
        Form("/deploy release <name> [to <environment>]", "One that the configuration names."),
        Form("/deploy plan release …", "What would happen; nothing does."),
    ),
    examples=("/deploy release checkout=1.4.2 payments=v7 to staging",),
)
FREEZES = Topic(
    title="Freezes",
    needs="freeze",
    says=(
        "While something is frozen, deployments to it wait or are refused; rollbacks go on. Times are in your own time zone. "
        "With an extra approval a deployment may go all the same: `override because …`, where the policy or the freeze says who."
    ),
    forms=(
        Form(
            "/deploy freeze [<service>] [<environment>] [until <time>] because <reason>",
            "Freeze a service, an environment, both, or `everything`: `until mon 09:00`, `for 2h`; without a time until it is lifted.",
        ),
        Form(
            "/deploy freeze incident [<service>] [<environment>] [for <time>] because <reason>",
            "The same because of an incident; it always ends, after 4 hours when nothing else is said.",
        ),
        Form("/deploy unfreeze [<service>] [<environment>]", "Lift the freeze of exactly that."),
        Form(
            "/deploy freezes [<service>] [<environment>]",
            "What is frozen now and soon, with buttons to extend and to lift.",
        ),
        Form(
            "/deploy <service> [<version>] [to] <environment> override because <reason>",
            "Deploy in spite of a freeze or a closed window.",
        ),
    ),
    examples=(
        "/deploy freeze production until mon 09:00 because of the migration",
        "/deploy freeze incident checkout production for 2h because payments fail",
        "/deploy unfreeze production",
        "/deploy checkout 1.4.2 production override because the fix is in it",
    ),
)
RELOAD = Topic(
    title="Reload",
    needs="administer",
    says=(
        "Has the configuration read again, for those whom it names as `administrators`. What loosens the policy of a "
        "protected environment waits for the approval of the people who decide there now."
    ),
    forms=(Form("/deploy reload", "Read the configuration again."),),
    examples=("/deploy reload",),
)
PROMOTE = Topic(
    title="Promote",
    says=(
        "Takes exactly what runs in one environment to the next, the same version of the same commit, through every gate. Which "
        "comes after which, the policies say; where that leaves two meanings, say both ends."
    ),
    forms=(
        Form("/deploy promote <service> [from <environment>] [to <environment>]", "What runs there goes on."),
        Form("/deploy plan promote <service> …", "What would happen; nothing does."),
    ),
    examples=(
        "/deploy promote checkout",
        "/deploy promote checkout to production",
        "/deploy promote checkout from staging to production",
    ),
)
ROLLBACK = Topic(
    title="Rollback",
    says=(
        "Goes back to what ran there before: the last good version, or the one that is named. It is exempt from order and "
        "freezes, and goes first. `bad` marks the version that is left, so that nobody deploys it by accident; `lock` locks "
        "the place in your name; both need a reason."
    ),
    forms=(
        Form("/deploy rollback <service> <environment> [to <version>] [because <reason>]", "Go back."),
        Form("/deploy rollback <service> <environment> [bad] [lock] because <reason>", "And mark, and lock."),
        Form("/deploy plan rollback <service> <environment>", "What would happen; nothing does."),
    ),
    examples=(
        "/deploy rollback checkout production",
        "/deploy rollback checkout production to 1.4.1",
        "/deploy rollback checkout production bad lock because it loses orders",
    ),
)
DELEGATIONS = Topic(
    title="Delegations",
    needs="delegate",
    says=(
        "Somebody approves in your place until a day that you name, at most 30 days away. What he approves so counts as yours: "
        "one person, and one right, fills one place. It is announced, and ends sooner when you say so. Where your approval takes "
        "a code, so does this."
    ),
    forms=(
        Form(
            "/deploy delegate [<service>] [<environment>] to @<person> until <time> because <reason>",
            "Let somebody approve in your place; `until friday` is until it begins.",
        ),
        Form("/deploy delegate end [<service>] [<environment>]", "End what you have delegated."),
        Form("/deploy delegations [<service>] [<environment>]", "Who approves in whose place."),
    ),
    examples=(
        "/deploy delegate to @sam until friday because I am away",
        "/deploy delegate checkout production to @sam for 3d because of the fair",
        "/deploy delegate end",
    ),
)
TOTP = Topic(
    title="Authenticators",
    says=(
        "Where the policy asks for it, what decides takes a code of your authenticator app: approving, breaking the glass, and "
        "what would get round these. A stolen Slack session is not enough then. Codes are typed into a dialog, never as words."
    ),
    forms=(
        Form(
            "/deploy totp enrol", "Enrol your app: what it needs comes in a direct message, for ten minutes."
        ),
        Form(
            "/deploy totp reset @<person> because <reason>",
            "Forget somebody's lost app; for administrators.",
            needs="administer",
        ),
    ),
    examples=("/deploy totp enrol",),
)
TOPICS: dict[str, Topic] = {
    "": Topic(
        title="What I can do",
        says="I deploy services and keep one live card for each deployment in its channel.",
        forms=tuple(
            topic.forms[0]
            for topic in (
                DEPLOY,
                PLAN,
                SCHEDULES,
                PROMOTE,
                ROLLBACK,
                RELEASE,
                FREEZES,
                LOCKS,
                BAD,
                QUEUE,
                DELEGATIONS,
                STATUS,
                CANCEL,
                BREAK_GLASS,
                TOTP,
                RELOAD,
                HELP,
            )
        ),
        examples=DEPLOY.examples[:2],
    ),
    "deploy": DEPLOY,
    "status": STATUS,
    "cancel": CANCEL,
    "break-glass": BREAK_GLASS,
    "plan": PLAN,
    "schedules": SCHEDULES,
    "promote": PROMOTE,
    "rollback": ROLLBACK,
    "release": RELEASE,
    "freeze": FREEZES,
    "unfreeze": FREEZES,
    "freezes": FREEZES,
    "lock": LOCKS,
    "unlock": LOCKS,
    "locks": LOCKS,
    "good": BAD,
    "bad": BAD,
    "queue": QUEUE,
    "leave": QUEUE,
    "watch": QUEUE,
    "unwatch": QUEUE,
    "jump": QUEUE,
    "delegate": DELEGATIONS,
    "delegations": DELEGATIONS,
    "totp": TOTP,
    "why": PLAN,
    "reload": RELOAD,
    "help": HELP,
}
"""By the word after help; the empty one is the overview."""


TOPICS_SAID = "Topics: {topics}."


def told(text: str, command: str) -> str:
    """The text with the command as it is named here."""
    return text.replace(COMMAND, command)


def usage(topic: str = "", command: str = COMMAND, *, without: Collection[Need] = ()) -> str:
    """One page of help as plain lines, commands between back-ticks. Raises `KeyError` for an unknown topic.

    `without` is what the reader is allowed nowhere: what needs it is left out, but for a topic that is asked for by name.
    """
    page = TOPICS[topic]
    forms = tuple(form for form in page.forms if form.needs not in without)
    examples, end = page.examples, []
    if not topic:
        of_no_use = {one.forms[0] for one in TOPICS.values() if one.needs in without}
        forms = tuple(form for form in forms if form not in of_no_use)
        examples = () if "deploy" in without else examples
        known = [word for word, one in TOPICS.items() if word and one.needs not in without]
        end = [TOPICS_SAID.format(topics=", ".join(known))]
    lines = [page.title, page.says, *(f"`{form.form}` - {form.says}" for form in forms), *end]
    lines += ["For example:", *(f"`{example}`" for example in examples)] if examples else []
    return told("\n".join(lines), command)
