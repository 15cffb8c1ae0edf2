"""Fit plain data to typed structs and say everything that does not fit, each with its path.

msgspec stops at the first error and does not name the key of a mapping; a person who writes a configuration wants all
errors, where they are, and the key they meant. So:

1. Walk data and type together, through structs, mappings and sequences. Unknown and missing keys are misfits.
2. A value whose parts all fit is converted whole by msgspec (strict: no text for numbers); its complaint is a misfit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from enum import Enum, StrEnum
from types import UnionType
from typing import Annotated, NamedTuple, Union, cast, get_args, get_origin

import msgspec

Path = tuple[str | int, ...]
"""Keys and list indices from the root to a value."""


class Fault(StrEnum):
    UNKNOWN_KEY = "unknown_key"
    MISSING_KEY = "missing_key"
    WRONG_VALUE = "wrong_value"


class Misfit(NamedTuple):
    """What is wrong at a path, with the text that says it."""

    path: Path
    fault: Fault
    text: str


def misfits(kind: object, raw: object, noun: str = "key") -> list[Misfit]:
    """Return everything in ``raw`` that does not fit the type ``kind``; empty if ``msgspec.convert`` will succeed."""
    return list(_walk(kind, raw, (), noun))


def dotted(path: Path) -> str:
    """Render a path for people: ``strategies[0].params.fast``."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'fast'?`` for the nearest known word, or nothing if none is near."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""


def _walk(kind: object, raw: object, path: Path, noun: str) -> Iterator[Misfit]:
    found = list(_parts(kind, raw, path, noun))
    yield from found
    if not found:
        try:
            msgspec.convert(raw, kind)
        except msgspec.ValidationError as error:
            yield Misfit(path, Fault.WRONG_VALUE, _plain(str(error), kind, raw))


def _parts(kind: object, raw: object, path: Path, noun: str) -> Iterator[Misfit]:
    inner = _bare(kind)
    origin, arguments = get_origin(inner), get_args(inner)
    if isinstance(raw, Mapping):
        items = cast("Mapping[str, object]", raw)
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            yield from _struct_parts(inner, items, path, noun)
        elif origin is dict:
            for key, value in items.items():
                yield from _walk(arguments[1], value, (*path, key), noun)
    elif isinstance(raw, (list, tuple)) and (origin is list or (origin is tuple and arguments[1:] == (...,))):
        for index, value in enumerate(cast("list[object]", raw)):
            yield from _walk(arguments[0], value, (*path, index), noun)


def _struct_parts(kind: type[msgspec.Struct], items: Mapping[str, object], path: Path, noun: str) -> Iterator[Misfit]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for key, value in items.items():
        if key in fields:
            yield from _walk(fields[key].type, value, (*path, key), noun)
        elif kind.__struct_config__.forbid_unknown_fields:
            yield Misfit((*path, key), Fault.UNKNOWN_KEY, f"unknown {noun}{suggestion(key, fields)}")
    for name, field in fields.items():
        if field.required and name not in items:
            yield Misfit((*path, name), Fault.MISSING_KEY, f"missing {noun}")


def _bare(kind: object) -> object:
    if get_origin(kind) is Annotated:
        return _bare(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        rest = [part for part in get_args(kind) if part is not type(None)]
        return _bare(rest[0]) if len(rest) == 1 else kind
    return kind


_EXPECTED = re.compile(r"Expected `(?P<kinds>[^`]+)`(?P<bound>[^,]*)(, got `[^`]+`)?")
_WORDS = {
    "object": "a mapping",
    "array": "a list",
    "null": "nothing",
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "decimal": "a number",
}


def _plain(text: str, kind: object, raw: object) -> str:
    # msgspec's own path is cut off: ours names the keys of mappings too.
    text = text.split(" - at `$", maxsplit=1)[0]
    match = _EXPECTED.fullmatch(text)
    inner = _bare(kind)
    if match is not None:
        kinds = " or ".join(_WORDS.get(part, part) for part in match["kinds"].split(" | "))
        return f"expected {kinds}{match['bound']}, found {_shown(raw)}"
    if isinstance(inner, type) and issubclass(inner, Enum):
        return f"expected one of {', '.join(str(member.value) for member in inner)}, found {_shown(raw)}"
    if text == "Invalid decimal string":
        return f"expected a number, found {_shown(raw)}"
    return text  # the sentence of a struct's own check


def _shown(raw: object) -> str:
    if raw is None:
        return "nothing"
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, Mapping):
        return "a mapping"
    if isinstance(raw, (list, tuple)):
        return "a list" if raw else "an empty list"
    text = repr(raw)
    return text if len(text) <= 60 else f"{text[:57]}..."
