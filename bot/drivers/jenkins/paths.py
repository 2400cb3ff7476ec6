"""Where things are on a Jenkins, relative to the configured url, and the ids in the places it answers with.

The host in an answer is never used: JSON carries the configured root URL and `Location` whatever the request or a
proxy said, so only the path's ids are taken and everything is rebuilt on our own configured url.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

WHO_AM_I = "whoAmI/api/json"
ROOT = "api/json"
QUEUE = "queue/api/json"
CANCEL = "queue/cancelItem"

_QUEUE_ITEM = re.compile(r"/queue/item/(\d+)/?$")


def job_path(job: str) -> str:
    """`team/sub team/release job` → `job/team/job/sub%20team/job/release%20job`.

    A branch of a multibranch project is named as Jenkins names it, percent-encoded (`multi/feature%2Fnew-thing`),
    so that quoting encodes it a second time, as Jenkins wants it: `job/multi/job/feature%252Fnew-thing`.
    """
    return "/".join(f"job/{quote(name, safe='')}" for name in job.strip("/").split("/"))


def build_path(job: str, number: str) -> str:
    return f"{job_path(job)}/{quote(number, safe='')}"


def queue_item_path(item: str) -> str:
    return f"queue/item/{quote(item, safe='')}/api/json"


def input_path(job: str, number: str, question: str, verb: str) -> str:
    """`verb` is `proceedEmpty` or `abort`."""
    return f"{build_path(job, number)}/input/{quote(question, safe='')}/{verb}"


def parent_of(job: str) -> tuple[str, str]:
    """`team/deploy` → (`team`, `deploy`); a job at the top has the parent ``""``."""
    folder, _, name = job.strip("/").rpartition("/")
    return folder, name


def queue_id(location: str) -> str:
    """The queue item's id in a `Location`, whatever its host; ``""`` when it leads elsewhere."""
    found = _QUEUE_ITEM.search(urlsplit(location).path)
    return found.group(1) if found else ""


def without_query(url: str) -> str:
    """Good enough to show: a redirect's query may carry session ids."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}" if parts.netloc else parts.path
