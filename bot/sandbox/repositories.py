"""The sandbox's git repositories: made by the git command, with a history that has something to tell.

The same each time, down to the commits' ids. Where there is no git, there are none, and the server says that it can't
read them.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from config.loader import passed_on

BEGAN = 1_791_000_000
"""Epoch seconds of the first commit, October 2026."""
APART = 5 * 3_600
_KEPT = ("PATH", "TMPDIR")
WITHIN = 30.0


@dataclass(frozen=True, kw_only=True)
class Step:
    """A commit on a branch. `start` is the tag or branch where a new branch leaves, `tags` are set on it."""

    subject: str
    author: str = "Dana Diaz"
    branch: str = "main"
    start: str = ""
    tags: tuple[str, ...] = ()


class SketchedRepository:
    """A bare repository in a folder, which grows by steps, each some hours after the one before.

    Everything blocks for the moments that git takes. Raises `OSError` where there is no git.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._steps = 0
        self._known: dict[str, str] = {}
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--bare", "--template=", "--initial-branch=main")
        # As the hosts do: whoever wants only the commits gets only those.
        self.git("config", "uploadpack.allowFilter", "true")

    def grow(self, *steps: Step) -> None:
        self.git("fast-import", "--quiet", "--force", given="".join(map(self._sketched, steps)))
        # Marks are of one import only.
        self._known = {name: self.commit(name) for name in self._known}

    def git(self, *arguments: str, given: str = "") -> str:
        """What one git command on it prints."""
        environment = passed_on(_KEPT) | {
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
            "LC_ALL": "C",
        }
        done = subprocess.run(  # noqa: S603 - git, with arguments of our own
            ["git", *arguments],  # noqa: S607 - found by PATH, as people's git is
            cwd=self.folder,
            env=environment,
            input=given.encode(),
            capture_output=True,
            check=True,
            timeout=WITHIN,
        )
        return done.stdout.decode()

    def commit(self, name: str) -> str:
        """The whole id of what a tag, branch or commit is called."""
        return self.git("rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}").strip()

    def _sketched(self, step: Step) -> str:
        self._steps += 1
        mark = self._steps
        who = f"{step.author} <{step.author.partition(' ')[0].lower()}@harbour.example> {BEGAN + mark * APART} +0000"
        parent = self._known.get(step.branch) or self._known.get(step.start)
        self._known |= dict.fromkeys((step.branch, *step.tags), f":{mark}")
        said = [
            f"commit refs/heads/{step.branch}",
            f"mark :{mark}",
            f"author {who}",
            f"committer {who}",
            _data(step.subject),
            *([f"from {parent}"] if parent else []),
            f"M 100644 inline notes/{mark}.txt",
            _data(f"{step.subject}\n"),
            "",
        ]
        said += [f"reset refs/tags/{tag}\nfrom :{mark}\n" for tag in step.tags]
        return "\n".join(said) + "\n"


def _data(text: str) -> str:
    return f"data {len(text.encode())}\n{text}"


OLU, SAM = "Olu Okafor", "Sam Sato"

CHECKOUT = (
    Step(subject="The till takes cards", author=OLU),
    Step(subject="SHOP-7: Keep the basket between visits (#98)", tags=("v1.4.0",)),
    Step(subject="Say why a card was declined (#101)"),
    Step(subject="SHOP-19: Retry the bank once (#103)", author=SAM, tags=("v1.4.1",)),
    Step(subject="SHOP-23: Vouchers with an end date (#110)", author=OLU, tags=("v1.4.2",)),
    Step(
        subject="SHOP-60: Round to five cents in Geneva (#121)",
        author=OLU,
        branch="hotfix-rounding",
        start="v1.4.2",
    ),
    Step(subject="SHOP-60: Round refunds as well (#122)", author=OLU, branch="hotfix-rounding"),
    Step(subject="SHOP-42: Show prices with tax (#123)"),
    Step(subject="Log what the bank answered, without card numbers (#124)", author=SAM, tags=("v1.4.3",)),
    Step(subject="SHOP-48: Pay with the phone (#127)"),
    Step(subject="SHOP-48 SHOP-51: Phones pay in the queue, too (#130)", author=OLU),
    Step(subject="Merge pull request #131 from harbour/faster-till", author=SAM, tags=("v1.5.0",)),
)
PAYMENTS = (
    Step(subject="Settle every night", author=OLU, tags=("v2.0.0",)),
    Step(subject="PAY-4: Don't settle twice (#31)", author=SAM, tags=("v2.0.1",)),
    Step(
        subject="PAY-12: Hold refunds above 500 (#40)",
        author=OLU,
        branch="hold-refunds",
        start="v2.0.1",
    ),
    Step(subject="PAY-9: Three banks instead of two (#36)"),
    Step(subject="PAY-11: A settlement says how long it took (#38)", author=SAM, tags=("v2.1.0",)),
)
HISTORIES = {"checkout": CHECKOUT, "payments": PAYMENTS}


def make_repositories(folder: Path) -> dict[str, SketchedRepository]:
    """`checkout.git` and `payments.git` in the folder, by their services' names; none where there is no git."""
    found: dict[str, SketchedRepository] = {}
    try:
        for name, steps in HISTORIES.items():
            found[name] = SketchedRepository(folder / f"{name}.git")
            found[name].grow(*steps)
    except (OSError, subprocess.SubprocessError):
        return {}
    return found
