"""The members of a segment as a file."""
