"""The data engine: candles as columns, their checks, their files, and the order in which a replay tells them."""
