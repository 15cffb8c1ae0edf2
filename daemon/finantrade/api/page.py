"""The page as files: read once, each with the headers it is sent with.

What the build names by its content never changes and may be kept for a year; everything else is asked for again each
time. Scripts that stand in a document itself are allowed by their hashes, so that nothing that slips into one can run.
Where the page has not been built, a plain status page stands in for it.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from quart import Response

PAGE_ID = "page-id.txt"
UNBUILT = "status"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ico": "image/x-icon",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
SQUEEZED = frozenset({".html", ".js", ".css", ".json", ".txt", ".svg"})
FOREVER = "public, max-age=31536000, immutable"
_INLINE = re.compile(rb"<script(?:\s[^>]*)?>(.*?)</script>", re.DOTALL)


def page_folder() -> Path | None:
    """Return where the page has been built: in the checkout, or in the installed package; None where it has not."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package.parents[1] / "ui" / "out", package / "shipped" / "ui"):
        if (folder / "index.html").is_file():
            return folder
    return None


@dataclass(frozen=True, slots=True)
class File:
    """One file, plain and squeezed, and its headers."""

    plain: bytes
    squeezed: bytes | None
    headers: dict[str, str]


class Page:
    """The files of a built page, or the status page."""

    def __init__(self, folder: Path | None) -> None:
        if folder is not None and (folder / "index.html").is_file():
            self._files = dict(_read(folder))
            self.id = (folder / PAGE_ID).read_text(encoding="utf-8").strip()
        else:
            self._files = {"/": _status_page()}
            self.id = UNBUILT

    @property
    def paths(self) -> Collection[str]:
        """Where there is a file; a document is also found without its ending."""
        return self._files.keys()

    def get(self, path: str, *, squeezed: bool) -> Response:
        """Return the file at one of ``paths``."""
        file = self._files[path]
        if file.squeezed is not None and squeezed:
            return Response(file.squeezed, 200, {**file.headers, "Content-Encoding": "gzip"})
        return Response(file.plain, 200, file.headers)


def _read(folder: Path) -> Iterator[tuple[str, File]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in TYPES and path.name != PAGE_ID:
            name = path.relative_to(folder).as_posix()
            file = _file(name, path.read_bytes())
            yield f"/{name}", file
            if path.suffix == ".html":
                yield f"/{name.removesuffix('.html').removesuffix('index')}", file


def _file(name: str, content: bytes) -> File:
    kind = Path(name).suffix
    headers = {"Content-Type": TYPES[kind], "Vary": "Accept-Encoding"}
    headers["Cache-Control"] = FOREVER if name.startswith("_next/static/") else "no-cache"
    if kind == ".html":
        headers["Content-Security-Policy"] = policy(content)
    return File(content, gzip.compress(content, 6, mtime=0) if kind in SQUEEZED else None, headers)


def policy(document: bytes) -> str:
    """Return the policy under which a document is shown: our own files, and the scripts that stand in it as it is."""
    hashes = " ".join(sorted({_hash(script) for script in _INLINE.findall(document) if script}))
    return (
        f"default-src 'none'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
        "img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def _hash(script: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"


def _status_page() -> File:
    return _file("status.html", (files("finantrade.api") / "status_page.html").read_bytes())
