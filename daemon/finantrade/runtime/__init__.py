"""What drives the core: clocks, channels, the live and the replay runner, recovery and verification."""
