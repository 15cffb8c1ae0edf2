"""Compile a composition: the one module of the features that touches files, the environment and numba.

1. A generated module already loaded by this process is used again: its name says what it is, by content.
2. Otherwise its text is put into the cache directory (``NUMBA_CACHE_DIR``, else ``finantrade/kernels`` below
   ``XDG_CACHE_HOME`` or ``~/.cache``), written beside and renamed so that no other process sees half of it, and
   imported from there. Numba keeps the machine code beside it, and the next process starts from that.
3. Of processes that want the same one compiles, the others wait for it and read what it kept.
4. What was kept but cannot be read is thrown away and made anew.
5. Where that directory cannot be used, or others may write to what we would run, the module is compiled in memory: as
   fast when it runs, some seconds slower to start. That is announced, never silent.

Whoever wants to show that it takes long listens with ``compilation_told``.
"""

from __future__ import annotations

import fcntl
import importlib
import importlib.util
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from finantrade.directories import NotOurs, expect_ours, make_private
from finantrade.domain.market import Bar
from finantrade.features.composition import Composition
from finantrade.features.declaration import FeatureError
from finantrade.features.program_text import Style, program_text

PATIENCE_S = 2.0
"""What compiling may take before anybody is told."""
LONGEST_WAIT_S = 60.0
"""How long another process is waited for: it may have been stopped in the middle."""

Announce = Callable[[str], None]
Told = Callable[[int, int], None]
Update = Callable[[Bar], tuple[float, ...]]
Bind = Callable[[Callable[..., None], Any, Callable[[Any], tuple[float, ...]], Any], Update]


_listening: ContextVar[tuple[Told, float] | None] = ContextVar("listening", default=None)


@dataclass(frozen=True, slots=True)
class Program:
    """A composition ready to run: ``step(state, *values)``, ``batch(state, rows, *columns)``, and ``bind``.

    The columns of a batch are those of the bars, then those of context.
    The state is the address of float64 memory that whoever calls keeps alive; as plain Python a list of floats.
    ``bind(step, state, unpack, memory)`` returns the function that takes a bar and returns ``unpack(memory)``.
    """

    step: Callable[..., None]
    batch: Callable[..., None]
    bind: Bind


class UncachedKernel(UserWarning):
    """A kernel was compiled without a cache, so the next start compiles it again; or what was kept is of no use."""


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
        path = _usable(cache_directory(os.environ)) / f"{name}.py"
        with _telling(composition), _one_at_a_time(path.with_suffix(".lock")):
            return _kept(name, program_text(composition, Style.CACHED), path, announce)
    except (OSError, NotOurs, RuntimeError) as error:  # numba's own refusal to keep anything is a RuntimeError
        announce(f"features compile without a cache, each start takes some seconds longer: {error}")
    with _telling(composition):
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


@contextmanager
def compilation_told(tell: Told, every_s: float = 0.1) -> Generator[None]:
    """Call ``tell`` with functions done and of all while a set compiles within, once that takes over ``PATIENCE_S``."""
    token = _listening.set((tell, every_s))
    try:
        yield
    finally:
        _listening.reset(token)


@contextmanager
def _telling(composition: Composition) -> Generator[None]:
    listening = _listening.get()
    if listening is None:
        yield
        return
    events: Any = importlib.import_module("numba.core.event")  # loaded by what is compiled, and without types
    teller = _Teller(*listening, composition.functions)
    events.Listener.register(_Teller)
    with events.install_listener("numba:compile", teller):
        yield
    teller.end()


class _Teller:
    """Hears of every function that numba compiles."""

    def __init__(self, tell: Told, every_s: float, functions: int) -> None:
        self._tell = tell
        self._every_s = every_s
        self._functions = functions
        self._done = 0
        self._told = False
        self._next = time.monotonic() + PATIENCE_S

    def notify(self, event: Any) -> None:
        if not event.is_end:
            return
        self._done += 1
        if (now := time.monotonic()) >= self._next:
            self._next = now + self._every_s
            self._told = True
            # A kernel that is given floats here and whole numbers there is compiled twice: all is done at the end only.
            self._tell(min(self._done, self._functions - 1), self._functions)

    def end(self) -> None:
        """Say that all is done, to whom has heard that it began."""
        if self._told:
            self._tell(self._functions, self._functions)


def _usable(directory: Path) -> Path:
    expect_ours(make_private(directory))
    if not os.access(directory, os.W_OK | os.X_OK):
        raise PermissionError(f"expected to be able to write in {directory}, found that we may not")
    return directory


@contextmanager
def _one_at_a_time(path: Path) -> Generator[None]:
    patience = time.monotonic() + LONGEST_WAIT_S
    with path.open("a") as file:
        while time.monotonic() < patience:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.05)
        yield


def _kept(name: str, source: str, path: Path, announce: Announce) -> ModuleType:
    from numba.core.errors import NumbaError  # noqa: PLC0415  loaded by what is compiled

    try:
        return _from_file(name, source, path)
    except (NumbaError, OSError):
        raise
    except Exception as error:  # noqa: BLE001  unpickling what a broken disk has left may raise anything
        announce(f"the kept kernel cannot be read and is compiled anew: {type(error).__name__}: {error}")
    for kept in path.parent.rglob(f"{name}.*.nb[ci]"):
        kept.unlink(missing_ok=True)
    return _from_file(name, source, path)


def _from_file(name: str, source: str, path: Path) -> ModuleType:
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
