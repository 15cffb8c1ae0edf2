"""The platform fingerprint: what floating-point results depend on beside the program and its inputs.

Byte equality of two runs is promised only where these agree. CPU features are those that LLVM sees, because numba
compiles for them and libm chooses its variants by the same bits.
"""

from __future__ import annotations

import os
import platform
from functools import cache
from importlib import import_module
from importlib.metadata import version
from typing import Any

import msgspec


class Fingerprint(msgspec.Struct, frozen=True, kw_only=True):
    """One platform. ``cpu_features`` is sorted; ``numba_target`` holds numba's overrides of CPU name and features."""

    machine: str
    system: str
    python: str
    numpy: str
    numba: str
    llvmlite: str
    libc: str
    cpu: str
    cpu_features: tuple[str, ...]
    numba_target: str = ""

    def differences(self, other: Fingerprint) -> tuple[str, ...]:
        """Return one line for each field in which ``other`` differs; empty where byte equality is promised."""
        names = self.__struct_fields__
        return tuple(
            _difference(name, getattr(self, name), getattr(other, name))
            for name in names
            if getattr(self, name) != getattr(other, name)
        )


@cache
def current_fingerprint() -> Fingerprint:
    """Return the fingerprint of this process."""
    binding: Any = import_module("llvmlite.binding")
    features: dict[str, bool] = dict(binding.get_host_cpu_features())
    return Fingerprint(
        machine=platform.machine(),
        system=platform.system(),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        numpy=version("numpy"),
        numba=version("numba"),
        llvmlite=version("llvmlite"),
        # Outside glibc the C library comes with the system, whose release then stands for it.
        libc=" ".join(platform.libc_ver()).strip() or platform.release(),
        cpu=str(binding.get_host_cpu_name()),
        cpu_features=tuple(sorted(name for name, present in features.items() if present)),
        numba_target=" ".join(os.environ.get(name, "") for name in ("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES")).strip(),
    )


def _difference(name: str, ours: str | tuple[str, ...], theirs: str | tuple[str, ...]) -> str:
    if isinstance(ours, str) or isinstance(theirs, str):
        return f"{name}: {ours} against {theirs}"
    only_ours, only_theirs = sorted(set(ours) - set(theirs)), sorted(set(theirs) - set(ours))
    return f"{name}: only here {only_ours}, only there {only_theirs}"
