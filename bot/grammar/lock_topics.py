"""Help on locks, on versions that are marked as bad, and on the queue."""

from __future__ import annotations

from bot.grammar.topic import Form, Topic

LOCKS = Topic(
    title="Locks",
    needs="lock",
    says=(
        "Who locks a place deploys there alone, until it is unlocked or the time is over. A scope is a service, an environment, both, "
        "or `everything`; times are in your own time zone. Taking over and lifting another's lock needs a reason, which its owner is told."
    ),
    forms=(
        Form(
            "/deploy lock [<service>] [<environment>] [until <time>] because <reason>",
            "Lock it: `for 2h`, `until tomorrow 9am`; without a time until it is unlocked.",
        ),
        Form(
            "/deploy lock [<service>] [<environment>] only <versions> because <reason>",
            "Let only these versions through, whoever asks: `1.4.x`.",
        ),
        Form(
            "/deploy lock [<service>] [<environment>] warning because <reason>",
            "Hold nobody up, only say so in plans.",
        ),
        Form(
            "/deploy lock [<service>] [<environment>] take over because <reason>",
            "Make another's lock your own.",
        ),
        Form(
            "/deploy unlock [<service>] [<environment>] [because <reason>]",
            "Lift the lock of exactly that; `mine` lifts all of yours.",
        ),
        Form(
            "/deploy locks [<service>] [<environment>]",
            "What is locked, with buttons to extend and to unlock.",
        ),
    ),
    examples=(
        "/deploy lock checkout production for 2h because we move the database",
        "/deploy lock checkout production only 1.4.x because Ana is not done yet",
        "/deploy unlock checkout production",
        "/deploy locks production",
    ),
)
BAD = Topic(
    title="Bad versions",
    needs="lock",
    says="A version that is marked as bad is deployed by nobody, until somebody says that it is good after all.",
    forms=(
        Form("/deploy bad <service> <version> because <reason>", "Mark it."),
        Form("/deploy good <service> <version> [because <reason>]", "Take that back."),
    ),
    examples=("/deploy bad checkout 1.4.2 because it loses orders", "/deploy good checkout 1.4.2"),
)
QUEUE = Topic(
    title="Queue",
    says=(
        "One deployment runs at a time in each place; the others wait in order, and a newer one takes the place of an older one of its "
        "kind. Whoever asks to go first needs a yes from those who approve there, or else from those who may lock there."
    ),
    forms=(
        Form(
            "/deploy queue [<service>] [<environment>]", "Who waits where, and when it is expected to start."
        ),
        Form("/deploy leave [#<number>]", "Take back what has not started."),
        Form("/deploy watch <service> <environment>", "Be told once, in a direct message, when it is free."),
        Form("/deploy unwatch <service> <environment>", "Don't be told after all."),
        Form("/deploy jump #<number> because <reason>", "Ask that it goes first."),
    ),
    examples=(
        "/deploy queue checkout production",
        "/deploy watch checkout production",
        "/deploy jump #12 because customers can't pay",
    ),
)
