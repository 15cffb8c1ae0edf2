"""A file's content: plain, or the one file inside a zip or gzip archive; bounded, so that none fills the memory."""

from __future__ import annotations

import gzip
import struct
import zlib
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile, ZipFile

MOST_BYTES = 4 << 30
ENDINGS = (".gz", ".zip", ".csv", ".txt", ".json", ".feather", ".parquet")
# Bytes that are no archive make the standard library raise all of these.
UNPACKABLE = (BadZipFile, zlib.error, struct.error, OSError, EOFError, RuntimeError, ValueError, LookupError)
ZIP, GZIP = b"PK\x03\x04", b"\x1f\x8b"


class BadFile(ValueError):
    """A file that is not what a loader reads: the text says where, what was expected, and what was found."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was named, and its bytes once unpacked; ``packed`` as they were before."""

    path: Path
    data: bytes
    packed: bytes = b""

    @property
    def name(self) -> str:
        """The path as people know it."""
        return str(self.path)

    @property
    def stem(self) -> str:
        """The file's name without what says how it is packed or written."""
        name = self.path.name
        while name.lower().endswith(ENDINGS):
            name = name.rpartition(".")[0]
        return name

    @property
    def sha256(self) -> str:
        """The hash of the file."""
        return sha256(self.packed or self.data).hexdigest()


def open_source(path: Path, most: int = MOST_BYTES) -> Source:
    """Read and unpack a file. Raises BadFile where it cannot be, or is larger than ``most`` bytes."""
    try:
        if path.stat().st_size > most:
            raise _too_large(path, most)
        data = path.read_bytes()
    except OSError as error:
        raise BadFile(f"{path}: expected a file that can be read, found: {error.strerror}") from None
    return unpacked(path, data, most)


def unpacked(path: Path, data: bytes, most: int = MOST_BYTES) -> Source:
    """Unpack what a file of this name holds. Raises BadFile as ``open_source`` does."""
    try:
        return Source(path, _unpacked(path, data, most), data)
    except BadFile:
        raise
    except UNPACKABLE as error:
        raise BadFile(f"{path}: expected an archive that can be unpacked, found: {error}") from None


def _unpacked(path: Path, data: bytes, most: int) -> bytes:
    if data.startswith(ZIP):
        return _unzipped(path, data, most)
    if data.startswith(GZIP):
        with gzip.open(BytesIO(data)) as file:
            content = file.read(most + 1)
        if len(content) > most:
            raise _too_large(path, most)
        return content
    return data


def _unzipped(path: Path, data: bytes, most: int) -> bytes:
    with ZipFile(BytesIO(data)) as archive:
        files = [one for one in archive.infolist() if not one.is_dir()]
        if len(files) != 1:
            raise BadFile(f"{path}: expected one file in the archive, found {len(files)}")
        if files[0].file_size > most:
            raise _too_large(path, most)
        with archive.open(files[0]) as file:
            return file.read(most)


def _too_large(path: Path, most: int) -> BadFile:
    return BadFile(f"{path}: expected at most {most:,} bytes, unpacked, found more")
