"""What people say, besides "deploy this there": the whole deploy model, at random, each as a person would type it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

from tests.chaos.town import FAILS, NEEDS, SERVICES, TAGS, VERSIONED

ENVIRONMENTS = ("staging", "production")

Saying = Callable[[random.Random], str]


def version_of(service: str, rng: random.Random) -> str:
    if service == VERSIONED:
        return rng.choice(TAGS)
    return f"{rng.choice(('1.', '2.', FAILS))}{rng.randrange(100)}.{rng.randrange(100)}"


def deploys(rng: random.Random, service: str = "", environment: str = "") -> str:
    """With what it takes to go over another's commits, and now and then over a freeze."""
    service = service or rng.choice(SERVICES)
    words = ["deploy", service, version_of(service, rng), environment or rng.choice(ENVIRONMENTS)]
    words += ["removing"] if service == VERSIONED else []
    words += ["override because it has to be"] if rng.random() < 0.1 else []
    return " ".join(words)


def plans(rng: random.Random) -> str:
    words = deploys(rng).partition(" override")[0]
    return f"{words} in {rng.randint(1, 4)}s"


def locks(rng: random.Random) -> str:
    words = ["lock", _scope(rng)]
    words += [f"only {rng.choice(('1.*', '2.*'))}"] if rng.random() < 0.2 else []
    words += ["warning"] if rng.random() < 0.2 else []
    words += [f"for {rng.randint(2, 5)}s"] if rng.random() < 0.8 else []
    words += ["take over"] if rng.random() < 0.35 else []
    return " ".join([*words, "because of the storm"])


def unlocks(rng: random.Random) -> str:
    if rng.random() < 0.2:
        return "unlock mine"
    return " ".join(["unlock", _scope(rng), *(["because it is over"] if rng.random() < 0.7 else [])])


def freezes(rng: random.Random) -> str:
    words = ["freeze", *(["incident"] if rng.random() < 0.2 else []), _scope(rng)]
    words += [f"for {rng.randint(2, 4)}s"] if rng.random() < 0.85 else []
    return " ".join([*words, "because of the sale"])


def unfreezes(rng: random.Random) -> str:
    return f"unfreeze {_scope(rng)}"


def promotes(rng: random.Random) -> str:
    service = rng.choice((VERSIONED, VERSIONED, "search", *SERVICES))
    ends = "" if service == "search" and rng.random() < 0.5 else " from staging to production"
    return f"promote {service}{ends}{' removing' if service == VERSIONED else ''}"


def rolls_back(rng: random.Random) -> str:
    words = ["rollback", rng.choice(SERVICES), rng.choice(ENVIRONMENTS)]
    words += [one for one in ("bad", "lock") if rng.random() < 0.3]
    return " ".join([*words, "because it is broken"])


def releases(rng: random.Random) -> str:
    """Of the two that need each other, or of any two or three."""
    chosen = NEEDS if rng.random() < 0.5 else rng.sample(SERVICES, rng.choice((2, 3)))
    parts = [f"{service}={version_of(service, rng)}" for service in chosen]
    removing = ["removing"] if VERSIONED in chosen else []
    return " ".join(["release", *parts, "to", rng.choice(ENVIRONMENTS), *removing])


def watches(rng: random.Random) -> str:
    return f"{rng.choice(('watch', 'watch', 'unwatch'))} {_place(rng)}"


def marks(rng: random.Random) -> str:
    service = rng.choice([one for one in SERVICES if one != VERSIONED])
    word, why = rng.choice((("bad", " because it is slow"), ("good", "")))
    return f"{word} {service} {rng.choice(('1.0.0', '1.1.1'))}{why}"


def looks(rng: random.Random) -> str:
    return rng.choice(
        ("locks", "freezes", "schedules", f"queue {_place(rng)}", f"why {_place(rng)}", "status", "help")
    )


SAYINGS: tuple[tuple[Saying, int], ...] = (
    (plans, 5),
    (locks, 5),
    (unlocks, 3),
    (freezes, 3),
    (unfreezes, 2),
    (promotes, 5),
    (rolls_back, 4),
    (releases, 4),
    (watches, 4),
    (marks, 1),
    (looks, 1),
)
"""With how often each is said."""

SHORT = frozenset(
    {"lock", "unlock", "locks", "freeze", "unfreeze", "freezes", "promote", "rollback", "release"}
)
"""Those that are slash commands of their own as well."""


BAIT: Mapping[str, Saying] = {
    **dict.fromkeys(("announced lock", "said lock"), locks),
    **dict.fromkeys(("announced freeze", "said freeze"), freezes),
    **dict.fromkeys(("release card", "said release"), releases),
    **dict.fromkeys(("free to watch", "said watch"), watches),
    "said unlock": unlocks,
    "said unfreeze": unfreezes,
    "said promote": promotes,
    "said rollback": rolls_back,
}
"""What somebody says so that a trap of that name may spring."""

QUIET = (locks, unlocks, freezes, unfreezes, watches)
"""Those that make no card, which Slack's rates let the server draw only slowly."""


def something(rng: random.Random, *, quietly: bool = False) -> tuple[str, str]:
    """What kind of saying it is, and a whole slash command; `quietly` when there are cards enough."""
    sayings = [one for one in SAYINGS if not quietly or one[0] in QUIET]
    return spoken(rng.choices([one for one, _ in sayings], [weight for _, weight in sayings])[0], rng)


def spoken(saying: Saying, rng: random.Random) -> tuple[str, str]:
    """The same of one kind."""
    words = saying(rng)
    first = words.split()[0]
    command = first == "deploy" or (first in SHORT and rng.random() < 0.5)
    return (saying.__name__, f"/{words}" if command else f"/deploy {words}")


def _place(rng: random.Random) -> str:
    return f"{rng.choice(SERVICES)} {rng.choice(ENVIRONMENTS)}"


def _scope(rng: random.Random) -> str:
    """Mostly one place: what covers more holds up everybody."""
    chance = rng.random()
    if chance < 0.75:
        return _place(rng)
    if chance < 0.97:
        return rng.choice((*SERVICES, *ENVIRONMENTS))
    return "everything"
