"""A rule told to people: whole, or clause by clause."""
