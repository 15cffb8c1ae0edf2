"""Run every test with many seeds, then the short suite on every other supported Python of this machine.

A part is one test file on one Python. Finished parts are kept in ``.cache/long-tests.json`` together with a hash of the
sources, so that a run that was stopped goes on where it was; after any change of the sources, or with ``--fresh``, it
starts again. Every part runs, whatever failed before it; the failed ones are named at the end and run again next time.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRESS = ROOT / ".cache" / "long-tests.json"
SOURCES = (
    "daemon", "research", "tools", "tests", "config", "systemd", "replay_data", "ui/src", "ui/public", "ui/tools"
)  # fmt: skip
TOPS = frozenset({".txt", ".toml", ".json", ".mjs"})
SUPPORTED = ("3.11", "3.12", "3.13", "3.14")
NO_TESTS_COLLECTED = 5


@dataclass(frozen=True)
class Part:
    """One test file on one Python."""

    version: str
    python: Path
    seeds: str
    file: Path

    @property
    def name(self) -> str:
        return f"{self.version} {self.seeds} {self.file.relative_to(ROOT)}"


@dataclass
class Progress:
    """What is finished for these sources, on disk after every part."""

    sources: str
    done: list[str] = field(default_factory=list[str])

    @classmethod
    def load(cls, sources: str, *, fresh: bool) -> Progress:
        """Return what an earlier run left, or nothing where the sources have changed since."""
        if fresh or not PROGRESS.exists():
            return cls(sources)
        kept = json.loads(PROGRESS.read_text(encoding="utf-8"))
        return cls(**kept) if kept["sources"] == sources else cls(sources)

    def finish(self, part: Part) -> None:
        """Record one part; a kill in the middle leaves the old file whole."""
        self.done.append(part.name)
        PROGRESS.parent.mkdir(exist_ok=True)
        draft = PROGRESS.with_suffix(".draft")
        draft.write_text(json.dumps({"sources": self.sources, "done": self.done}, indent=1), encoding="utf-8")
        draft.replace(PROGRESS)


def main(arguments: Sequence[str]) -> int:
    """Run what is left; 0 where every part passed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--fresh", action="store_true", help="forget what an earlier run finished")
    options = parser.parse_args(arguments)
    progress = Progress.load(hash_of_sources(), fresh=options.fresh)
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    failed = run_all(here, Path(sys.executable), "full", files, progress)
    for version, interpreter in other_pythons(here):
        python = prepared(version, interpreter)
        failed += run_all(version, python, "small", files, progress) if python else [f"{version} set-up"]
    print(f"{len(progress.done)} parts passed, {len(failed)} failed", *failed, sep="\n  ")
    return 1 if failed else 0


def run_all(version: str, python: Path, seeds: str, files: Sequence[Path], progress: Progress) -> list[str]:
    """Run the files that are left on one Python and return the names of those that failed."""
    parts = [Part(version, python, seeds, file) for file in files]
    return [part.name for part in parts if part.name not in progress.done and not passes(part, progress)]


def other_pythons(here: str) -> Iterator[tuple[str, str]]:
    """Yield the supported versions that this machine has besides this one, on the path or through pyenv."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for version in SUPPORTED:
        candidates = [f"python{version}", *map(str, sorted(pyenv.glob(f"{version}.*/bin/python")))]
        usable = [path for path in map(suitable, candidates) if path]
        if version != here and usable:
            yield version, usable[0]


def prepared(version: str, interpreter: str) -> Path | None:
    """Set up an environment of this Python under ``.cache`` and return its interpreter; None where that fails."""
    print(f"Python {version}", flush=True)
    environment = ROOT / ".cache" / f"python-{version}"
    command = [interpreter, "-I", str(ROOT / "tools" / "setup.py"), "dev", "--environment", str(environment)]
    return environment / "bin" / "python" if subprocess.run(command, check=False).returncode == 0 else None


def suitable(candidate: str) -> str | None:
    """Return the interpreter behind a name if it runs and can make an environment."""
    environment = {**os.environ, "PYTHON": candidate}
    picked = subprocess.run(
        [ROOT / "tools" / "pick-python"], env=environment, capture_output=True, text=True, check=False
    )
    return picked.stdout.strip() or None


def passes(part: Part, progress: Progress) -> bool:
    """Run one part, its output straight to the terminal, and record it if it passed."""
    print(f"== {part.name}", flush=True)
    start = time.monotonic()
    selection = [] if part.seeds == "full" else ["-m", "not long"]
    command = [str(part.python), "-m", "pytest", "--durations=3", *selection, str(part.file)]
    code = subprocess.run(command, cwd=ROOT, env={**os.environ, "SEEDS": part.seeds}, check=False).returncode
    passed = code in {0, NO_TESTS_COLLECTED}
    print(f"== {part.name}: {'passed' if passed else 'failed'} in {time.monotonic() - start:.0f} s", flush=True)
    if passed:
        progress.finish(part)
    return passed


def hash_of_sources() -> str:
    digest = hashlib.sha256()
    folders = [path for name in SOURCES for path in (ROOT / name).rglob("*") if path.is_file()]
    tops = [path for path in (*ROOT.iterdir(), *(ROOT / "ui").iterdir()) if path.suffix in TOPS]
    tops += [ROOT / "Makefile", ROOT / "ui" / "next.config.ts"]
    for path in sorted(path for path in (*folders, *tops) if path.suffix != ".pyc"):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
