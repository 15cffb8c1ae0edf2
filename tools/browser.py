"""Find a browser for the tests of the page; install one only where that has been asked for.

1. ``CHROME`` names one; otherwise it is Chromium or Chrome on the path.
2. Where there is none, ``INSTALL_BROWSER=1`` and every build server (``CI``) have Debian's package installed, by root
   only. There the tests of the page are never skipped, so that failing to get a browser is an error.
3. Anywhere else the command that installs one is said, and the tests go on without a browser.

Run by any Python; knows the standard library only.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from setup import StepFailed, step

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
APT = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=120")
INSTALL = "sudo apt-get install --no-install-recommends chromium"


def main() -> int:
    """See to a browser; 0, or 1 where there has to be one and is none."""
    if browser():
        return 0
    if named := os.environ.get("CHROME"):
        print(f"  browser: expected one at CHROME={named}, found nothing that can be run", file=sys.stderr)
        return 1
    if not required():
        print(f"  browser: {missing()}; the tests that need one are skipped", file=sys.stderr)
        return 0
    if os.geteuid() or not shutil.which("apt-get"):
        print(f"  browser: {missing()}; only root may do that here", file=sys.stderr)
        return 1
    return install()


def browser() -> str | None:
    """Return the path of the browser that the tests drive, or None."""
    if named := os.environ.get("CHROME"):
        return shutil.which(named)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def required() -> bool:
    """Whether nothing of the page may be left untested."""
    return any(os.environ.get(name, "").lower() not in {"", "0", "no", "false"} for name in ("CI", "INSTALL_BROWSER"))


def missing() -> str:
    return f"expected Chromium or Chrome, found none; on Debian: {INSTALL}, or name one with CHROME=/path"


def install() -> int:
    """Install Debian's package; its end is said where it fails."""
    try:
        step("what there is to install (apt-get update)", [*APT, "update"])
        step("a browser (chromium)", [*APT, "install", "-y", "--no-install-recommends", "chromium"])
    except StepFailed as failure:
        print(f"\n{failure}\nthe browser could not be installed", file=sys.stderr)
        return 1
    if not browser():
        print("  browser: expected one after installing chromium, found none", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
