"""How much of a result is luck: what a Sharpe ratio is worth, and what chance alone would have come to."""
