"""The closed list of reason codes: every end, refusal, wait and failure has one, besides its sentence.

People read the sentence; tests, dashboards and the audit log read the code. `docs/reasons.md` explains each.
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    # what was asked could not be understood
    UNKNOWN_COMMAND = "unknown_command"
    UNKNOWN_SERVICE = "unknown_service"
    UNKNOWN_ENVIRONMENT = "unknown_environment"
    UNKNOWN_DEPLOYMENT = "unknown_deployment"
    MISSING_WORD = "missing_word"
    AMBIGUOUS = "ambiguous"
    NO_HURRY = "no_hurry"
    VERSION_INVALID = "version_invalid"
    REASON_REQUIRED = "reason_required"
    UNKNOWN_TIME = "unknown_time"
    TIME_PASSED = "time_passed"

    # who asked may not
    GUEST = "guest"
    STRANGER = "stranger"
    NOT_ALLOWED_TO_DEPLOY = "not_allowed_to_deploy"
    NOT_ALLOWED_TO_APPROVE = "not_allowed_to_approve"
    NOT_ALLOWED_TO_CANCEL = "not_allowed_to_cancel"
    NOT_ALLOWED_TO_BREAK_GLASS = "not_allowed_to_break_glass"
    NOT_ALLOWED_TO_ANSWER = "not_allowed_to_answer"
    OWN_DEPLOYMENT = "own_deployment"

    # approving in somebody's place, and the second factor
    NOTHING_TO_DELEGATE = "nothing_to_delegate"
    ALREADY_DELEGATED = "already_delegated"
    DELEGATION_TOO_LONG = "delegation_too_long"
    NOT_DELEGATED = "not_delegated"
    CODE_NEEDED = "code_needed"
    CODE_NOT_ENROLLED = "code_not_enrolled"
    CODE_WRONG = "code_wrong"
    CODE_LOCKED = "code_locked"
    CODE_OFF = "code_off"
    NOT_ALLOWED_TO_RESET = "not_allowed_to_reset"

    # what was clicked is no longer so
    ALREADY_APPROVED = "already_approved"
    ALREADY_DECIDED = "already_decided"
    ALREADY_ENDED = "already_ended"
    INPUT_GONE = "input_gone"

    # the job does not fit what is asked of it
    JOB_MISSING = "job_missing"
    JOB_DISABLED = "job_disabled"
    PARAMETER_UNKNOWN = "parameter_unknown"
    PARAMETER_OUTSIDE_CHOICES = "parameter_outside_choices"
    PARAMETER_INVALID = "parameter_invalid"
    TEMPLATE_FAILED = "template_failed"
    KEY_NOT_DECLARED = "key_not_declared"

    # freezes by command
    NOT_ALLOWED_TO_FREEZE = "not_allowed_to_freeze"
    ALREADY_FROZEN = "already_frozen"
    NOT_FROZEN = "not_frozen"

    # how a deployment waits
    APPROVAL_NEEDED = "approval_needed"
    LANE_BUSY = "lane_busy"
    RUNNER_BUSY = "runner_busy"
    INPUT_NEEDED = "input_needed"

    # what a gate says
    VERSION_BAD = "version_bad"
    VERSION_MOVED = "version_moved"
    COMMIT_UNKNOWN = "commit_unknown"
    NOT_BUILT = "not_built"
    BUILD_UNKNOWN = "build_unknown"
    ORDER = "order"
    BAKING = "baking"
    FROZEN = "frozen"
    RELEASE_ORDER = "release_order"
    RELEASE_STOPPED = "release_stopped"
    PLANNED = "planned"
    PLAN_MISSED = "plan_missed"
    LOCKED = "locked"
    LOST_WORK = "lost_work"

    # promotion and rollback
    ALREADY_GOING = "already_going"
    ALREADY_THERE = "already_there"
    NOTHING_RUNS = "nothing_runs"
    NOTHING_BEFORE = "nothing_before"
    NOTHING_TO_GO_BACK_TO = "nothing_to_go_back_to"
    NEVER_RAN_THERE = "never_ran_there"
    MOVED_ON = "moved_on"
    NOT_ALLOWED_TO_LOCK = "not_allowed_to_lock"
    # locks and the queue
    ALREADY_LOCKED = "already_locked"
    NOT_LOCKED = "not_locked"
    NOT_WATCHED = "not_watched"
    NOT_QUEUED = "not_queued"
    NOT_MARKED = "not_marked"
    WAITED_TOO_LONG = "waited_too_long"

    # how a deployment ends
    SUCCEEDED = "succeeded"
    RUN_FAILED = "run_failed"
    RUN_UNSTABLE = "run_unstable"
    RUN_ABORTED = "run_aborted"
    RUN_LOST = "run_lost"
    APPROVAL_REJECTED = "approval_rejected"
    APPROVAL_EXPIRED = "approval_expired"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"

    # what is looked at and watched after the run
    VERIFICATION_FAILED = "verification_failed"
    VERIFICATION_TIMED_OUT = "verification_timed_out"
    NOT_ALLOWED_TO_SKIP = "not_allowed_to_skip"
    NOT_ALLOWED_TO_WATCH = "not_allowed_to_watch"

    # what voids an approval
    FINGERPRINT_CHANGED = "fingerprint_changed"
    APPROVER_GONE = "approver_gone"
    POLICY_GONE = "policy_gone"

    # what a peer does to us
    PEER_DOWN = "peer_down"
    PEER_RESTARTING = "peer_restarting"
    PEER_SLOW = "peer_slow"
    PEER_BROKEN = "peer_broken"
    RATE_LIMITED = "rate_limited"
    CREDENTIALS_WRONG = "credentials_wrong"
    PERMISSION_MISSING = "permission_missing"
    ANSWER_UNREADABLE = "answer_unreadable"
    CHANNEL_UNREACHABLE = "channel_unreachable"
    NO_CHANNEL = "no_channel"
    START_TIMED_OUT = "start_timed_out"

    # the configuration while the server runs
    NOT_ALLOWED_TO_RELOAD = "not_allowed_to_reload"
    CONFIGURATION_FAULTY = "configuration_faulty"
    CONFIGURATION_GUARDED = "configuration_guarded"
    CONFIGURATION_OVERTAKEN = "configuration_overtaken"
    OWN_CHANGE = "own_change"

    # the engine itself
    HANDLER_FAILED = "handler_failed"
    HANDLER_MISSING = "handler_missing"
    MESSAGE_UNREADABLE = "message_unreadable"


OUR_FAULTS = frozenset({Reason.HANDLER_FAILED, Reason.HANDLER_MISSING, Reason.MESSAGE_UNREADABLE})
"""What went wrong inside; people hear a fixed sentence, since nobody knows what an exception quotes."""
