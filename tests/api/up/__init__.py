"""The supervised tree, from one child to the whole of it."""
