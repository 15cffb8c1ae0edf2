"""Every event the log knows. What each one means and carries is in docs/events.md; a test holds the two together."""

from __future__ import annotations

from enum import StrEnum


class Event(StrEnum):
    """The name of a log line, under the key ``event``."""

    # the daemon's life
    SESSION = "session"
    COMPILING = "compiling"
    READY = "ready"
    STOPPING = "stopping"
    JOURNAL_CLOSED = "journal_closed"
    CONDITION_CHANGED = "condition_changed"
    # what the lane was told
    COMMAND = "command"
    INPUT_SKIPPED = "input_skipped"
    BAR = "bar"
    BAR_REVISED = "bar_revised"
    FEED_GAP = "feed_gap"
    FEED_STALE = "feed_stale"
    FEED_RESTORED = "feed_restored"
    FEED_ENDED = "feed_ended"
    CLOCK_STEPPED = "clock_stepped"
    # what it decided
    SIGNAL = "signal"
    ORDER = "order"
    AMEND = "amend"
    CANCEL = "cancel"
    REFUSAL = "refusal"
    FILL = "fill"
    REJECTION = "rejection"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    LIQUIDATED = "liquidated"
    FUNDING_PAID = "funding_paid"
    STATE_CHANGED = "state_changed"
    ENTRIES_BLOCKED = "entries_blocked"
    ENTRIES_ALLOWED = "entries_allowed"
    STRATEGY_FAULTED = "strategy_faulted"
    # how it goes
    PROGRESS = "progress"
    EVENTS_DROPPED = "events_dropped"
    # the wires
    WIRE_OPEN = "wire_open"
    WIRE_LOST = "wire_lost"
    CLOCK_UNKNOWN = "clock_unknown"
    FETCH_FAILED = "fetch_failed"
    FRAME_UNREADABLE = "frame_unreadable"
    POLL_FAILED = "poll_failed"
    CONTEXT_HOLE = "context_hole"
    # the local store
    STORED_BARS = "stored_bars"
    STORE_UNREADABLE = "store_unreadable"
    ROWS_LEFT_OUT = "rows_left_out"
    KEEPING_FAILED = "keeping_failed"
    KEEPING_AGAIN = "keeping_again"
    KEEPING_MISSED = "keeping_missed"
    # the edges
    REQUEST = "request"
    REQUEST_FAILED = "request_failed"
    REQUEST_REFUSED = "request_refused"
    PAGE_LET_GO = "page_let_go"
    SERVER_CUT_OFF = "server_cut_off"
    SNAPSHOT_FILE_UNWRITABLE = "snapshot_file_unwritable"
    SNAPSHOT_FILE_WRITABLE = "snapshot_file_writable"
    PAST_UNREADABLE = "past_unreadable"
    # the log itself
    LINES_DROPPED = "lines_dropped"
    LIBRARY = "library"
