"""Asking a public archive for files, each compared with the checksum that lies beside it.

1. A file that is not there (404) is none; whoever asks looks elsewhere.
2. What may pass (a lost connection, 429, 5xx, a body cut short) is asked for again, at most ``ATTEMPTS`` times in
   all, after a wait that doubles, with jitter. On 429 and 418 nobody asks until the archive's time is over.
3. What came is compared with its checksum. If it differs both are asked for once more: an archive that is just being
   changed tells old and new for a moment. Then the file is refused.
4. No body is read beyond ``MOST_BYTES``, whatever its headers say, and none is unpacked here.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import PurePosixPath
from random import Random
from typing import TYPE_CHECKING

from finantrade.edges.binance.pacing import Pacer, Timing, WallTiming
from finantrade.market.archive_files import CHECKSUM
from finantrade.market.loaders.source import ZIP, BadFile
from finantrade.wire.errors import shortened
from finantrade.wire.limits import BANNED, TOO_MANY, Usage, usage_of

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

DEFAULT_ARCHIVES = "https://data.binance.vision"
ATTEMPTS = 5
ATTEMPTS_AT_FIRST = 2
"""As long as the archive has never answered: then it is more likely to be somewhere else than to be busy."""
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
PATIENCE_S = 120.0
LIMITS = (TOO_MANY, BANNED)
CONNECT_S, SILENCE_S = 10.0, 30.0
A_MINUTE = 12_000
"""Requests, far more than files can be unpacked in: a bound all the same."""
MOST_BYTES = 512 << 20
"""Of a file as it comes; the largest months of candles have a fifth of it."""
MOST_OF_A_CHECKSUM = 4 << 10
PIECE = 1 << 18
CHECKSUM_LINE = re.compile(rb"\s*([0-9a-fA-F]{64})\s")


class ArchivesUnavailable(Exception):
    """The archive does not answer, or not so that anything can be expected of it: the text says where and what."""


class _Passing(Exception):
    """Asking again may help, after so many seconds if the archive says so."""

    def __init__(self, found: str, wait_s: float | None = None) -> None:
        super().__init__(found)
        self.wait_s = wait_s


@asynccontextmanager
async def open_archives(
    base: str, *, timing: Timing | None = None, chance: Random | None = None
) -> AsyncGenerator[Archives]:
    """Give the archive at an address."""
    from aiohttp import ClientSession, ClientTimeout  # noqa: PLC0415  a quarter of a second that few commands need

    limits = ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=SILENCE_S)
    # Bodies are taken as they are: nothing is unpacked before its checksum has been compared.
    headers = {"Accept-Encoding": "identity"}
    async with ClientSession(timeout=limits, auto_decompress=False, headers=headers) as session:
        yield Archives(session, base, timing or WallTiming(), chance or Random())  # noqa: S311  jitter is no secret


class Archives:
    """One archive."""

    def __init__(self, session: ClientSession, base: str, timing: Timing, chance: Random) -> None:
        self.base = base.rstrip("/")
        self._session = session
        self._timing = timing
        self._chance = chance
        self._pacer = Pacer(A_MINUTE, timing)
        self._answers = False

    async def file(self, path: PurePosixPath) -> bytes | None:
        """Return a file as its checksum says it is, None where there is none. Raises BadFile, ArchivesUnavailable."""
        for again in (True, False):
            data = await self._body(str(path), MOST_BYTES)
            if data is None:
                return None
            wrong = _difference(path, data, await self._body(f"{path}{CHECKSUM}", MOST_OF_A_CHECKSUM))
            if not wrong:
                return data
            if not again:
                raise BadFile(f"{self.base}/{path}: {wrong}, twice: nothing was taken from it")
        raise AssertionError("the second time returns or raises")

    async def _body(self, path: str, longest: int) -> bytes | None:
        url = f"{self.base}/{path}"
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._once(url, longest)
            except _Passing as passing:
                most = ATTEMPTS if self._answers else ATTEMPTS_AT_FIRST
                if attempt >= most or (passing.wait_s or 0.0) > PATIENCE_S:
                    raise ArchivesUnavailable(f"{url}: expected a file, found {passing}") from None
            await self._timing.sleep(self._chance.random() * min(FIRST_WAIT_S * 2**attempt, LONGEST_WAIT_S))
        raise AssertionError("the last attempt returns or raises")

    async def _once(self, url: str, most: int) -> bytes | None:
        from aiohttp import ClientError, InvalidURL  # noqa: PLC0415

        await self._pacer.admit(1)
        usage, limited = None, False
        try:
            async with self._session.get(url) as response:
                self._answers = True
                usage, limited = usage_of(response.status, response.headers.items()), response.status in LIMITS
                return await _read(response, url, most, usage)
        except InvalidURL:
            raise ArchivesUnavailable(f"expected the address of an archive, found {self.base!r}") from None
        except (ClientError, OSError, TimeoutError) as error:
            words = shortened(str(error)) or "no answer in time"
            raise _Passing(f"{type(error).__name__}: {words}") from None
        finally:
            self._pacer.settle(1, usage, limited=limited)


async def _read(response: ClientResponse, url: str, most: int, usage: Usage) -> bytes | None:
    status = response.status
    if status == 404:
        return None
    if status != 200:
        found = f"{status} {response.reason or ''}".strip()
        if status in LIMITS or status >= 500:
            raise _Passing(found, usage.retry_after_s)
        raise ArchivesUnavailable(f"{url}: expected a file, found {found}")
    body = bytearray()
    async for piece in response.content.iter_chunked(PIECE):
        body += piece
        if len(body) > most:
            raise BadFile(f"{url}: expected at most {most:,} bytes, found more")
    return bytes(body)


def _difference(path: PurePosixPath, data: bytes, beside: bytes | None) -> str:
    """Return what was expected and found where a file is not what its checksum says, nothing where it is."""
    name = f"{path.name}{CHECKSUM}"
    if beside is None:
        return f"expected {name} beside it, found none"
    told = CHECKSUM_LINE.match(beside + b"\n")
    if told is None:
        return f"expected a sha256 in {name}, found {shortened(beside) or 'nothing'!r}"
    expected, found = told[1].decode().lower(), sha256(data).hexdigest()
    if expected == found:
        return ""
    what = "" if data.startswith(ZIP) else f" of no zip archive: {shortened(data) or 'nothing'!r}"
    return f"expected sha256 {expected}, as {name} says, found {found}{what}"
