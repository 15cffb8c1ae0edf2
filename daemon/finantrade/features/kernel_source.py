"""Read a kernel as text, with all it calls, and hold it to the rules that make every driver give the same bits.

The same function runs as plain Python, as a compiled step and inside a compiled loop. They agree if it uses nothing but
float and integer arithmetic, the few ``math`` functions below, other such functions and module constants. ``x ** 2``,
``sum`` and numpy's functions round differently in one value of a thousand, ``min`` and ``max`` differ on NaN: refused.
The text is part of the schema, and is copied into the generated module so that its compiled form is cached as a whole.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
import types
from collections.abc import Iterator

from finantrade.features.declaration import Column, FeatureError, Kernel

BUILTINS = frozenset({"abs", "bool", "float", "int", "range"})
MATH = frozenset({"exp", "fabs", "inf", "isnan", "log", "nan", "sqrt"})
SYNTAX: tuple[type[ast.AST], ...] = (
    *(ast.arguments, ast.arg, ast.Load, ast.Store, ast.Name, ast.Constant, ast.Attribute, ast.Subscript, ast.Call),
    *(ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.If, ast.IfExp, ast.For, ast.While, ast.Return),
    *(ast.Break, ast.Continue, ast.Compare, ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.And, ast.Or, ast.Not, ast.USub),
    *(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod),
    *(ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE),
)

GENERATED = re.compile(
    r"address|batch|bind|floats_at|intrinsic|njit|open_time|state|step|types|zero|COLUMN|TIMES"
    rf"|v_\w+|part_(base|\d+[a-z])_\d+|(closed|fresh)_\d+[a-z]|({'|'.join(Column)})(_\d+[a-z])?"
)
"""What the generated module itself calls something: a kernel or constant of that name would stand in its place."""


class KernelRefused(FeatureError):
    """Code that a kernel may not have; the text begins with its ``file:line``."""


def definitions_of(*kernels: Kernel) -> dict[str, str]:
    """Return the text of kernels and of all functions and constants they need, by name, needed ones first.

    Raises FeatureError naming the kernel, the line and what is not allowed, or the name that two have; KernelRefused
    where it is in the code of a kernel.
    """
    found: dict[str, str] = {}
    read: set[Kernel] = set()
    for kernel in kernels:
        _collect(kernel, found, read, ())
    return found


def _collect(kernel: Kernel, found: dict[str, str], read: set[Kernel], callers: tuple[str, ...]) -> None:
    name = _function(kernel).__name__
    if name in callers:
        raise FeatureError(f"kernel {name}: expected no recursion, found {' → '.join((*callers, name))}")
    if kernel in read:
        return
    text, tree = _read(kernel)
    for other, value in _needs(kernel, tree):
        if isinstance(value, types.FunctionType):
            _collect(value, found, read, (*callers, name))
        else:
            _check_name(kernel, other)
            _put(found, other, f"{other} = {value!r}\n")
    _check_name(kernel, name)
    _put(found, name, text)
    read.add(kernel)


def _put(found: dict[str, str], name: str, text: str) -> None:
    if found.setdefault(name, text) != text:
        raise FeatureError(f"expected one meaning of {name} among the kernels of a set, found two: rename one")


def _check_name(kernel: Kernel, name: str) -> None:
    if GENERATED.fullmatch(name):
        code = _function(kernel).__code__
        raise KernelRefused(
            f"{code.co_filename}:{code.co_firstlineno}: kernel {kernel.__name__}: expected a name of its own, "
            f"found {name}, which the generated code has: rename it"
        )


def _function(kernel: Kernel) -> types.FunctionType:
    if not isinstance(kernel, types.FunctionType) or kernel.__name__ == "<lambda>":
        raise FeatureError(f"expected a kernel that is a plain named function, found {kernel!r}")
    return kernel


def _read(kernel: Kernel) -> tuple[str, ast.FunctionDef]:
    try:
        text = textwrap.dedent(inspect.getsource(kernel))
    except OSError:
        raise FeatureError(f"kernel {_function(kernel).__name__}: expected source in a file, found none") from None
    tree = ast.parse(text).body[0]
    if not isinstance(tree, ast.FunctionDef) or tree.decorator_list:
        raise FeatureError(
            f"kernel {_function(kernel).__name__}: expected an undecorated function, found {text[:40]!r}"
        )
    return text, tree


def _needs(kernel: Kernel, tree: ast.FunctionDef) -> Iterator[tuple[str, object]]:
    function = _function(kernel)
    local = function.__code__.co_varnames
    for line, node in (pair for statement in tree.body for pair in _nodes(statement, 1)):
        if not isinstance(node, SYNTAX):
            raise _refused(function, line, type(node).__name__)
        if isinstance(node, ast.Attribute):
            _check_math(function, line, node)
        elif isinstance(node, ast.Name) and node.id not in local and node.id not in BUILTINS | {"math"}:
            value = function.__globals__.get(node.id)
            if not isinstance(value, types.FunctionType | int | float):
                raise _refused(function, line, f"the name {node.id}")
            yield node.id, value


def _nodes(node: ast.AST, line: int) -> Iterator[tuple[int, ast.AST]]:
    # Operators have no line of their own: theirs is that of the expression.
    line = getattr(node, "lineno", line)
    yield line, node
    for child in ast.iter_child_nodes(node):
        yield from _nodes(child, line)


def _check_math(function: types.FunctionType, line: int, node: ast.Attribute) -> None:
    if not (isinstance(node.value, ast.Name) and node.value.id == "math" and node.attr in MATH):
        raise _refused(function, line, ast.unparse(node))


def _refused(function: types.FunctionType, line: int, found: str) -> KernelRefused:
    code = function.__code__
    return KernelRefused(
        f"{code.co_filename}:{code.co_firstlineno + line - 1}: "
        f"kernel {function.__name__}, line {line}: expected arithmetic, math.{{{', '.join(sorted(MATH))}}}, "
        f"{', '.join(sorted(BUILTINS))}, plain functions and number constants, found {found}"
    )
