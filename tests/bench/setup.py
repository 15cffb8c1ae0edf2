"""Build the rivals, each in an environment of its own: ``make bench-setup``.

1. An environment with the right stamp is left alone, so that a second run takes a moment. Names on the command line
   choose some of them; ``--fresh`` builds anew.
2. The project's own interpreter is taken where it is of a version that the rival runs on; otherwise the first of those
   versions that is found on the path or among pyenv's.
3. One that cannot be built says why, here and in its row of the figures, and does not hold up the others. The exit code
   is 0 all the same: benchmarks run with the rivals that there are.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench.environments import ALL, ENVIRONMENTS, Environment

INSTALL = ("-I", "-m", "pip", "--disable-pip-version-check", "install", "--progress-bar=off", "--no-input", "--quiet")
LOOK = """
import ensurepip, sys
print(*sys.version_info[:2], sep=".")
print(getattr(sys, "_base_executable", sys.executable))
"""
SHOWN_LINES = 15
KEPT_CHARACTERS = 200


class CannotBuild(Exception):
    """An environment could not be built; the text is short enough for a row of a table."""


def main(arguments: Sequence[str]) -> int:
    """Build what is missing and say on stderr how it goes."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.setup", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    names = [environment.name for environment in ALL]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which ones: {', '.join(names)} (all if none)")
    parser.add_argument("--fresh", action="store_true", help="build anew what is there")
    options = parser.parse_args(arguments)
    if unknown := sorted(set(options.names) - set(names)):
        parser.error(f"expected names out of {', '.join(names)}, found {', '.join(unknown)}")
    for environment in ALL:
        if not options.names or environment.name in options.names:
            set_up(environment, fresh=options.fresh)
    return 0


def set_up(environment: Environment, *, fresh: bool) -> None:
    """Build one environment unless it is ready; leave behind why where that fails."""
    say(f"  {environment.name:<12} {', '.join(environment.pins):<100} ", end="")
    if environment.ready() and not fresh:
        say("ready")
        return
    begun = time.monotonic()
    environment.reason.unlink(missing_ok=True)
    shutil.rmtree(environment.home, ignore_errors=True)
    try:
        build(environment)
    except CannotBuild as failure:
        shutil.rmtree(environment.home, ignore_errors=True)
        environment.reason.write_text(f"{failure}\n", encoding="utf-8")
        say(f"cannot be built: {failure}")
    else:
        say(f"{time.monotonic() - begun:.0f} s")


def build(environment: Environment) -> None:
    """Make the environment, fill it, and stamp it last. Raises CannotBuild."""
    ENVIRONMENTS.mkdir(parents=True, exist_ok=True)
    run([interpreter(environment), "-I", "-m", "venv", str(environment.home)])
    run([str(environment.python), *INSTALL, *environment.pins])
    environment.stamp.write_text(environment.key(), encoding="utf-8")


def interpreter(environment: Environment) -> str:
    """Return the Python to build it with. Raises CannotBuild where there is none of the right version."""
    for candidate in candidates(environment):
        version, _, path = look(candidate).partition("\n")
        if version in environment.pythons:
            return path
    raise CannotBuild(f"expected Python {' or '.join(environment.pythons)} with venv, found none here")


def candidates(environment: Environment) -> Iterator[str]:
    """Yield what may be a Python: this one first, then by version on the path and among pyenv's."""
    yield sys.executable
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for version in environment.pythons:
        yield f"python{version}"
        yield from map(str, sorted(pyenv.glob(f"{version}.*/bin/python")))


def look(candidate: str) -> str:
    """Return version and path of a Python that can make environments; empty where it cannot, or does not run."""
    try:
        found = subprocess.run([candidate, "-I", "-c", LOOK], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return found.stdout.strip() if found.returncode == 0 else ""


def run(command: Sequence[str]) -> None:
    """Run one step. Raises CannotBuild with the last that it said, after the end of its output has been shown."""
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=surroundings, check=False
    )
    if done.returncode:
        lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
        say("", *lines[-SHOWN_LINES:], sep="\n    ")
        raise CannotBuild((lines or [f"exit code {done.returncode}"])[-1][:KEPT_CHARACTERS])


def say(*words: str, sep: str = " ", end: str = "\n") -> None:
    print(*words, sep=sep, end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
