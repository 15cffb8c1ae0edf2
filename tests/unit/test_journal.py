"""The journal at rest: what is refused and how it is said, what is kept, and what comes back."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections import namedtuple
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import pytest
from tests.journals import (
    FILE,
    GENESIS,
    PLATFORM,
    extend,
    filled,
    header,
    inputs,
    links,
    message,
    rotate,
    rows,
)

from finantrade.domain.message import Decision, Input
from finantrade.domain.units import DAY, HOUR, MINUTE
from finantrade.journal import chores, retention, streams
from finantrade.journal.errors import (
    JournalBusy,
    JournalCorrupt,
    JournalError,
    JournalMissing,
    JournalOrder,
    JournalPruned,
    JournalTooNew,
    JournalUnwritable,
)
from finantrade.journal.fingerprint import current_fingerprint
from finantrade.journal.maintenance import backup, export, list_sessions, prune, skip
from finantrade.journal.records import Growth, Segment, SegmentState, Tail
from finantrade.journal.retention import DiskLevel, DiskLow, Rotation, disk_low, rotation_due, superfluous
from finantrade.journal.store import Journal

Spoil = Callable[[Path], None]
NOBODY = 65534


@pytest.fixture
def place(state_dir: Path) -> Path:
    return state_dir / "session"


@contextmanager
def unwritable(directory: Path) -> Iterator[None]:
    """Run a block that may not write to a directory; root may write anywhere, so it becomes somebody else."""
    root = os.geteuid() == 0
    directory.chmod(0o555)
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        directory.chmod(0o755)


@pytest.fixture
def public_dir() -> Iterator[Path]:
    """Give a directory that other users can reach."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def sql(*statements: str) -> Spoil:
    def run(directory: Path) -> None:
        with closing(sqlite3.connect(directory / FILE)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()

    return run


def overwritten(directory: Path) -> None:
    (directory / FILE).write_bytes(b"this is a text and no database\n" * 200)


def cut_off(directory: Path) -> None:
    path = directory / FILE
    os.truncate(path, path.stat().st_size // 2)


def garbled(directory: Path) -> None:
    with (directory / FILE).open("r+b") as file:
        file.seek(3 * 4096)
        file.write(os.urandom(4096))


OTHER_CONFIG = '{"name":"tset"}'
FOREIGN = (
    "PRAGMA application_id = 0",
    "PRAGMA user_version = 0",
)
REFUSED: list[tuple[str, Spoil, type[JournalError], str]] = [
    ("a text", overwritten, JournalCorrupt, "expected a sound journal at {path}, found: file is not a database"),
    ("cut off", cut_off, JournalCorrupt, "expected a sound journal at {path}, found: database disk image is malformed"),
    ("foreign", sql(*FOREIGN), JournalCorrupt,
     "expected a journal (application id 0x466e546a) at {path}, found 0x00000000"),
    ("newer", sql("PRAGMA user_version = 2"), JournalTooNew, "expected journal format 1 or older, found 2 in {path}"),
    ("no table", sql("DROP TABLE skips"), JournalCorrupt,
     "expected format 1 and tables ['chunks', 'decisions', 'inputs', 'probe', 'segments', 'skips', 'snapshots'], "
     "found format 1 without ['skips'] in {path}"),
    ("header", sql("UPDATE segments SET header = 'x'"), JournalCorrupt,
     "expected a header of segment 1 in {path}, found: JSON is malformed: invalid character (byte 0)"),
    ("config", sql("""UPDATE segments SET header = replace(header, 'test', 'tset')"""), JournalCorrupt,
     f"expected a configuration with hash {header().config_hash} in segment 1 of {{path}}, "
     f"found {header(config=OTHER_CONFIG).config_hash}"),
]  # fmt: skip
REFUSED_TO_WRITERS: list[tuple[str, Spoil, type[JournalError], str]] = [
    ("hole", sql("DELETE FROM inputs WHERE seq IN (7, 8)"), JournalCorrupt, "expected input 7, found 9 in {path}"),
    ("first", sql("DELETE FROM inputs WHERE seq = 1"), JournalCorrupt, "expected input 1, found 2 in {path}"),
    ("decision", sql("DELETE FROM decisions WHERE n = 3"), JournalCorrupt, "expected decision 3, found 4 in {path}"),
    ("orphan", sql("DELETE FROM inputs WHERE seq > 15"), JournalCorrupt,
     "expected input 18, which was decided on, found 15 in {path}"),
    ("segment", sql("INSERT INTO segments SELECT 2, 25, 6, 0, 0, 'open', header FROM segments"), JournalCorrupt,
     "expected input up to 25, found them up to 20 in {path}"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "spoil", "error", "said"), REFUSED + REFUSED_TO_WRITERS)
def test_a_writer_is_refused(name: str, spoil: Spoil, error: type[JournalError], said: str, place: Path) -> None:
    filled(place).close()
    spoil(place)
    for _ in range(2):  # the second time shows that the first gave the lock back
        with pytest.raises(error) as caught:
            Journal.open(place)
        assert str(caught.value) == said.format(path=place / FILE)


@pytest.mark.parametrize(("name", "spoil", "error", "said"), REFUSED)
def test_a_reader_is_refused(name: str, spoil: Spoil, error: type[JournalError], said: str, place: Path) -> None:
    filled(place).close()
    spoil(place)
    with pytest.raises(error) as caught:
        list(Journal.open_readonly(place).inputs())
    assert str(caught.value) == said.format(path=place / FILE)


def test_a_damaged_page_is_found(place: Path) -> None:
    filled(place, (400,)).close()
    garbled(place)
    with pytest.raises(JournalCorrupt, match=f"expected a sound journal at {place / FILE}, found: "):
        Journal.open(place)


def test_a_missing_journal_is_not_made_by_those_who_only_look(place: Path) -> None:
    for look in (lambda: Journal.open(place, create=False), lambda: Journal.open_readonly(place)):
        with pytest.raises(JournalMissing) as caught:
            look()
        assert str(caught.value) == f"expected a journal at {place / FILE}, found none"
    assert not place.exists()


def test_a_file_left_by_a_process_that_was_killed_while_making_it_is_taken_over(place: Path) -> None:
    place.mkdir()
    sql("PRAGMA journal_mode = WAL")(place)
    with pytest.raises(JournalMissing, match="found an empty file"):
        Journal.open(place, create=False)
    with closing(filled(place)) as journal:
        assert journal.tail.seq == 20


def test_the_second_writer_is_told_who_the_first_is(place: Path) -> None:
    with closing(filled(place)):
        with pytest.raises(JournalBusy) as caught:
            Journal.open(place)
        assert str(caught.value) == f"{place} is in use: process {os.getpid()} holds {place / 'journal.lock'}"
    Journal.open(place).close()


def test_the_directory_is_private(place: Path) -> None:
    Journal.open(place).close()
    assert place.stat().st_mode & 0o777 == 0o700


def test_a_read_only_directory_is_refused_to_writers_and_open_to_readers(public_dir: Path) -> None:
    place = public_dir / "session"
    filled(place).close()
    place.chmod(0o755)
    with unwritable(place):
        with pytest.raises(JournalUnwritable) as caught:
            Journal.open(place)
        assert str(caught.value) == f"expected to be able to write {place / 'journal.lock'}, found: Permission denied"
        with closing(Journal.open_readonly(place)) as journal:
            assert rows(journal.inputs()) == rows(inputs(1, 20))
    with unwritable(public_dir), pytest.raises(JournalUnwritable) as caught:
        Journal.open(public_dir / "new")
    assert str(caught.value) == f"expected to be able to make {public_dir / 'new'}, found: Permission denied"


def test_a_nearly_full_disk_is_refused_before_anything_is_written(place: Path) -> None:
    with pytest.raises(JournalUnwritable, match=r"expected at least 1000000000000 MB free on the disk of .*, found "):
        Journal.open(place, min_free_mb=1e12)
    assert not (place / FILE).exists()


@pytest.mark.parametrize(
    ("pragma", "found"),
    [("max_page_count = 1", "database or disk is full"), ("query_only = ON", "attempt to write a readonly database")],
)
def test_a_batch_that_the_disk_does_not_take_is_not_recorded_at_all(pragma: str, found: str, place: Path) -> None:
    with closing(filled(place)) as journal:
        journal._database.rows(f"PRAGMA {pragma}")
        before, growth = journal.tail, journal.growth
        with pytest.raises(JournalUnwritable) as caught:
            extend(journal, 2_000)
        assert str(caught.value) == f"expected to be able to write {place / FILE}, found: {found}"
        assert (journal.tail, journal.growth) == (before, growth)
        assert rows(journal.inputs()) == rows(inputs(1, 20))
        with pytest.raises(JournalUnwritable):
            journal.probe()
        journal._database.rows("PRAGMA max_page_count = 100000")
        journal._database.rows("PRAGMA query_only = OFF")
        journal.probe()
        extend(journal, 2_000)
        assert rows(journal.inputs()) == rows(inputs(1, 2_020))


OUT_OF_ORDER: list[tuple[list[Input], list[Decision], str]] = [
    (inputs(22, 22), [], "expected input 21 at 1200000 or later, found 22 at 1320000"),
    (inputs(20, 20), [], "expected input 21 at 1200000 or later, found 20 at 1200000"),
    ([Input(21, 5, message(21))], [], "expected input 21 at 1200000 or later, found 21 at 5"),
    ([], [Decision(8, 20, b"", b"")], "expected decision 7 at input 20 or before, found 8 at input 20"),
    (inputs(21, 21), [Decision(7, 22, b"", b"")], "expected decision 7 at input 21 or before, found 7 at input 22"),
]


@pytest.mark.parametrize(("entries", "decided", "said"), OUT_OF_ORDER)
def test_what_does_not_follow_is_refused(entries: list[Input], decided: list[Decision], said: str, place: Path) -> None:
    with closing(filled(place)) as journal:
        before = journal.tail
        with pytest.raises(JournalOrder) as caught:
            journal.append(entries, decided)
        assert str(caught.value) == said
        assert journal.tail == before


def test_nothing_is_recorded_outside_a_segment_and_none_opens_but_at_the_end(place: Path) -> None:
    with closing(Journal.open(place)) as journal:
        with pytest.raises(JournalOrder, match="expected an open segment in"):
            journal.append(inputs(1, 1), [])
        rotate(journal)
        extend(journal, 9)
        head = journal.tail.head
        for seq, given, written in ((8, head, head), (9, GENESIS, GENESIS), (9, head, GENESIS)):
            with pytest.raises(JournalOrder, match="expected a segment after input 9 with head"):
                journal.begin_segment(header(written), b"", seq, given)
        with pytest.raises(JournalOrder, match="expected a snapshot at input 9 or before, found 10"):
            journal.snapshot(10, 0, b"")
        assert len(journal.segments()) == 1


def test_what_is_recorded_comes_back_after_reopening(place: Path) -> None:
    with closing(filled(place, (20, 11))) as journal:
        tail, growth = journal.tail, journal.growth
    assert tail == Tail(31, 31 * MINUTE, 10, links(1, 31)[-1].head)
    assert growth is not None
    assert (growth.segment, growth.first_at) == (2, 21 * MINUTE)
    with closing(Journal.open(place)) as journal:
        assert (journal.tail, journal.growth) == (tail, growth)
        assert rows(journal.inputs()) == rows(inputs(1, 31))
        assert rows(journal.inputs(4, 9)) == rows(inputs(5, 9))
        assert list(journal.decisions()) == links(1, 31)
        assert list(journal.decisions(7)) == links(1, 31)[7:]
        assert [(one.after_seq, one.inputs, one.after_n, one.decisions, one.opened_at, one.last_at, one.state)
                for one in journal.segments()] == [
            (0, 20, 0, 6, 0, 20 * MINUTE, SegmentState.CLOSED),
            (20, 11, 6, 4, 20 * MINUTE, 31 * MINUTE, SegmentState.OPEN),
        ]  # fmt: skip
        assert journal.segments()[1].header == header(links(1, 20)[-1].head)
        assert journal.opening_snapshot(2).data == b"state 20"


def test_a_segment_without_anything_in_it_ends_where_it_began(place: Path) -> None:
    with closing(filled(place)) as journal:
        before = journal.tail
        rotate(journal)
        assert journal.tail == before
    with closing(Journal.open(place)) as journal:
        assert journal.tail == before
        assert journal.growth == Growth(2, None, 0)
        extend(journal, 1)
        assert rows(journal.inputs(20)) == rows(inputs(21, 21))


def test_an_empty_journal_has_no_snapshot_and_a_tail_at_zero(place: Path) -> None:
    with closing(Journal.open(place)) as journal:
        assert (journal.latest_snapshot(), journal.tail, journal.segments()) == (None, Tail(0, 0, 0, b""), ())
        assert (list(journal.inputs()), list(journal.decisions()), journal.last_input(["Pause"])) == ([], [], None)


def test_snapshots_are_kept_two_and_the_opening_one(place: Path) -> None:
    with closing(filled(place)) as journal:
        for seq in (5, 10, 15, 20):
            journal.snapshot(seq, seq * MINUTE, b"state %d" % seq)
        kept = journal._database.rows("SELECT seq, opening FROM snapshots ORDER BY id")
        assert kept == [(0, 1), (15, 0), (20, 0)]
        latest = journal.latest_snapshot()
        assert latest is not None
        assert (latest.snapshot.seq, latest.snapshot.data, latest.bad) == (20, b"state 20", ())


def test_a_bad_snapshot_falls_back_to_the_older_and_is_named(place: Path) -> None:
    spoilt = ("UPDATE snapshots SET data = x'00' WHERE seq = 20", "UPDATE snapshots SET version = 9 WHERE seq = 15",
              "UPDATE snapshots SET checksum = x'00' WHERE opening")  # fmt: skip
    bad = (
        "snapshot at input 20 with a wrong checksum",
        "snapshot at input 15 of version 9, not 1",
        "snapshot at input 0 with a wrong checksum",
    )
    with closing(filled(place)) as journal:
        for seq in (15, 20):
            journal.snapshot(seq, seq * MINUTE, b"state %d" % seq)
        for count, (statement, expected) in enumerate(zip(spoilt[:2], (b"state 15", b"state 0"), strict=True), 1):
            journal._database.rows(statement)
            latest = journal.latest_snapshot()
            assert latest is not None
            assert (latest.snapshot.data, latest.bad) == (expected, bad[:count])
        journal._database.rows(spoilt[2])
        with pytest.raises(JournalCorrupt) as caught:
            journal.latest_snapshot()
        text = f"expected a sound snapshot of segment 1 in {place / FILE}, found {'; '.join(bad)}"
        assert str(caught.value) == text
        with pytest.raises(JournalCorrupt, match="expected the opening snapshot of segment 1"):
            journal.opening_snapshot(1)


def test_compression_changes_nothing_that_is_read(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chores, "STEP_ROWS", 7)
    monkeypatch.setattr(streams, "PAGE_ROWS", 5)
    with closing(filled(place, (20, 16, 30, 4))) as journal:
        steps = 0
        while journal.chore():
            steps += 1
            assert rows(journal.inputs()) == rows(inputs(1, 70))
            assert rows(journal.inputs(13, 44)) == rows(inputs(14, 44))
            assert list(journal.decisions()) == links(1, 70)
            assert list(journal.decisions(9)) == links(1, 70)[9:]
            assert journal.last_input(["Pause"]) == Input(5, 5 * MINUTE, message(5))
            assert journal.last_input(["Heartbeat", "Pause"]) == Input(70, 70 * MINUTE, message(70))
            assert journal.last_input(["FeedEnded"]) is None
        assert steps == 3 + 3 + 5 + 1 + 1 + 2 + 3
        assert [one.state for one in journal.segments()] == [SegmentState.PACKED] * 3 + [SegmentState.OPEN]
        assert journal._database.value("SELECT count(*) FROM inputs") == 4
    with closing(Journal.open(place)) as journal:
        assert rows(journal.inputs()) == rows(inputs(1, 70))


def test_compression_saves_space_and_the_segment_knows_its_size(place: Path) -> None:
    with closing(filled(place, (2_000, 1))) as journal:
        loose = journal.segments()[0].size
        while journal.chore():
            pass
        packed = journal.segments()[0].size
        assert packed == journal._database.value("SELECT sum(length(data)) FROM chunks")
        assert packed < loose / 2


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE chunks SET data = x'00' WHERE stream = 'inputs'",
         "expected a readable chunk of inputs up to 20, found: Error -5 while decompressing data: "
         "incomplete or truncated stream in {path}"),
        ("UPDATE inputs SET payload = x'c1' WHERE seq = 24",
         "expected a message in input 24 of {path}, found: MessagePack data is malformed: invalid opcode '\\xc1' "
         "(byte 0)"),
        ("DELETE FROM inputs WHERE seq = 24", "expected input 24, found 25 in {path}"),
        ("DELETE FROM chunks WHERE stream = 'inputs'", "expected input 1, found 21 in {path}"),
    ],
)  # fmt: skip
def test_damage_is_named_when_it_is_read(statement: str, said: str, place: Path) -> None:
    with closing(filled(place, (20, 10))) as journal:
        while journal.chore():
            pass
        journal._database.rows(statement)
        with pytest.raises(JournalCorrupt) as caught:
            list(journal.inputs())
        assert str(caught.value) == said.format(path=place / FILE)


def test_pruning_removes_the_oldest_and_never_the_last_two(place: Path) -> None:
    filled(place, (3_000, 3_000, 10, 10)).close()
    before = (place / FILE).stat().st_size
    with closing(Journal.open_readonly(place)) as journal:
        segments = journal.segments()
    plan = prune(place, keep_days=1e-9, keep_gb=1e-9, dry_run=True)
    assert (plan.gone, plan.kept) == (segments[:2], segments[2:])
    with closing(Journal.open_readonly(place)) as journal:
        assert journal.segments() == segments
    assert prune(place, keep_days=1e-9, keep_gb=1e-9) == plan
    assert plan.freed == sum(one.size for one in segments[:2])
    assert (place / FILE).stat().st_size < before / 4
    with closing(Journal.open(place)) as journal:
        assert [one.id for one in journal.segments()] == [3, 4]
        assert rows(journal.inputs()) == rows(inputs(6_001, 6_020))
        assert list(journal.decisions()) == links(1, 6_020)[2_000:]
        assert journal.opening_snapshot(3).data == b"state 6000"
        extend(journal, 5)
    assert prune(place, keep_days=1e-9, keep_gb=1e-9).gone == ()


def test_a_dropped_segment_is_gone_at_once_and_its_reader_is_told(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "PAGE_ROWS", 5)
    with closing(filled(place, (20, 10, 10))) as journal:
        reader = journal.inputs()
        assert rows(next(reader) for _ in range(5)) == rows(inputs(1, 5))
        journal.drop(journal.segments()[:1])
        with pytest.raises(JournalPruned) as caught:
            next(reader)
        assert str(caught.value) == "inputs 6 to 20 were removed while they were read"
        assert rows(journal.inputs()) == rows(inputs(21, 40))
        assert journal.last_input(["Pause"]) is None
    with closing(Journal.open(place)) as journal:
        assert rows(journal.inputs()) == rows(inputs(21, 40))


def segment(number: int, last_day: float, size_mb: float) -> Segment:
    last_at = round(last_day * DAY)
    return Segment(number, header(), 0, 0, 0, last_at, 0, 0, round(size_mb * 1e6), SegmentState.PACKED)


SEGMENTS = tuple(segment(number, number, 100) for number in range(1, 7))


@pytest.mark.parametrize(
    ("keep_days", "keep_gb", "gone"),
    [
        (100, 100, 0),
        (5, 100, 0),
        (4.9, 100, 1),
        (2.5, 100, 3),
        (100, 0.6, 0),
        (100, 0.59, 1),
        (100, 0.3, 3),
        (2.5, 0.59, 3),
        (0.001, 0.001, 4),
    ],
)
def test_retention_goes_by_age_and_size(keep_days: float, keep_gb: float, gone: int) -> None:
    assert superfluous(SEGMENTS, keep_days=keep_days, keep_gb=keep_gb) == SEGMENTS[:gone]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_retention_never_takes_the_last_two(count: int) -> None:
    assert superfluous(SEGMENTS[:count], keep_days=1e-9, keep_gb=1e-9) == ()


@pytest.mark.parametrize(
    ("growth", "at", "changed", "due"),
    [
        (Growth(1, None, 0), 10**12, False, None),
        (Growth(1, 0, 0), 24 * HOUR - 1, False, None),
        (Growth(1, 0, 0), 24 * HOUR, False, Rotation.AGE),
        (Growth(1, 0, 256 * 10**6 - 1), 0, False, None),
        (Growth(1, 0, 256 * 10**6), 0, False, Rotation.SIZE),
        (Growth(1, None, 0), 0, True, Rotation.CHANGE),
    ],
)
def test_a_segment_ends_by_age_size_or_change(growth: Growth, at: int, changed: bool, due: Rotation | None) -> None:
    assert rotation_due(growth, at, max_h=24, max_mb=256, changed=changed) == due


@pytest.mark.parametrize(
    ("free_mb", "low"),
    [
        (400, None),
        (399, DiskLow(DiskLevel.WARN, "/", 399, 400)),
        (200, DiskLow(DiskLevel.WARN, "/", 200, 400)),
        (199, DiskLow(DiskLevel.REFUSE, "/", 199, 200)),
    ],
)
def test_a_disk_is_low_then_refused(free_mb: float, low: DiskLow | None, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(retention.shutil, "disk_usage", lambda _: usage(0, 0, free_mb * 1e6))
    assert disk_low(Path("/"), 200) == low


def test_an_export_has_each_input_with_its_decisions_and_no_nan(place: Path) -> None:
    with closing(filled(place, (2, 2))) as journal:
        found = list(export(journal))
        assert [(one["record"], one["seq"]) for one in found] == [
            ("input", 1), ("input", 2), ("input", 3), ("decision", 3), ("input", 4),
        ]  # fmt: skip
        assert found[2] == {"record": "input", "seq": 3, "at": 180000, "message": {"type": "BarArrived", "bar": {
            "type": "Bar", "symbol": "BTCUSDT", "open_time": 180000, "close_time": 239999, "open": 100 + 3 / 7,
            "high": 101 + 3 / 7, "low": 99 + 3 / 7, "close": 100 + 3 / 7, "volume": 3.5, "quote_volume": None,
            "trades": None, "taker_buy_volume": None, "taker_buy_quote_volume": None, "backfilled": False,
            "late": False}}}  # fmt: skip
        assert found[3] == {"record": "decision", "n": 1, "seq": 3, "head": links(1, 3)[0].head.hex(), "message": {
            "type": "StateChanged", "previous": "active", "state": "paused", "cause": "input 3"}}  # fmt: skip
        assert list(export(journal, 2, 3)) == found[2:4]
        assert msgspec.json.decode(msgspec.json.encode(found)) == found


def test_sessions_are_listed_with_what_is_wrong_with_them(state_dir: Path) -> None:
    filled(state_dir / "paper" / "0001", (20, 11)).close()
    filled(state_dir / "paper" / "0002").close()
    overwritten(state_dir / "paper" / "0002")
    Journal.open(state_dir / "other").close()
    other, first, second = list_sessions(state_dir)
    assert (other.name, other.segments, other.inputs, other.head, other.problem) == ("other", 0, 0, "", None)
    assert (first.name, first.software, first.segments, first.inputs, first.decisions) == (
        "paper/0001", "0.1.0", 2, 31, 10,
    )  # fmt: skip
    assert (first.first_at, first.last_at, first.head) == (MINUTE, 31 * MINUTE, links(1, 31)[-1].head.hex())
    assert first.size == (state_dir / "paper" / "0001" / FILE).stat().st_size
    assert second.name == "paper/0002"
    assert second.problem is not None
    assert second.problem.endswith("found: file is not a database")


def test_an_input_is_skipped_only_at_rest_and_only_if_it_is_there(place: Path) -> None:
    with closing(filled(place)), pytest.raises(JournalBusy):
        skip(place, 7)
    for _ in range(2):
        skip(place, 7)
    skip(place, 3)
    for seq in (0, 21):
        with pytest.raises(JournalOrder) as caught:
            skip(place, seq)
        assert str(caught.value) == f"expected a recorded input up to 20, found {seq} in {place}"
    with closing(Journal.open_readonly(place)) as journal:
        assert journal.skips() == (3, 7)
        assert rows(journal.inputs()) == rows(inputs(1, 20))


def test_a_backup_replaces_nothing(place: Path, state_dir: Path) -> None:
    filled(place).close()
    target = state_dir / "copy"
    backup(place, target)
    with pytest.raises(JournalUnwritable) as caught:
        backup(place, target)
    assert str(caught.value) == f"expected no journal at {target / FILE}, found one: a backup replaces nothing"
    assert sorted(path.name for path in target.iterdir()) == [FILE]
    with pytest.raises(JournalMissing):
        backup(state_dir / "nowhere", state_dir / "copy2")


def test_fingerprints_say_where_they_differ() -> None:
    other = msgspec.structs.replace(PLATFORM, libc="glibc 2.41", cpu_features=("avx", "sse2"))
    assert PLATFORM.differences(PLATFORM) == ()
    assert PLATFORM.differences(other) == (
        "libc: glibc 2.36 against glibc 2.41",
        "cpu_features: only here ['avx2', 'fma'], only there ['sse2']",
    )


def test_the_fingerprint_of_this_process_is_complete() -> None:
    found = msgspec.structs.asdict(current_fingerprint())
    assert [name for name, value in found.items() if not value] == ["numba_target"]
