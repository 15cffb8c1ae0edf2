"""The kinds of features, one file a group: each turns its parameters into a declaration."""
