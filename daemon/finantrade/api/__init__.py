"""The control API: what a person, a monitor or the command line may ask the daemon, and the one plain page."""
