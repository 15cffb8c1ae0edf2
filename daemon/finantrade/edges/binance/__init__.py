"""Binance's public market data through python-binance, which is imported only by who follows it."""
