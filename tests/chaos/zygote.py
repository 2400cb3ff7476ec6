"""`python -m tests.chaos.zygote`: a process that has imported the server and forks one whenever it is told to.

A fork starts in milliseconds where a fresh interpreter takes a second, so that two hundred kills fit into minutes;
what is killed is a real process with its own event loop, threads, sockets and open database.

One line of JSON on standard input (`{"config": …, "environ": …, "log": …}`, and `clock`, where time is moved) forks a server and prints its process id;
its end prints `{"ended": <wait status>}`. When standard input closes, the server is killed and this ends too.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

from bot.cli.main import pilothouse
from bot.drivers import drivers
from tests.shared_clock import serve_by

LOOK_EVERY = 0.005


def main() -> None:
    drivers()  # which import their vendors' libraries only when asked for
    while line := sys.stdin.readline():
        child = os.fork()
        if not child:
            _serve(json.loads(line))
        _tell({"pid": child})
        _tell({"ended": _wait(child)})


def _serve(order: dict[str, Any]) -> NoReturn:
    """In the forked child: `pilothouse run`, until it is killed."""
    with Path(order["log"]).open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    code = 1
    try:
        random.seed()
        os.environ.update(order["environ"])
        if "clock" in order:
            serve_by(Path(order["clock"]), Path(order["config"]))
        else:
            pilothouse.main(["run", "--config", order["config"]], standalone_mode=False)
        code = 0
    except BaseException:  # noqa: BLE001 - the last one who could tell
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        sys.stdout.flush()
        os._exit(code)


def _wait(child: int) -> int:
    """The wait status of the child, which is killed when nobody is left to tell."""
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        if select.select([sys.stdin], [], [], LOOK_EVERY)[0]:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            sys.exit()


def _tell(what: dict[str, int]) -> None:
    sys.stdout.write(f"{json.dumps(what)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
