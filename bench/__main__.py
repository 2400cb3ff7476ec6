"""`python -m bench [--quick] [--only NAME …]`: measure, print a Markdown table, write `bench/results.json`.

A bench is a module with `measure(quick, folder) -> list[Row]`; it is named in `MEASURES`, and everything it compares
is run in turns within one call, so that a busy machine slows all alike.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import gates, http, latency, memory, report, startup, throughput
from bench.report import Row

MEASURES: dict[str, Callable[[bool, Path], list[Row]]] = {
    "throughput": throughput.measure,
    "latency": latency.measure,
    "startup": startup.measure,
    "memory": memory.measure,
    "http": http.measure,
    "gates": gates.measure,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the work: is it all right, roughly?")
    parser.add_argument(
        "--only", nargs="+", choices=MEASURES, default=list(MEASURES), help="these benches only"
    )
    asked = parser.parse_args()
    where = report.machine()
    rows: list[Row] = []
    for name in asked.only:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix=f"pilothouse-bench-{name}-") as folder:
            rows += MEASURES[name](asked.quick, Path(folder))
    print(f"{where}\n\n{report.table(rows)}")
    report.write(rows, where, quick=asked.quick)
    return 0


if __name__ == "__main__":
    sys.exit(main())
