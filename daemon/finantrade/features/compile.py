"""Compile a composition: the one module of the features that touches files, the environment and numba.

1. A generated module already loaded by this process is used again: its name says what it is, by content.
2. Otherwise its text is put into the cache directory (``NUMBA_CACHE_DIR``, else ``finantrade/kernels`` below
   ``XDG_CACHE_HOME`` or ``~/.cache``), written beside and renamed so that no other process sees half of it, and
   imported from there. Numba keeps the machine code beside it, and the next process starts from that.
3. Where that directory cannot be used, or others may write to what we would run, the module is compiled in memory: as
   fast when it runs, some seconds slower to start. That is announced, never silent.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from finantrade.directories import NotOurs, expect_ours, make_private
from finantrade.domain.market import Bar
from finantrade.features.composition import Composition
from finantrade.features.declaration import FeatureError
from finantrade.features.program_text import Style, program_text

Announce = Callable[[str], None]
Update = Callable[[Bar], tuple[float, ...]]
Bind = Callable[[Callable[..., None], Any, Callable[[Any], tuple[float, ...]], Any], Update]


@dataclass(frozen=True, slots=True)
class Program:
    """A composition ready to run: ``step(state, *values)``, ``batch(state, rows, *columns)``, and ``bind``.

    The state is the address of float64 memory that whoever calls keeps alive; as plain Python a list of floats.
    ``bind(step, state, unpack, memory)`` returns the function that takes a bar and returns ``unpack(memory)``.
    """

    step: Callable[..., None]
    batch: Callable[..., None]
    bind: Bind


class UncachedKernel(UserWarning):
    """A kernel was compiled without a cache, so the next start compiles it again."""


def warn(message: str) -> None:
    """Announce through Python's warnings."""
    warnings.warn(message, UncachedKernel, stacklevel=2)


def compiled(composition: Composition, announce: Announce = warn) -> Program:
    """Return the compiled program, from the cache where there is one; ``announce`` hears when there cannot be.

    Raises FeatureError where numba cannot tell the types of a kernel.
    """
    from numba.core.errors import NumbaError  # noqa: PLC0415  loaded by what is compiled

    name = f"finantrade_kernel_{composition.digest}"
    try:
        module = sys.modules.get(name) or _loaded(name, composition, announce)
    except NumbaError as error:
        raise FeatureError(f"expected kernels that compile, found: {' '.join(str(error).split())}") from error
    return Program(_entry(module.step), module.batch, module.bind)


def _loaded(name: str, composition: Composition, announce: Announce) -> ModuleType:
    try:
        return _from_file(name, program_text(composition, Style.CACHED), cache_directory(os.environ))
    except (OSError, NotOurs) as error:
        announce(f"features compile without a cache, each start takes some seconds longer: {error}")
        return _in_memory(name, program_text(composition, Style.COMPILED))


def plain(composition: Composition) -> Program:
    """Return the same program as plain Python, its state a list of floats: what the compiled one must equal."""
    module = _in_memory(f"finantrade_plain_{composition.digest}", program_text(composition, Style.PLAIN))
    return Program(module.step, module.batch, module.bind)


def cache_directory(environment: Mapping[str, str]) -> Path:
    """Return where kernels are kept. Raises OSError where there is no home directory and nothing else is named."""
    if named := environment.get("NUMBA_CACHE_DIR"):
        return Path(named)
    if caches := environment.get("XDG_CACHE_HOME"):
        return Path(caches) / "finantrade" / "kernels"
    if home := environment.get("HOME"):
        return Path(home) / ".cache" / "finantrade" / "kernels"
    raise FileNotFoundError("expected NUMBA_CACHE_DIR, XDG_CACHE_HOME or HOME in the environment, found none of them")


def _from_file(name: str, source: str, directory: Path) -> ModuleType:
    path = expect_ours(make_private(directory)) / f"{name}.py"
    if not path.is_file() or path.read_bytes() != source.encode():
        _write(path, source)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with _registered(name, module):
        spec.loader.exec_module(module)
    return module


def _write(path: Path, source: str) -> None:
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=path.stem, suffix=".tmp", delete=False) as file:
        file.write(source)
    Path(file.name).replace(path)


def _in_memory(name: str, source: str) -> ModuleType:
    module = ModuleType(name)
    with _registered(name, module):
        exec(compile(source, f"<{name}>", "exec"), module.__dict__)  # noqa: S102  our own text, by design
    return module


@contextmanager
def _registered(name: str, module: ModuleType) -> Generator[None]:
    # Numba looks for the module by its name while it is being executed; one that failed must not be found later.
    sys.modules[name] = module
    try:
        yield
    except BaseException:
        del sys.modules[name]
        raise


def _entry(step: Any) -> Callable[..., None]:
    # The dispatcher finds out anew at every call which types it was given; there is only one answer, so it is left out.
    (overload,) = step.overloads.values()
    return overload.entry_point
