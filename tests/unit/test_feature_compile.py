"""Compiling: what is kept and read again, what is not relied on, what is announced, and who is told how far it is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import anyio
import pytest
from rich.console import Console
from structlog.testing import capture_logs
from tests.feature_rows import QUARTER, bars_of, bits, plain_rows, resolved, walk

from finantrade.cli.output import progress
from finantrade.config_file import load_config
from finantrade.features.compile import UncachedKernel, cache_directory, compilation_told
from finantrade.features.composition import Composition
from finantrade.features.feature_set import FeatureSet
from finantrade.features.program_text import Style, program_text
from finantrade.runtime.daemon import Options, run_daemon

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("ema_2",)
CHILD = """
from tests.feature_rows import QUARTER, resolved, walk
from finantrade.features.feature_set import FeatureSet
features = FeatureSet(resolved(["ema_2"]), QUARTER, print)
print(features.batch(walk(5)).tobytes().hex())
print(sum(features.program.batch.stats.cache_hits.values()))
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept") / "kernels"


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Path]:
    """Let kernels be kept in a directory; numba reads the environment when it is imported, which it is by now."""

    def use(directory: Path) -> Path:
        monkeypatch.setenv("NUMBA_CACHE_DIR", str(directory))
        monkeypatch.setattr("numba.config.CACHE_DIR", str(directory))
        return directory

    return use


class Start:
    """A start as a new process has it: whether the rows are right, and how many of two functions were read."""

    def __init__(self, names: tuple[str, ...] = NAMES) -> None:
        self.heard: list[str] = []
        features = FeatureSet(resolved(names), QUARTER, self.heard.append)
        self.name = f"finantrade_kernel_{features.schema_id}"
        sys.modules.pop(self.name, None)
        self.right = bits(features.batch(walk(5))) == bits(plain_rows(features.features, bars_of(walk(5))))
        module: Any = sys.modules.pop(self.name)
        self.read = sum(sum(one.stats.cache_hits.values()) for one in (module.step, module.batch))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def spoil(path: Path) -> None:
    path.write_bytes(b"\x80\x04garbage" * 100)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def replace(path: Path) -> None:
    path.write_text(path.read_text().replace("2.0 / (n + 1.0)", "3.0 / (n + 1.0)"))


# ---- what is kept


def test_the_second_start_reads_what_the_first_one_kept(use: Callable[[Path], Path], kept: Path) -> None:
    use(kept)
    for read in (0, 2):
        start = Start()
        assert (start.right, start.read, start.heard) == (True, read, [])
    assert {path.stem for path in kept.glob("*.*")} == {start.name}


@pytest.mark.parametrize("damage", [cut, spoil, empty])
@pytest.mark.parametrize("files", ["*.nbi", "*.nbc"])
def test_what_cannot_be_read_is_compiled_anew(
    use: Callable[[Path], Path], kept: Path, files: str, damage: Callable[[Path], None]
) -> None:
    use(kept)
    Start()
    for path in kept.rglob(files):
        damage(path)
    start = Start()
    assert (start.right, start.read, len(start.heard)) == (True, 0, 1)
    assert "the kept kernel cannot be read and is compiled anew: " in start.heard[0]
    assert Start().read == 2


def test_a_text_that_has_become_another_is_not_run(use: Callable[[Path], Path], kept: Path) -> None:
    use(kept)
    path = kept / f"{Start().name}.py"
    replace(path)
    start = Start()
    assert (start.right, start.heard) == (True, [])
    assert "2.0 / (n + 1.0)" in path.read_text()


def test_machine_code_of_another_text_is_not_run(
    use: Callable[[Path], Path], kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def older(composition: Composition, style: Style) -> str:
        text = program_text(composition, style)
        return text.replace("2.0 / (n + 1.0)", "3.0 / (n + 1.0)") if style is Style.CACHED else text

    use(kept)
    with monkeypatch.context() as before:
        before.setattr("finantrade.features.compile.program_text", older)
        assert not Start().right
    start = Start()
    assert (start.right, start.read, start.heard) == (True, 0, [])


def test_machine_code_that_is_gone_is_made_again(use: Callable[[Path], Path], kept: Path) -> None:
    use(kept)
    Start()
    for path in kept.rglob("*.nbc"):
        path.unlink()
    start = Start()
    assert (start.right, start.read, start.heard) == (True, 0, [])


def test_of_two_processes_at_once_one_compiles(use: Callable[[Path], Path], tmp_path: Path) -> None:
    directory = use(tmp_path / "kernels")
    command, environment = [sys.executable, "-c", CHILD], {**os.environ, "PYTHONPATH": str(ROOT)}
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT) for _ in range(2)]
    said = [one.communicate(timeout=100)[0] for one in both]
    expected = bits(plain_rows(resolved(NAMES), bars_of(walk(5)))).hex()
    assert sorted(said) == [f"{expected}\n0\n", f"{expected}\n1\n"]
    start = Start()
    assert (start.right, start.read, start.heard) == (True, 2, [])
    assert {path.suffix for path in directory.glob("*.*")} == {".lock", ".py"}


# ---- what is not relied on


def test_a_directory_that_cannot_be_made_is_announced(use: Callable[[Path], Path], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    use(tmp_path / "file" / "kernels")
    start = Start()
    assert (start.right, start.read, len(start.heard)) == (True, 0, 1)
    assert "features compile without a cache" in start.heard[0]
    assert str(tmp_path / "file") in start.heard[0]


def test_a_directory_that_may_only_be_read_is_announced(
    use: Callable[[Path], Path], kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(kept)
    Start()
    # To root every directory is writable, whatever its mode: what is tested is that we ask, and what we do then.
    monkeypatch.setattr("os.access", lambda path, mode: not (path == kept and mode & os.W_OK))
    start = Start()
    assert (start.right, start.read) == (True, 0)
    assert start.heard == [
        "features compile without a cache, each start takes some seconds longer: "
        f"expected to be able to write in {kept}, found that we may not"
    ]


def test_a_directory_that_numba_does_not_take_is_done_without(
    use: Callable[[Path], Path], kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(kept)
    monkeypatch.setattr("numba.core.caching.CacheImpl._locator_classes", [])
    start = Start()
    assert (start.right, start.read) == (True, 0)
    assert "features compile without a cache" in start.heard[-1]
    assert "no locator available" in start.heard[-1]


def test_what_others_could_have_put_there_is_not_run(use: Callable[[Path], Path], tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    use(tmp_path)
    planted = tmp_path / f"{Start().name}.py"
    planted.write_text("raise RuntimeError")
    start = Start()
    assert (start.right, planted.read_text()) == (True, "raise RuntimeError")
    assert f"expected nobody else to write to {tmp_path}, found mode 1777" in start.heard[0]


def test_what_belongs_to_somebody_else_is_not_run(
    use: Callable[[Path], Path], kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(kept)
    Start()
    we = os.geteuid()
    monkeypatch.setattr("os.geteuid", lambda: we + 1)
    start = Start()
    assert (start.right, start.read) == (True, 0)
    assert f"expected {kept} to belong to user {we + 1}, who runs this, found user {we}" in start.heard[0]


def test_by_default_it_is_announced_as_a_warning(use: Callable[[Path], Path], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    use(tmp_path / "file" / "kernels")
    features = FeatureSet(resolved(["ema_4"]), QUARTER)
    with pytest.warns(UncachedKernel, match="compile without a cache"):
        features.start()


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"NUMBA_CACHE_DIR": "/n", "XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/n"),
        ({"XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/x/finantrade/kernels"),
        ({"HOME": "/h"}, "/h/.cache/finantrade/kernels"),
    ],
)
def test_where_kernels_are_kept(environment: dict[str, str], expected: str) -> None:
    assert cache_directory(environment) == Path(expected)


def test_without_any_home_there_is_no_cache() -> None:
    with pytest.raises(OSError, match="expected NUMBA_CACHE_DIR, XDG_CACHE_HOME or HOME"):
        cache_directory({})


# ---- who is told


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("finantrade.features.compile.PATIENCE_S", 0.0)


@pytest.mark.usefixtures("impatient")
def test_whoever_listens_is_told_how_far_it_is(use: Callable[[Path], Path], tmp_path: Path) -> None:
    use(tmp_path)
    heard: list[tuple[int, int]] = []
    with compilation_told(lambda done, functions: heard.append((done, functions)), every_s=0.0):
        Start(("trend_3",))
        compiled, _ = len(heard), Start(("trend_3",))
    # canonical, ema, change, the part, the step and its loop
    assert heard == [*((done, 6) for done in (1, 2, 3, 4, 5, 5)), (6, 6)]
    assert compiled == len(heard)


def test_nobody_is_told_of_what_does_not_take_long(
    use: Callable[[Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("finantrade.features.compile.PATIENCE_S", 1e6)
    use(tmp_path)
    heard: list[tuple[int, int]] = []
    with compilation_told(lambda done, functions: heard.append((done, functions))):
        Start()
    assert heard == []


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("shown", [True, False])
def test_a_command_shows_that_it_compiles(
    use: Callable[[Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shown: bool
) -> None:
    use(tmp_path)
    written = StringIO()
    terminal = Console(file=written, force_terminal=True, width=120)
    monkeypatch.setattr("finantrade.cli.output.Console", lambda **_: terminal)
    with progress("computing", 5, "bars", shown=shown):
        Start()
    assert ("compiling features" in written.getvalue()) == shown


@pytest.mark.usefixtures("impatient")
def test_the_daemon_says_that_it_compiles(
    use: Callable[[Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        Start()
        raise LookupError

    use(tmp_path)
    monkeypatch.setattr("finantrade.runtime.daemon.open_session", refused)
    config = load_config([ROOT / "config" / "demo.yml"], {"api.port": 0}).config
    with capture_logs() as said, pytest.raises(LookupError):
        anyio.run(run_daemon, config, Options(tmp_path / "state"))
    assert [(one["event"], one["done"], one["functions"]) for one in said if one["event"] == "compiling"] == [
        ("compiling", 1, 5),
        ("compiling", 5, 5),
    ]
