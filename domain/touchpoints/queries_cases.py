"""The turns of service cases, as SQL: each leads from its opening to its resolving; one not resolved is open."""


def turns(of: str, by: str = "", *, rows: str = "touchpoint", more: str = "") -> str:
    """A select of opened and resolved, and of more of each turn, over rows t that match; `by` may name the owner."""
    whose = f"{by}, " if by else ""
    return (
        f"SELECT {whose}min(t.occurred_at) FILTER (WHERE t.kind = 'CASE_OPENED') AS opened,"
        f" max(t.occurred_at) FILTER (WHERE t.kind = 'CASE_RESOLVED') AS resolved{more}"
        " FROM (SELECT t.*, count(*) FILTER (WHERE t.kind = 'CASE_RESOLVED')"
        f" OVER (PARTITION BY {whose}t.source, t.case_number ORDER BY t.occurred_at, t.kind"
        " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS turn"
        f" FROM {rows} t WHERE {of} AND t.case_number IS NOT NULL AND t.kind IN ('CASE_OPENED', 'CASE_RESOLVED')) t"
        f" GROUP BY {whose}t.source, t.case_number, t.turn"
    )
