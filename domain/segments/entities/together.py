"""Every question of the portfolio, asked of the members of a segment."""

from typing import Final

from domain.ids import Prefix
from domain.portfolio.queries_portfolio import of_those
from domain.query.declare import public_id
from domain.segments.entities.withheld import FEWEST, shown, unless_read

_TOLD = unless_read(shown("{a}.segment_id"))

# Of a group that is too small to be told of, all figures are those of nobody.
PORTFOLIO: Final = of_those(
    f"SELECT k.customer_id FROM customer_segment k WHERE k.segments @> ARRAY[{{a}}.number] AND {_TOLD}",
    f"jsonb_build_object('inSegment', jsonb_build_array({public_id(Prefix.SEGMENT, '{a}.segment_id')}))",
    f"CASE WHEN {_TOLD} THEN (SELECT count(*) FROM {{who}}) ELSE {FEWEST} END",
)
