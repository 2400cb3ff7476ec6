"""Wait for a condition, with a deadline, instead of sleeping for luck."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any


async def until(condition: Callable[[], Any], within: float = 20.0, what: str = "") -> Any:
    """The first true value of `condition` (plain or async). Raises `AssertionError` after `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        found = condition()
        value = await found if inspect.isawaitable(found) else found
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(
                f"not so within {within:g} s: {what or inspect.getsource(condition).strip()}"
            )
        await asyncio.sleep(0.002)
