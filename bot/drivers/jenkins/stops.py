"""Cancelling in the queue, stopping while running. Twice, or after the end, is no error."""

from __future__ import annotations

from bot.drivers.jenkins import faults, paths, queues, searches
from bot.drivers.jenkins.answers import QueueItem
from bot.drivers.jenkins.client import JenkinsClient
from bot.reasons import Reason
from bot.runs import RunRef, RunTarget


async def cancel(client: JenkinsClient, target: RunTarget, ref: RunRef) -> bool:
    """As `bot.ports.Runs.cancel`."""
    if ref.number:
        return await _stop(client, target, ref.number)
    item = await queues.item(client, ref.queue) if ref.queue else None
    if item is not None:
        return await _cancel_item(client, target, item)
    found = (await searches.look(client, target.job, ref, pages=0)).found
    if found is None:
        return False
    if found.number:
        return await _stop(client, target, found.number)
    item = await queues.item(client, found.queue)
    return item is not None and await _cancel_item(client, target, item)


async def _cancel_item(client: JenkinsClient, target: RunTarget, item: QueueItem) -> bool:
    """An item that leaves the queue between our look and our word is stopped as a build."""
    if item.cancelled:
        return False
    if item.executable and item.executable.number is not None:
        return await _stop(client, target, str(item.executable.number))
    answer = await client.post(paths.CANCEL, query={"id": str(item.id)})
    asked = client.asked(paths.CANCEL, changing=True)
    if answer.status == 422:
        raise asked.never(Reason.PERMISSION_MISSING, faults.PERMISSION, permission="Job/Cancel")
    if answer.status in {200, 204, 302}:
        return True
    now = await queues.item(client, str(item.id))
    if now is None or now.cancelled:
        return False
    if now.executable and now.executable.number is not None:
        return await _stop(client, target, str(now.executable.number))
    raise faults.unexpected(asked, answer)


async def _stop(client: JenkinsClient, target: RunTarget, number: str) -> bool:
    """302 whether it was running or not; 404 when the build was deleted, or its job may not be read any more."""
    path = f"{paths.build_path(target.job, number)}/stop"
    answer = await client.post(path)
    if answer.status == 404:
        await searches.readable(client, target.job)
        return False
    if answer.status not in {200, 204, 302}:
        raise faults.unexpected(client.asked(path, changing=True), answer)
    return True
