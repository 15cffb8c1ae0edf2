"""Building the page is never in the way of trading: without Node it says so, and what is built is not built again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TOOL = Path(__file__).resolve().parents[2] / "tools" / "page.py"


def build(path: Path) -> subprocess.CompletedProcess[str]:
    surroundings = {**os.environ, "PATH": str(path)}
    return subprocess.run([sys.executable, TOOL], env=surroundings, capture_output=True, text=True, check=False)


def node(place: Path, version: str) -> None:
    for name in ("node", "npm"):
        (place / name).write_text(f"#!/bin/sh\necho {version}\n")
        (place / name).chmod(0o755)


def test_without_node_it_says_so_and_goes_on(tmp_path: Path) -> None:
    done = build(tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert "expected Node 20 or newer with npm, found none; the daemon shows a plain status page instead" in done.stderr


def test_an_old_node_is_none(tmp_path: Path) -> None:
    node(tmp_path, "v18.19.1")
    done = build(tmp_path)
    assert (done.returncode, "found 18" in done.stderr) == (0, True)
