"""The core actors, one a file, in the order in which `finantrade.wiring` joins them."""
