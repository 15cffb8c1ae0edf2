"""The deterministic lane: one step at a time over one totally ordered sequence of inputs."""
