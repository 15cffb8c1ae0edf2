"""Runs measurements: each a process of its own, those to be compared in turn, a calibration loop before every one.

1. In every round each job runs once: ours, rival A, rival B, ours again, and so on. A machine that is slow for a while
   is slow for all of them.
2. Before each run a fixed loop of plain Python is timed. It tells how fast the machine was just then.
3. A job prints one JSON object as the last line of its output. One that fails, hangs or prints none is not run again;
   why is said instead of its figures.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.bench.data import CACHE, ROOT

CALIBRATION_STEPS = 200_000
TIMEOUT_S = 600.0


@dataclass(frozen=True)
class Job:
    """One measurement. ``trouble`` says why it cannot run; a job to run ``once`` is left out of later rounds."""

    name: str
    command: tuple[str, ...]
    trouble: str = ""
    once: bool = False


@dataclass(frozen=True)
class Run:
    """What one run answered, and what the calibration loop had taken just before."""

    answer: dict[str, Any]
    calibration_ms: float


@dataclass
class Outcome:
    """All runs of a job."""

    job: Job
    runs: list[Run] = field(default_factory=list[Run])
    trouble: str = ""

    def best(self, name: str, *, most: bool) -> Run | None:
        """Return the run with the best value of a field; None where none has it."""
        having = [run for run in self.runs if run.answer.get(name) is not None]
        if not having:
            return None
        return (max if most else min)(having, key=lambda run: run.answer[name])


def ours(module: str, *arguments: object) -> tuple[str, ...]:
    """Return the command of a measurement of our own."""
    return (sys.executable, "-m", f"tests.bench.{module}", *map(str, arguments))


def measure(group: str, jobs: Sequence[Job], rounds: int) -> dict[str, Outcome]:
    """Run the jobs in turn and return what came of each, saying on stderr how it goes."""
    CACHE.mkdir(parents=True, exist_ok=True)  # where journals are put, on the disk of the checkout
    outcomes = {job.name: Outcome(job, trouble=job.trouble) for job in jobs}
    for number in range(rounds):
        for outcome in outcomes.values():
            if not outcome.trouble and not (number and outcome.job.once):
                print(f"{group} {number + 1}/{rounds}: {outcome.job.name} ", end="", file=sys.stderr, flush=True)
                begun = time.monotonic()
                _run(outcome)
                said = outcome.trouble or f"{time.monotonic() - begun:.1f} s"
                print(said, file=sys.stderr, flush=True)
    return outcomes


def calibration_ms() -> float:
    """Return what a fixed loop of plain Python takes now, the best of three."""
    taken: list[float] = []
    for _ in range(3):
        begun = time.perf_counter()
        x = 0.0
        for step in range(CALIBRATION_STEPS):
            x += (step - x) * 0.1
        taken.append(time.perf_counter() - begun)
    return min(taken) * 1e3


def _run(outcome: Outcome) -> None:
    calibration = calibration_ms()
    try:
        done = subprocess.run(
            outcome.job.command,
            cwd=ROOT,
            env=_surroundings(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        outcome.trouble = f"failed: no answer within {TIMEOUT_S:g} s"
        return
    lines = done.stdout.splitlines()
    if done.returncode == 0 and lines and lines[-1].startswith("{"):
        outcome.runs.append(Run(json.loads(lines[-1]), calibration))
    else:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        outcome.trouble = f"failed: exit code {done.returncode}, {said[-1].strip() if said else 'nothing said'}"


def _surroundings() -> dict[str, str]:
    kernels = str(ROOT / ".cache" / "numba")
    return {"NUMBA_CACHE_DIR": kernels, **os.environ, "PYTHONHASHSEED": "0", "PYTHONUNBUFFERED": "1"}
