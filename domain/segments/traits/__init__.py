"""What the members of a segment have in common, beside everybody."""
