"""The write-ahead journal: inputs, decisions, snapshots and segments of one session in one SQLite database."""
