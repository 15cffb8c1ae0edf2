"""The run store: every backtest kept, found again, compared; and a ledger of all that was tried on a span of data."""
