"""What keeps a kernel the same to the bit as plain Python, as a compiled step and inside a compiled loop.

``**`` differs in one of a thousand squares, the builtin ``sum`` changed between Python 3.11 and 3.13, numpy's
elementwise functions round otherwise than ``math``: kernels multiply, loop, and call ``math``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np
import pytest
from tests.tidy.source import Module, Rule, check, planted, product, words

KERNELS = "finantrade.features.kernels"
NUMPY = words("np numpy")
REDUCTIONS = words("sum nansum mean nanmean std nanstd var nanvar dot cumsum prod cumprod average median")


def kernels() -> tuple[Module, ...]:
    return tuple(module for module in product() if f"{module.name}.".startswith(f"{KERNELS}."))


def exact(module: Module) -> Iterator[str]:
    for node in module.nodes:
        match node:
            case ast.BinOp(op=ast.Pow()) | ast.AugAssign(op=ast.Pow()):
                yield module.at(node, "** rounds otherwise when compiled: write the product, or math.sqrt")
            case ast.Call(func=ast.Name(id="sum" | "pow" as name)):
                yield module.at(node, f"the builtin {name} is not the same in every Python: write the loop")
            case ast.BinOp(op=ast.MatMult()):
                yield module.at(node, "@ adds in an order of its own: write the loop")
            case ast.Attribute(value=ast.Name(id=module_name), attr=name) if module_name in NUMPY and inexact(name):
                yield module.at(node, f"np.{name} rounds otherwise than math or a loop: use those")
            case ast.keyword(arg="fastmath", value=ast.Constant(value=value)) if value:
                yield module.at(node.value, "fastmath changes results")
            case _:
                pass


def inexact(name: str) -> bool:
    return isinstance(getattr(np, name, None), np.ufunc) or name in REDUCTIONS


def test_kernels_are_exact() -> None:
    check(exact, kernels())


def test_there_are_kernels_where_this_looks() -> None:
    functions = [node for module in kernels() for node in module.nodes if isinstance(node, ast.FunctionDef)]
    assert functions, f"no function in {KERNELS}: the rules above watch nothing"


def test_nothing_is_compiled_with_fastmath() -> None:
    check(lambda module: (breach for breach in exact(module) if "fastmath" in breach), product())


@pytest.mark.parametrize(
    ("rule", "text", "breach"),
    [
        (exact, "def f(x):\n    return x**2", "planted.py:2: **"),
        (exact, "x **= 0.5", "**"),
        (exact, "mean = sum(xs) / n", "builtin sum"),
        (exact, "y = np.log(x)", "np.log"),
        (exact, "y = np.add.reduce(xs)", "np.add"),
        (exact, "y = numpy.mean(xs)", "np.mean"),
        (exact, "y = a @ b", "@ adds"),
        (exact, "f = njit(fastmath=True)(g)", "fastmath"),
    ],
)
def test_a_planted_breach_is_found(rule: Rule, text: str, breach: str) -> None:
    found = list(rule(planted(text, f"{KERNELS}.planted")))
    assert len(found) == 1
    assert breach in found[0]


def test_what_is_exact_is_let_through() -> None:
    assert list(exact(planted("def f(x, state):\n    state[0] = x * x + math.sqrt(np.nan)\n    return state[0]"))) == []
