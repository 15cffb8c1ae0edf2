"""The core decides and does nothing else: no clock, chance, input or output, and no order that hangs on addresses.

Sets are watched because the order of strings in them changes with every process; whoever iterates one says ``sorted``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

import pytest
from tests.tidy.source import Module, Rule, check, imports, planted, product, words

CORE = words("domain engine actors features risk execution strategies wiring")
# Each line is a hole in the wall: the module and why it has to reach out.
EXEMPT: dict[str, str] = {
    "finantrade.features.compile": "hands the generated kernel to numba and its cache, before the first bar",
}
ALLOWED = words(
    "__future__ abc array ast bisect collections copy dataclasses datetime decimal difflib enum finantrade fractions "
    "functools hashlib heapq inspect itertools keyword math msgspec numba numpy operator re string struct "
    "textwrap types typing"
)
FORBIDDEN_CALLS = words("open print input id hash eval exec globals locals __import__ breakpoint")
CLOCKS = words("now today utcnow")
MUTATORS = words("append extend insert add update setdefault pop popitem remove discard clear appendleft")
# What walks through its arguments and hands their order on; and what answers the same in any order.
WALKERS = words("list tuple iter next enumerate zip map filter reversed sum dict fsum deque array")
ORDERLESS = words("sorted set frozenset len min max any all bool isinstance")


def core() -> Iterable[Module]:
    return (module for module in product() if module.part in CORE and module.name not in EXEMPT)


def imports_are_pure(module: Module) -> Iterator[str]:
    for line, name in imports(module, frozenset()):
        if name.split(".")[0] not in ALLOWED or name.startswith("numpy.random"):
            yield module.at(line, f"the core may import {' '.join(sorted(ALLOWED))}, found {name}")


def calls_are_pure(module: Module) -> Iterator[str]:
    for node in module.nodes:
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in FORBIDDEN_CALLS:
                yield module.at(node, f"{name}() has no place in the core")
            case ast.Call(func=ast.Attribute(value=ast.Name(id="datetime" | "date"), attr=name)) if name in CLOCKS:
                yield module.at(node, f"the core has no clock, found {name}(): its time is the message's")
            case ast.Attribute(value=ast.Name(id="np" | "numpy"), attr="random"):
                yield module.at(node, "the core has no chance, found numpy.random")
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                yield module.at(node, f"state belongs to an actor, found a changing name outside of one: {names}")
            case _:
                pass


def globals_stay(module: Module) -> Iterator[str]:
    outside = {name for statement in module.tree.body for name in bound_by(statement)}
    for function in (node for node in module.nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
        inside = {argument.arg for argument in ast.walk(function.args) if isinstance(argument, ast.arg)}
        inside |= {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and is_stored(node)}
        for node in ast.walk(function):
            name = changed_name(node)
            if name in outside - inside:
                yield module.at(node, f"{name} belongs to the module and is changed in {function.name}()")


def sets_are_not_walked(module: Module) -> Iterator[str]:
    known = names_of_sets(module)
    harmless = {argument for node in module.nodes for argument in orderless_arguments(node)}
    for node in module.nodes:
        for walked in walked_by(node):
            if is_set(walked, known) and node not in harmless:
                yield module.at(walked, f"a set is walked in no known order, say sorted({ast.unparse(walked)})")


def bound_by(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.Assign(targets=targets):
            yield from (target.id for target in targets if isinstance(target, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name
        case _:
            pass


def is_stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def changed_name(node: ast.AST) -> str | None:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if method in MUTATORS:
            return name
        case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
            return name
        case _:
            return None


def names_of_sets(module: Module) -> frozenset[str]:
    """Names and attributes that are annotated as sets or given one, anywhere in the module."""
    found: set[str] = set()
    for node in module.nodes:
        match node:
            case ast.arg(arg=name, annotation=kind) if kind is not None and is_set_type(kind):
                found.add(name)
            case ast.AnnAssign(target=target, annotation=kind) if is_set_type(kind):
                found.add(last_name(target))
            case ast.Assign(targets=targets, value=value) if is_set(value, frozenset()):
                found |= {last_name(target) for target in targets}
            case _:
                pass
    return frozenset(found - {""})


def is_set_type(kind: ast.expr) -> bool:
    return ast.unparse(kind).split("[")[0].split(".")[-1] in {"set", "frozenset", "AbstractSet", "MutableSet", "Set"}


def is_set(node: ast.expr, known: frozenset[str]) -> bool:
    match node:
        case ast.Set() | ast.SetComp() | ast.Call(func=ast.Name(id="set" | "frozenset")):
            return True
        case ast.BinOp(left=left, op=ast.BitOr() | ast.BitAnd() | ast.Sub() | ast.BitXor(), right=right):
            return is_set(left, known) or (is_set(right, known) and not isinstance(node.op, ast.Sub))
        case ast.Name() | ast.Attribute():
            return last_name(node) in known
        case _:
            return False


def last_name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def walked_by(node: ast.AST) -> Iterator[ast.expr]:
    """What a node goes through one by one."""
    match node:
        case ast.For(iter=walked) | ast.Starred(value=walked):
            yield walked
        case (
            ast.ListComp(generators=generators)
            | ast.GeneratorExp(generators=generators)
            | ast.DictComp(generators=generators)
        ):
            yield from (generator.iter for generator in generators)
        case ast.Call(func=ast.Name(id=name), args=arguments) if name in WALKERS:
            yield from arguments
        case ast.Call(func=ast.Attribute(attr="join" | "extend" | "fromkeys"), args=arguments):
            yield from arguments
        case ast.Call(func=ast.Attribute(value=walked, attr="pop"), args=[]):
            yield walked
        case _:
            pass


def orderless_arguments(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Call(func=ast.Name(id=name), args=arguments) if name in ORDERLESS:
            yield from arguments
        case _:
            pass


@pytest.mark.parametrize("rule", [imports_are_pure, calls_are_pure, globals_stay, sets_are_not_walked])
def test_the_core_is_pure(rule: Rule) -> None:
    check(rule, core())


def test_every_exemption_is_still_needed() -> None:
    names = {module.name for module in product()}
    assert set(EXEMPT) <= names, f"no longer there: {sorted(set(EXEMPT) - names)}"


@pytest.mark.parametrize(
    ("rule", "text", "breach"),
    [
        (imports_are_pure, "import asyncio", "found asyncio"),
        (imports_are_pure, "from time import monotonic", "found time"),
        (imports_are_pure, "def f() -> None:\n    import os.path", "planted.py:2: the core may import"),
        (imports_are_pure, "import numpy.random", "found numpy.random"),
        (calls_are_pure, "key = id(order)", "id() has no place"),
        (calls_are_pure, "key = hash('BTCUSDT')", "hash() has no place"),
        (calls_are_pure, "with open('x') as file: ...", "open() has no place"),
        (calls_are_pure, "moment = datetime.now(UTC)", "no clock, found now()"),
        (calls_are_pure, "x = np.random.default_rng(1)", "no chance"),
        (calls_are_pure, "def f() -> None:\n    global seen", "planted.py:2: state belongs"),
        (globals_stay, "SEEN = {}\ndef f(key: str) -> None:\n    SEEN[key] = 1", "SEEN belongs to the module"),
        (globals_stay, "SEEN = []\ndef f(key: str) -> None:\n    SEEN.append(key)", "planted.py:3: SEEN belongs"),
        (sets_are_not_walked, "for x in {1, 2}: ...", "say sorted({1, 2})"),
        (sets_are_not_walked, "def f(held: set[str]) -> list[str]:\n    return [x for x in held]", "sorted(held)"),
        (sets_are_not_walked, "self.held = set()\nfirst = list(self.held)", "planted.py:2: a set is walked"),
        (sets_are_not_walked, "a: frozenset[str] = f()\nb = ','.join(a | other)", "sorted(a | other)"),
        (sets_are_not_walked, "a: set[str] = f()\nb = a.pop()", "sorted(a)"),
        (sets_are_not_walked, "a = frozenset('xy')\nb = (*a, 1)", "sorted(a)"),
    ],
)
def test_a_planted_breach_is_found(rule: Rule, text: str, breach: str) -> None:
    found = list(rule(planted(text)))
    assert len(found) == 1
    assert breach in found[0]


@pytest.mark.parametrize(
    "text",
    [
        "a: set[str] = f()\nfor x in sorted(a): ...",
        "a: set[str] = f()\nfull = any(x in b for x in a)",
        "a = {'x': 1}\nfor x in a: ...",
        "a: set[str] = f()\nb = {x for x in a}",
        "SEEN = []\ndef f() -> list[int]:\n    SEEN = []\n    SEEN.append(1)\n    return SEEN",
    ],
)
def test_what_is_harmless_is_let_through(text: str) -> None:
    module = planted(text)
    assert [*calls_are_pure(module), *globals_stay(module), *sets_are_not_walked(module)] == []
