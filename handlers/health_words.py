"""How a place is, by the newest deployment of it: its end, what was looked at after the run, what people say. Pure."""

from __future__ import annotations

from typing import NamedTuple

from bot.deployments import Brief, Deployment
from bot.lifecycle import State
from bot.reasons import Reason
from bot.soak import Verdict
from bot.verification import CheckKind, CheckState, Verification

GOOD, DOUBT, BAD, UNKNOWN = "✅", "⚠️", "❌", "➡️"
WRONG = "something is wrong"
LOOKS_GOOD = "looks good"
SAID_FINE = "said to be fine"
VERIFIED = "verified"
SUCCEEDED = "succeeded"
NOT_VERIFIED = "failed its verification"
VERIFYING = "verifying, {good} of {all} good"
BAKES = "verifying, baking"
ENDS = {State.FAILED: "failed", State.ABORTED: "aborted", State.LOST: "lost"}


class Health(NamedTuple):
    """A sign that is never the only thing that says it, and a few words."""

    sign: str
    words: str


def health(one: Deployment | Brief) -> Health:
    """Of a deployment that ran, or is being verified; anything else has nothing to say of the place."""
    if one.state is State.SUCCEEDED:
        return _succeeded(one)
    if one.state is State.VERIFYING and one.verification is not None:
        return Health(UNKNOWN, _so_far(one.verification))
    if one.reason in {Reason.VERIFICATION_FAILED, Reason.VERIFICATION_TIMED_OUT}:
        return Health(BAD, NOT_VERIFIED)
    if one.state in ENDS:
        return Health(BAD, ENDS[one.state])
    return Health(UNKNOWN, one.state.value.replace("_", " "))


def _succeeded(one: Deployment | Brief) -> Health:
    verdict = one.soak.verdict if one.soak is not None else None
    if verdict is Verdict.WRONG:
        return Health(DOUBT, WRONG)
    if verdict is Verdict.GOOD:
        return Health(GOOD, LOOKS_GOOD)
    if one.verification is None:
        return Health(GOOD, SUCCEEDED)
    return Health(GOOD, SAID_FINE if one.verification.skipped_by else VERIFIED)


def _so_far(found: Verification) -> str:
    if found.bake_until:
        return BAKES
    looked_at = [check for check in found.checks if check.kind is not CheckKind.BAKE]
    good = sum(check.state is CheckState.GOOD for check in looked_at)
    return VERIFYING.format(good=good, all=len(looked_at))
