"""Features from a user's Python file, and vectorised functions that are to be checked.

1. ``FEATURES`` lists declarations, whose kernels keep to the rules of the catalogue's (``features.kernel_source``).
2. ``VECTORISED`` maps names to functions of candles that return a value a bar, such as a notebook has. They can be
   checked for lookahead and not traded with: nothing says what they would do bar by bar.

A kernel sees one bar and its own past. The one way for it to know the future would be a figure computed when the file
is read, such as the mean of a whole history; so a file with ``FEATURES`` imports nothing that could read data. That
keeps one from a mistake, it is no wall: a file is executed, use only what you would run anyway.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType, ModuleType
from typing import cast

from finantrade.edges.python_files import module_of_file
from finantrade.features.declaration import Feature, FeatureError
from finantrade.features.kernel_source import KernelRefused, definitions_of
from finantrade.features.laws import Vectorised
from finantrade.features.lookup import Lookup

DECLARED, VECTORISED = "FEATURES", "VECTORISED"
IMPORTS = (
    *("__future__", "collections.abc", "dataclasses", "math", "msgspec", "typing"),
    *("finantrade.domain", "finantrade.features", "finantrade.strategies"),
)
"""Enough for features, and for a strategy in the same file."""
READERS = frozenset({"__import__", "eval", "exec", "open"})


class FeatureFileError(FeatureError):
    """A file of features that cannot be used: where, what was expected, what was found."""


@dataclass(frozen=True)
class FeatureFile:
    """What a file declares; nothing where there is none."""

    lookup: Lookup = field(default_factory=Lookup)
    vectorised: Mapping[str, Vectorised] = field(default_factory=dict[str, Vectorised])


def load_features(path: Path | None) -> FeatureFile:
    """Return what a file declares, its kernels read and held to the rules. Raises FeatureFileError."""
    if path is None:
        return FeatureFile()
    module = module_of_file(path, "feature", FeatureFileError)
    if not hasattr(module, DECLARED) and not hasattr(module, VECTORISED):
        raise FeatureFileError(f"{path}: expected {DECLARED} or {VECTORISED}, found neither")
    return FeatureFile(Lookup(_features(module, path)), _functions(module, path))


def lookup_of(files: Sequence[str]) -> Lookup:
    """Return the catalogue, and beside it what these files declare. Raises FeatureFileError."""
    own: list[Feature] = []
    for file in files:
        found = load_features(Path(file)).lookup.own
        if not found:
            raise FeatureFileError(f"{file}: expected {DECLARED}, found none: only they can be traded with")
        own += found.values()
    try:
        return Lookup(own)
    except FeatureError as error:
        raise FeatureFileError(f"{', '.join(files)}: {error}") from None


def _features(module: ModuleType, path: Path) -> tuple[Feature, ...]:
    found: object = getattr(module, DECLARED, ())
    place = f"{path}:{_line_of(path, DECLARED)}"
    if not isinstance(found, tuple | list):
        raise FeatureFileError(f"{place}: expected {DECLARED} to be a tuple of features, found {found!r}")
    features = tuple(cast("list[object]", found))
    for number, one in enumerate(features, 1):
        if not isinstance(one, Feature):
            raise FeatureFileError(f"{place}: expected a Feature in {DECLARED}, found {one!r} as number {number}")
        _check_kernel(one, place)
    declared = cast("tuple[Feature, ...]", features)
    try:
        Lookup(declared)
    except FeatureError as error:
        raise FeatureFileError(f"{place}: {error}") from None
    if declared:
        _check_imports(path)
    return declared


def _check_kernel(feature: Feature, place: str) -> None:
    try:
        definitions_of(feature.kernel)
    except KernelRefused as error:
        raise FeatureFileError(str(error)) from None
    except FeatureError as error:
        raise FeatureFileError(f"{place}: {feature.name}: {error}") from None


def _check_imports(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_bytes())):
        for name in _reached(node):
            if not f"{name}.".startswith(tuple(f"{one}." for one in IMPORTS)):
                raise FeatureFileError(
                    f"{path}:{getattr(node, 'lineno', 1)}: expected a file with {DECLARED} to import nothing but "
                    f"{', '.join(IMPORTS)}, so that no figure of it can come from recorded data, found {name}"
                )


def _reached(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (one.name for one in names)
        case ast.ImportFrom(module=module):
            yield module or "a relative import"
        case ast.Name(id=name) if name in READERS:
            yield name
        case _:
            pass


def _functions(module: ModuleType, path: Path) -> dict[str, Vectorised]:
    found: object = getattr(module, VECTORISED, {})
    place = f"{path}:{_line_of(path, VECTORISED)}"
    if not isinstance(found, dict):
        raise FeatureFileError(f"{place}: expected {VECTORISED} to map names to functions, found {found!r}")
    functions = cast("dict[object, object]", found)
    for name, function in functions.items():
        if not isinstance(name, str) or not isinstance(function, FunctionType):
            raise FeatureFileError(f"{place}: expected a name and a function, found {name!r}: {function!r}")
    return cast("dict[str, Vectorised]", functions)


def _line_of(path: Path, name: str) -> int:
    """Return where the file gives a name its value; the first line where it comes from elsewhere."""
    for node in ast.parse(path.read_bytes()).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(one, ast.Name) and one.id == name for one in targets):
            return node.lineno
    return 1
