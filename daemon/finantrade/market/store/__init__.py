"""Local history: Parquet files by venue, market, series, symbol, interval and month, with a manifest a series."""
