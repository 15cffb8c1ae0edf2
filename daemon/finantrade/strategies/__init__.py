"""One strategy a file, one explicit registry. Strategies say what they wish; sizing and limits belong to risk."""
