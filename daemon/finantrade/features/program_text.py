"""The text of a generated module: the kernels of a set, its parts, its step, and what drives the step.

``batch`` is a loop over the same step, so the two cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum

from finantrade.features.composition import Composition
from finantrade.features.parts import FIRST_OUTPUT

KERNEL = "@njit(forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)"
"""Kernels are called by parts alone: inlined they take a fifth less time, and need no ways in from outside."""
PART = "@njit(no_cpython_wrapper=True, no_cfunc_wrapper=True)"


class Style(Enum):
    """What the generated module is for: plain Python, compiled, or compiled and kept on disk."""

    PLAIN = "plain"
    COMPILED = "compiled"
    CACHED = "cached"


def program_text(composition: Composition, style: Style) -> str:
    """Return the text of the module."""
    return "\n\n".join(
        (_header(composition, style), *_functions(composition, style), _batch(composition, style), _bind(composition))
    )


def _header(composition: Composition, style: Style) -> str:
    imports = ["from __future__ import annotations", "", "import math"]
    if style is not Style.PLAIN:
        imports += ["", "from numba import njit, types", "", "VECTOR = types.float64[::1]"]
        imports += ['COLUMN = types.Array(types.float64, 1, "C", readonly=True)']
        imports += ['TIMES = types.Array(types.int64, 1, "C", readonly=True)']
    return "\n".join((f'"""Generated: the step of feature schema {composition.digest}."""', "", *imports, ""))


def _functions(composition: Composition, style: Style) -> Iterator[str]:
    compiled = style is not Style.PLAIN
    for text in composition.definitions:
        yield f"{KERNEL}\n{text}" if compiled and text.startswith("def ") else text
    for part in composition.parts:
        yield f"{PART}\n{part.text}\n" if compiled else f"{part.text}\n"
    scalars = ["types.int64" if name == "open_time" else "types.float64" for name in composition.columns]
    yield "\n".join((*_decorator(style, ["VECTOR", *scalars]), composition.step.text, ""))


def _batch(composition: Composition, style: Style) -> str:
    names = (*composition.columns, *map(str, composition.beside))
    arrays = ["TIMES" if name == "open_time" else "COLUMN" for name in names]
    beside = enumerate(composition.beside, composition.beside_at)
    values = ", ".join(("state", *(f"{name}[i]" for name in composition.columns)))
    return "\n".join(
        (
            *_decorator(style, ["VECTOR", "types.float64[:, ::1]", *arrays]),
            f"def batch({', '.join(('state', 'rows', *names))}):",
            "    for i in range(len(rows)):",
            *(f"        state[{slot}] = {name}[i]" for slot, name in beside),
            f"        step({values})",
            f"        for j in range({composition.outputs}):",
            f"            rows[i, j] = state[{FIRST_OUTPUT} + j]",
            "",
        )
    )


def _bind(composition: Composition) -> str:
    arguments = ", ".join(("state", *(f"bar.{name}" for name in composition.columns)))
    return "\n".join(
        (
            "def bind(step, unpack, state):",
            "    def update(bar):",
            f"        step({arguments})",
            "        return unpack(state)",
            "",
            "    return update",
            "",
        )
    )


def _decorator(style: Style, arguments: Sequence[str]) -> tuple[str, ...]:
    if style is Style.PLAIN:
        return ()
    return (f"@njit(types.void({', '.join(arguments)}), no_cfunc_wrapper=True, cache={style is Style.CACHED})",)
