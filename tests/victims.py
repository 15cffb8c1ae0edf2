"""Children that are killed at a point on their way, for tests of what they leave behind in a store."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from finantrade.market.store.files import LOCK

ROOT = Path(__file__).resolve().parents[1]


def ended(module: str, arguments: Sequence[str], points: Mapping[str, int]) -> list[list[int]]:
    """Let a module of ``tests.simulation`` work on stores, each by a child killed at a point; at 0 it is never killed.

    Return how each child ended, and how many points it passed.
    """
    wanted = [f"{store}={point}" for store, point in points.items()]
    command = [sys.executable, "-m", f"tests.simulation.{module}", *arguments, *wanted]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=250)
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


def spread(steps: range, last: int) -> dict[str, int]:
    """Return a store for each of so many points, from the first to the ``last``."""
    return {f"at-{point}": point for point in (1 + step * (last - 1) // (len(steps) - 1) for step in steps)}


def contents(store: Path) -> dict[str, str]:
    """Return the hash of every file but the locks."""
    paths = (path for path in store.rglob("*") if path.is_file() and path.name != LOCK)
    return {str(path.relative_to(store)): sha256(path.read_bytes()).hexdigest() for path in paths}
