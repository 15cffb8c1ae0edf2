"""The edge to Binance: public market data only, through python-binance, which is loaded when it is needed."""
