"""A simulated exchange: Binance's protocol on loopback, from recorded bars at any rate, with faults by seed."""
