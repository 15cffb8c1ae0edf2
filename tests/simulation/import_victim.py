"""Imports files and is killed at the n-th point at which its disk changes: run as a process of its own.

    python -m tests.simulation.import_victim FOLDER FILES STORE=POINT...

A point is a write, a flush, a rename or a deletion; at 0 it is never killed. For each ``STORE=POINT`` a child takes the
files into ``FOLDER/STORE``; printed is how each of them ended, and how many points it had passed. Children are forked:
loading pyarrow is most of the time that a small import takes, and its threads begin with the first file.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from finantrade.market.importing import Instructions, files_below, import_file
from finantrade.market.loaders.loading import Hints


class Points:
    """Counts what is about to be done to the disk, and kills the process before the fatal one."""

    def __init__(self, fatal: int) -> None:
        self.passed = 0
        self._fatal = fatal

    def before(self, doing: Callable[..., Any]) -> Callable[..., Any]:
        def done(*arguments: Any, **named: Any) -> Any:
            self.passed += 1
            if self.passed == self._fatal:
                os.kill(os.getpid(), signal.SIGKILL)
            return doing(*arguments, **named)

        return done

    def watch_the_disk(self) -> None:
        """Count from now on."""
        os.fsync = self.before(os.fsync)
        for name in ("replace", "unlink", "open", "mkdir"):
            setattr(Path, name, self.before(getattr(Path, name)))


def kill_at(fatal: int) -> Points:
    """Kill this process before the n-th point from now on."""
    points = Points(fatal)
    points.watch_the_disk()
    return points


def take_in(root: Path, files: Path, fatal: int) -> int:
    """Import every file and return how many points were passed."""
    points = kill_at(fatal)
    for path in files_below([files]):
        import_file(path, root, Instructions(hints=Hints(market="spot")))
    return points.passed


def in_child(work: Callable[[], int]) -> tuple[int, int]:
    """Run work in a child; return the signal or code it ended with, and what it gave back."""
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        os.write(writer, str(work()).encode())
        os._exit(0)
    os.close(writer)
    said = os.read(reader, 64)
    os.close(reader)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), int(said or b"0")


def main() -> None:
    """Kill one child at each point."""
    folder, files = Path(sys.argv[1]), Path(sys.argv[2])
    for name in ("pyarrow.csv", "pyarrow.parquet", "pyarrow.compute"):
        import_module(name)
    ended: list[tuple[int, int]] = []
    for store, _, point in (one.partition("=") for one in sys.argv[3:]):
        ended.append(in_child(partial(take_in, folder / store, files, int(point))))
    print(json.dumps(ended))


if __name__ == "__main__":
    main()
