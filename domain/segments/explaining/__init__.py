"""Why somebody is in a segment, or is not: each clause, and what it was held against."""
