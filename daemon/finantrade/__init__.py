"""finantrade: a live-first, actor-style trading daemon whose paper sessions are reproducible backtests."""
