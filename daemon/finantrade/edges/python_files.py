"""Other people's Python files as modules. A file is executed: use only what you would run anyway."""

from __future__ import annotations

import hashlib
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from traceback import extract_tb
from types import ModuleType


def module_of_file(path: Path, noun: str, refusal: type[Exception]) -> ModuleType:
    """Execute a file that holds a ``noun``. Raises ``refusal`` naming file, line and what went wrong."""
    if not path.is_file():
        raise refusal(f"{path}: no such {noun} file")
    # The name must be free in sys.modules, where msgspec looks up the annotations of a struct.
    digest = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]
    spec = spec_from_file_location(f"finantrade_{noun}_{path.stem}_{digest}", path)
    if spec is None or spec.loader is None:
        raise refusal(f"{path}: expected a Python file (.py)")
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[spec.name]
        raise refusal(f"{path}{_line(error, path)}: {type(error).__name__}: {error}") from error
    return module


def _line(error: Exception, path: Path) -> str:
    if isinstance(error, SyntaxError):
        return f":{error.lineno}"
    lines = [frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename == str(path)]
    return f":{lines[-1]}" if lines else ""
