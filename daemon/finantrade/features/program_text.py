"""The text of a generated module: the kernels of a set, its parts, its step, and what drives the step.

``batch`` is a loop over the same step, so the two cannot differ. Compiled, both take the state as an address and read
it through a bare pointer. An array would bring its shape into every kernel, and a test for a negative place into every
access: a quarter more to compile, and a tenth slower.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum

from finantrade.features.composition import Composition
from finantrade.features.parts import FIRST_OUTPUT

KERNEL = "@njit(forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)"
"""Kernels are called by parts alone: inlined they take a fifth less time, and need no ways in from outside."""
PART = "@njit(no_cpython_wrapper=True, no_cfunc_wrapper=True)"

COMPILED = """
from numba import njit, types
from numba.extending import intrinsic

COLUMN = types.Array(types.float64, 1, "C", readonly=True)
TIMES = types.Array(types.int64, 1, "C", readonly=True)


@intrinsic
def floats_at(typing, address):
    def generate(context, builder, signature, arguments):
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

    return types.CPointer(types.float64)(types.intp), generate
"""
AT_ADDRESS = "state = floats_at(address)"


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
    about = f'"""Generated: the step of feature schema {composition.digest}."""'
    return "\n".join((about, "", "from __future__ import annotations", "", "import math", *_imports(style), ""))


def _imports(style: Style) -> tuple[str, ...]:
    return () if style is Style.PLAIN else (COMPILED,)


def _functions(composition: Composition, style: Style) -> Iterator[str]:
    compiled = style is not Style.PLAIN
    for text in composition.definitions:
        yield f"{KERNEL}\n{text}" if compiled and text.startswith("def ") else text
    for part in composition.parts:
        yield f"{PART}\n{part.text}\n" if compiled else f"{part.text}\n"
    scalars = ["types.int64" if name == "open_time" else "types.float64" for name in composition.columns]
    step = composition.step.beginning(AT_ADDRESS, state="address") if compiled else composition.step.text
    yield "\n".join((*_decorator(style, scalars), step, ""))


def _batch(composition: Composition, style: Style) -> str:
    names = (*composition.columns, *map(str, composition.beside))
    arrays = ["TIMES" if name == "open_time" else "COLUMN" for name in names]
    beside = enumerate(composition.beside, composition.beside_at)
    state = "state" if style is Style.PLAIN else "address"
    values = ", ".join((state, *(f"{name}[i]" for name in composition.columns)))
    return "\n".join(
        (
            *_decorator(style, ["types.float64[:, ::1]", *arrays]),
            f"def batch({', '.join((state, 'rows', *names))}):",
            *(() if style is Style.PLAIN else (f"    {AT_ADDRESS}",)),
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
            "def bind(step, state, unpack, memory):",
            "    def update(bar):",
            f"        step({arguments})",
            "        return unpack(memory)",
            "",
            "    return update",
            "",
        )
    )


def _decorator(style: Style, arguments: Sequence[str]) -> tuple[str, ...]:
    if style is Style.PLAIN:
        return ()
    signature = f"types.void({', '.join(('types.intp', *arguments))})"
    return (f"@njit({signature}, no_cfunc_wrapper=True, cache={style is Style.CACHED})",)
