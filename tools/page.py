"""Build the page where its sources have changed and there is Node to do it; without, say so and go on.

The daemon serves what it finds in ``ui/out``, and a plain status page where nothing is there: no page is no reason not
to trade. Run by any Python; knows the standard library only.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from setup import ROOT, StepFailed, only_one, step

UI = ROOT / "ui"
NODE = 20
PLAIN = "the daemon shows a plain status page instead"


def main() -> int:
    """Bring ``ui/out`` up to date; always 0, for the daemon works without."""
    node, npm = shutil.which("node"), shutil.which("npm")
    found = version(node) if node else 0
    if node is None or npm is None or found < NODE:
        print(f"  page: expected Node {NODE} or newer with npm, found {found or 'none'}; {PLAIN}", file=sys.stderr)
        return 0
    try:
        with only_one(UI):
            build(node, npm)
    except StepFailed as failure:
        print(f"\n{failure}\nthe page could not be built; {PLAIN}", file=sys.stderr)
    return 0


def build(node: str, npm: str) -> None:
    """Install what the build needs and build, each only if it is not there already."""
    if said(UI / "out" / "page-id.txt") == run(node, str(UI / "tools" / "page-id.mjs")):
        return
    lock = hashlib.sha256((UI / "package-lock.json").read_bytes()).hexdigest()
    stamp = UI / "node_modules" / ".stamp"
    if said(stamp) != lock:
        step("the page's tools (ui/package-lock.json)", [npm, "ci", "--prefix", str(UI), "--no-fund", "--no-audit"])
        stamp.write_text(lock + "\n", encoding="utf-8")
    step("the page", [npm, "run", "--prefix", str(UI), "build"])


def version(node: str) -> int:
    match = re.match(r"v(\d+)\.", run(node, "--version"))
    return int(match[1]) if match else 0


def run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def said(path: Path) -> str | None:
    return path.read_text(encoding="utf-8").strip() if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main())
