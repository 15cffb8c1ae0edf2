"""The ``finantrade`` command: one file a command, results on stdout, everything said on the way on stderr."""
