"""Questions that pipelines ask (the `input` step): what is asked, and answering where no values are wanted."""

from __future__ import annotations

import re
from html import unescape

from bot.drivers.jenkins import faults, paths
from bot.drivers.jenkins.answers import PendingInput
from bot.drivers.jenkins.client import JenkinsClient
from bot.drivers.jenkins.faults import Answer
from bot.reasons import Reason
from bot.runs import RunInput, RunRef, RunTarget

NOT_ALLOWED = "Jenkins {name} does not let its user {user} answer this: {said}"
VALUES_WANTED = "The question “{message}” asks for values ({fields}), which would be left empty from here. Answer it in Jenkins: {page}"
NOT_ASKED_YET = "The run has no number yet, so there is nothing to answer on Jenkins {name}."

_JETTY_MESSAGE = re.compile(rb"<th>MESSAGE:</th><td>([^<]{1,300})</td>")


def jetty_message(answer: Answer) -> str:
    """The one line of sense in a bare error page; ``""`` where there is none."""
    found = _JETTY_MESSAGE.search(answer.body)
    return unescape(found.group(1).decode("utf-8", "replace")) if found else ""


async def pending(client: JenkinsClient, target: RunTarget, ref: RunRef) -> list[RunInput] | None:
    """What is asked right now; `None` where the stage view plugin is missing and cannot tell."""
    path = f"{paths.build_path(target.job, ref.number)}/wfapi/pendingInputActions"
    found = await client.read(list[PendingInput], path)
    return None if found is None else [_question(one) for one in found]


def _question(one: PendingInput) -> RunInput:
    return RunInput(
        id=one.id,
        message=one.message or "",
        proceed=one.proceed_text or "Proceed",
        parameters=tuple(field.name for field in one.inputs or ()),
    )


async def answer(
    client: JenkinsClient, target: RunTarget, ref: RunRef, question: RunInput, *, proceed: bool
) -> bool:
    """As `bot.ports.Runs.answer`.

    `proceedEmpty` on a question with parameters succeeds and passes no values, so it is asked again what is asked.
    """
    if not ref.number:
        raise client.asked("input").never(Reason.INPUT_GONE, NOT_ASKED_YET)
    if proceed:
        now = await pending(client, target, ref)
        known = [one for one in now or () if one.id == question.id]
        if now is not None and not known:
            return False
        _without_values(client, ref, known[0] if known else question)
    verb = "proceedEmpty" if proceed else "abort"
    path = paths.input_path(target.job, ref.number, question.id, verb)
    return _answered(client, path, await client.post(path))


def _without_values(client: JenkinsClient, ref: RunRef, question: RunInput) -> None:
    if question.parameters:
        asked = client.asked("input")
        fields = ", ".join(question.parameters)
        raise asked.never(
            Reason.INPUT_NEEDED, VALUES_WANTED, message=question.message, fields=fields, page=ref.url
        )


def _answered(client: JenkinsClient, path: str, answer: Answer) -> bool:
    asked = client.asked(path, changing=True)
    if answer.status == 404:
        return False
    if answer.status == 400 and (said := answer.header("X-Error")):
        raise asked.never(Reason.PERMISSION_MISSING, NOT_ALLOWED, said=said)
    if answer.status not in {200, 204, 302}:
        raise faults.unexpected(asked, answer)
    return True
