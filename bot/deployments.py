"""What is known of a deployment: one frozen value, stored whole, changed only in its lane."""

from __future__ import annotations

import hashlib

import msgspec

from bot.audit import ENGINE
from bot.earlier import Earlier, GoingBack, TakenBack
from bot.events import lane
from bot.kinds import Kind
from bot.lifecycle import State
from bot.outgoing import Outgoing, TakenAway
from bot.people import Person, Place
from bot.reasons import Reason
from bot.runs import RunInput, RunRef, RunTarget, Stage
from bot.soak import Soak
from bot.verification import Verification


class Clause(msgspec.Struct, frozen=True, kw_only=True):
    """`count` different people of any of these groups or ids have to approve."""

    count: int
    of: tuple[str, ...]


class Vote(msgspec.Struct, frozen=True, kw_only=True):
    """One approval: who, of which workspace, when, and which of the clauses' groups and ids counted for him then.

    `on_behalf` is whose right it was, when it was not his own, by which `delegation`. `comment` is what he said with it,
    `coded` that he gave a code of his authenticator. `carried` is the number of the deployment that it was given to.
    """

    by: str
    name: str
    at: float
    belongs: tuple[str, ...]
    team: str = ""
    on_behalf: str = ""
    on_behalf_name: str = ""
    delegation: str = ""
    comment: str = ""
    coded: bool = False
    carried: int = 0

    @property
    def right(self) -> str:
        """Whose right it is that counts."""
        return self.on_behalf or self.by


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """What happens `after` so many seconds without approval: reminding, telling others, and adding people who may approve.

    `climbed_at` is when that happened, 0 while it has not.
    """

    after: float
    remind: bool = False
    tell: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    climbed_at: float = 0.0


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked of people. `fingerprint` holds, by name, every part of what would run if they say yes.

    `clauses` are those that count now: with whom the rungs of the `ladder` have added. `step_up` asks everybody for a code.
    `likeness` is equal for what may take over approvals from one another, "" for what may not (`handlers/carry_over.py`).
    """

    request: str
    clauses: tuple[Clause, ...]
    four_eyes: bool
    fingerprint: dict[str, str]
    asked_at: float
    expires_at: float
    votes: tuple[Vote, ...] = ()
    ladder: tuple[Rung, ...] = ()
    step_up: bool = False
    likeness: str = ""


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """Break-glass: who, when, why."""

    by: str
    at: float
    why: str
    team: str = ""


class PassedFreeze(msgspec.Struct, frozen=True, kw_only=True):
    """A freeze that an override is for, as those who approve it are told. `id` is that of `bot.gates.situation.FreezeNow`.

    `until` is its end; 0 for one that has none, and for what people declared, who may move its end.
    """

    id: str
    what: str
    reason: str = ""
    until: float = 0.0


class Jump(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody asked that a deployment goes first. `request` names the question; `by` and `name` are who asked, `why` says why.

    `decided_by` is who said yes or no, empty while nobody has.
    """

    request: str
    by: str
    name: str
    at: float
    why: str
    team: str = ""
    decided_by: str = ""
    allowed: bool = False


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a service on its way to an environment.

    `number` is for people (#12), `id` is opaque. `replaces` is the version that ran before. `waits` says why a
    deployment that is not ended isn't going on, with its reason code, `waits_until` when that ends at the earliest.
    `digest` is what the version is, when that is known; `override` why it may pass a freeze, `passes` the freezes that this is for; `removing` says that who asked
    knows which live commits it takes away, and `takes_away` which these are; `outgoing` is what it brings and takes away; `extra` has to approve besides those the policy names. `not_before` is when it is planned for, `came_at` when it was first
    seen in the queue that this time had come, `late_ok` that somebody said to start it though that time passed unseen. `release` is the one that it is a part of. `promotes` is what it takes on from
    another environment, `rolls_back` what it goes back from, `taken_back` the rollback that goes back from it, and `back_next` is true from the failure
    until it is decided whether it is rolled back by itself. `locked` says that its
    failure locked the place, and still does. `queue_place` is its place in the queue, 1 for the next, 0 while that is not known; `jump`
    whether it is to go first, and `jumped_at` since when it does. `voided` are the changes that voided the last
    approval. `maybe_started` is true once a request to start may have reached the peer without an answer, and
    `start_asked_at` when it was first its turn; `follows` is when what ran there before ended, which its own end is later than, however
    the clock is set. `run_ended_at` is when its run ended; what was looked at since then is in
    `verification`, who watches it afterwards in `soak`. A run of more than `slow_after` seconds is slow, 0 when not known.
    Times are epoch seconds, 0 when not yet.
    """

    id: str
    number: int = 0
    revision: int = 0
    service: str
    environment: str
    version: str
    replaces: str = ""
    kind: Kind = Kind.DEPLOY
    digest: str = ""
    override: str = ""
    passes: tuple[PassedFreeze, ...] = ()
    removing: bool = False
    takes_away: TakenAway | None = None
    outgoing: Outgoing | None = None
    extra: tuple[Clause, ...] = ()
    not_before: float = 0.0
    came_at: float = 0.0
    late_ok: bool = False
    release: str = ""
    promotes: Earlier | None = None
    rolls_back: GoingBack | None = None
    taken_back: TakenBack | None = None
    back_next: bool = False
    locked: bool = False
    queue_place: int = 0
    jump: Jump | None = None
    jumped_at: float = 0.0
    requester: Person
    place: Place
    channel: str
    target: RunTarget
    policy: str
    state: State = State.REQUESTED
    reason: Reason | None = None
    sentence: str = ""
    waits: Reason | None = None
    waits_for: str = ""
    waits_until: float = 0.0
    requested_at: float
    queued_at: float = 0.0
    start_asked_at: float = 0.0
    follows: float = 0.0
    started_at: float = 0.0
    run_ended_at: float = 0.0
    ended_at: float = 0.0
    expected_seconds: float = 0.0
    slow_after: float = 0.0
    approval: Approval | None = None
    voided: tuple[str, ...] = ()
    broken: Broken | None = None
    cancelled_by: str = ""
    cancelled_at: float = 0.0
    rejected_by: str = ""
    ref: RunRef | None = None
    stages: tuple[Stage, ...] = ()
    input: RunInput | None = None
    log_tail: tuple[str, ...] = ()
    maybe_started: bool = False
    verification: Verification | None = None
    soak: Soak | None = None

    @property
    def took(self) -> float:
        """How long its run took, in seconds, without what was looked at afterwards; 0 while that is not known."""
        end = self.run_ended_at or self.ended_at
        return end - self.started_at if end and self.started_at else 0.0

    @property
    def lane(self) -> str:
        return lane(self.service, self.environment)

    @property
    def told(self) -> str:
        """Who hears what becomes of it: who asked, or who asked for what the engine itself rolls back."""
        if self.requester.id == ENGINE and self.rolls_back is not None:
            return self.rolls_back.requester
        return self.requester.id

    @property
    def peer_away(self) -> bool:
        """Whether it waits for a driver that can't be used."""
        usual = (None, Reason.RUNNER_BUSY, Reason.INPUT_NEEDED)
        return self.state.holds_lane and self.waits not in usual

    @property
    def key(self) -> str:
        """The key by which its run is started, once."""
        return f"pilothouse-{self.id}"


class Brief(msgspec.Struct, frozen=True, kw_only=True):
    """What an overview needs of a deployment; of the stored whole, nothing else is read."""

    id: str
    number: int = 0
    service: str
    environment: str
    version: str
    digest: str = ""
    requester: Person
    state: State = State.REQUESTED
    reason: Reason | None = None
    sentence: str = ""
    requested_at: float
    ended_at: float = 0.0
    verification: Verification | None = None
    soak: Soak | None = None

    @property
    def lane(self) -> str:
        return lane(self.service, self.environment)


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What following a run needs to remember; belongs to the messages of run/<deployment>.

    `offset` is how far the log was read, `tail` its last lines, `seen` a digest of what was last told of it.
    `number_seen` is true once the peer has given the run a number. `moved_at` is when it last showed anything new, and
    `sign` a digest of what that was. `looked_at` is when it was looked at last, and `looks_since` since when that was done
    without a gap: a server that was down has seen nothing, whether there was anything or not.
    """

    deployment: str
    key: str
    revision: int = 0
    ref: RunRef | None = None
    number_seen: bool = False
    offset: int = 0
    tail: tuple[str, ...] = ()
    seen: str = ""
    moved_at: float = 0.0
    sign: str = ""
    looked_at: float = 0.0
    looks_since: float = 0.0


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """A message of ours in the chat, by key. `ts` is empty between the intent and the answer."""

    key: str
    deployment: str
    channel: str
    ts: str = ""
    shown: int = 0
    intended_at: float


def deployment_id(message: str) -> str:
    """The opaque id of the deployment that a message asks for: the same however often it is handled."""
    return hashlib.blake2s(message.encode(), digest_size=10, person=b"deploy").hexdigest()
