"""What can go wrong at an exchange, each a small object: of its lines, of its bars, of its answers."""
