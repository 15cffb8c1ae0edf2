"""Local history: Parquet files by venue, market, series, symbol, interval and month, and what they say of themselves."""
