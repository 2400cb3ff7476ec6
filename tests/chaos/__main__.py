"""`python -m tests.chaos --kills 200`: kill -9 at random moments, and every promise judged afterwards."""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from pathlib import Path

from tests.chaos.storm import storm


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, help="one that an earlier run has printed (default: a new one)")
    parser.add_argument("--keep", type=Path, help="keep the database and the server's log in this directory")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1_000_000)
    sys.stdout.write(f"seed {seed}, {options.kills} kills\n")
    sys.stdout.flush()
    with tempfile.TemporaryDirectory(prefix="pilothouse-chaos-") as made:
        path = options.keep or Path(made)
        path.mkdir(parents=True, exist_ok=True)
        report = asyncio.run(storm(path, kills=options.kills, seed=seed))
    sys.stdout.write(f"{report}\n")
    return 1 if report.violations else 0


if __name__ == "__main__":
    sys.exit(main())
