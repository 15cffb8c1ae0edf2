"""Files as others write them, each format in a module of its own; what comes out are rows as they stand there."""
