"""What goes over the wire: payloads of the exchange, decoded into facts and encoded for the simulated one. No IO."""
