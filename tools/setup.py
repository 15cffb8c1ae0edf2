"""Bring an environment up to date with the pinned requirements, or find in a moment that it is.

1. Each part (``run``, then ``dev`` on top) has a stamp in the environment: a hash of the files it is made from, the
   Python it was made with and the place it stands in. Equal stamp: nothing to do.
2. While work goes on the environment carries a mark. Found at the start, it means that an earlier set-up was cut off in
   its middle, where pip cannot tell a whole package from half of one: the environment is built anew.
3. pip installs wheels only and with hashes only, so that no package brings a build, and with it unpinned packages,
   along. The project itself is installed editable by the pinned build backend, without the network.

Run by the interpreter the environment is to be made of; knows the standard library only.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARTS = {"run": ("requirements.txt", "requirements-build.txt"), "dev": ("requirements-dev.txt",)}
INSTALL = ("install", "--only-binary=:all:", "--require-hashes", "--compile", "--progress-bar=off", "--no-input")
EDITABLE = ("install", "--no-index", "--no-deps", "--no-build-isolation", "--no-input", "--editable", str(ROOT))
SHOWN_LINES = 25


class StepFailed(Exception):
    """A command of the set-up failed; carries what it printed."""


def main(arguments: Sequence[str]) -> int:
    """Set up the named parts and print a line a step; 0, or 1 with the end of the failed command's output."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("part", choices=("run", "dev"))
    parser.add_argument("--environment", type=Path, default=ROOT / ".venv")
    options = parser.parse_args(arguments)
    parts = ("run",) if options.part == "run" else ("run", "dev")
    try:
        set_up(options.environment.absolute(), parts)
    except StepFailed as failure:
        print(f"\n{failure}\nset-up failed; the next run starts it again", file=sys.stderr)
        return 1
    return 0


def set_up(environment: Path, parts: Sequence[str]) -> None:
    """Bring the parts of one environment up to date, each in turn; does nothing where the stamps are right."""
    with only_one(environment):
        for part in parts:
            if stamp(environment, part) != key(environment, part):
                build(environment, part)


def build(environment: Path, part: str) -> None:
    """Make the environment where it is missing or does not fit; install one part; stamp it."""
    if incomplete(environment).exists() or not fits(environment):
        shutil.rmtree(environment, ignore_errors=True)
    environment.mkdir(parents=True, exist_ok=True)
    incomplete(environment).touch()
    stamp_path(environment, part).unlink(missing_ok=True)
    if not (environment / "bin" / "pip").exists():
        step(f"environment, Python {version()}", [sys.executable, "-I", "-m", "venv", str(environment)])
    files = PARTS[part]
    what = f"{pins(files)} packages ({', '.join(files)})"
    step(what, pip(environment, *INSTALL, *(word for file in files for word in ("-r", str(ROOT / file)))))
    if part == "run":
        step("finantrade itself", pip(environment, *EDITABLE))
    stamp_path(environment, part).write_text(key(environment, part) + "\n", encoding="utf-8")
    incomplete(environment).unlink()


def key(environment: Path, part: str) -> str:
    """Hash everything the part is made from."""
    digest = hashlib.sha256(f"{version()} {environment} {ROOT}".encode())
    for file in ("pyproject.toml", *PARTS["run"], *PARTS[part], "tools/setup.py"):
        digest.update((ROOT / file).read_bytes())
    return digest.hexdigest()


def stamp(environment: Path, part: str) -> str | None:
    path = stamp_path(environment, part)
    usable = path.exists() and (environment / "bin" / "python").exists() and not incomplete(environment).exists()
    return path.read_text(encoding="utf-8").strip() if usable else None


def stamp_path(environment: Path, part: str) -> Path:
    return environment / f".stamp-{part}"


def incomplete(environment: Path) -> Path:
    return environment / ".incomplete"


def version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def fits(environment: Path) -> bool:
    """Whether it was made with this Python and for this place, which stands in the first line of all its scripts."""
    python, activate = environment / "bin" / "python", environment / "bin" / "activate"
    if not (python.exists() and activate.exists() and str(environment) in activate.read_text(encoding="utf-8")):
        return False
    program = "import sys; print(*sys.version_info[:2], sep='.')"
    found = subprocess.run([python, "-I", "-c", program], capture_output=True, text=True, check=False)
    return found.stdout.strip() == version()


def pins(files: Sequence[str]) -> int:
    lines = [line for file in files for line in (ROOT / file).read_text(encoding="utf-8").splitlines()]
    return sum("==" in line for line in lines if not line.startswith((" ", "#")))


def pip(environment: Path, *words: str) -> list[str]:
    return [str(environment / "bin" / "python"), "-I", "-m", "pip", "--disable-pip-version-check", *words]


def step(name: str, command: Sequence[str]) -> None:
    """Run one command, printing its name at once and its seconds when it is done."""
    print(f"  {name:<56}", end="", flush=True)
    start = time.monotonic()
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=surroundings, check=False
    )
    if done.returncode:
        print("failed", flush=True)
        tail = "\n".join(done.stdout.splitlines()[-SHOWN_LINES:])
        raise StepFailed(f"{tail}\nexpected exit code 0, found {done.returncode}, from: {' '.join(command)}")
    print(f"{time.monotonic() - start:5.0f} s", flush=True)


@contextmanager
def only_one(environment: Path) -> Generator[None]:
    """Let a second set-up of the same environment wait for the first: two pips would write over each other."""
    lock = ROOT / ".cache" / f"setup-{hashlib.sha256(str(environment).encode()).hexdigest()[:8]}.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w", encoding="utf-8") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
