"""Rules that ask for attributes which are declared personal later are masked from then on, and shown when they are not
any more; what was counted of such attributes is forgotten.
"""

from domain.customers.queries import attributes_declared
from domain.database import Tx
from domain.segments.rule import attributes_in

_ASKING = """
SELECT v.number, v.rule, v.personal, coalesce(v.inherent, v.personal) AS inherent FROM segment_version v
WHERE jsonb_path_exists(v.rule, '$.**.attributes[*] ? (@.name == $name)', jsonb_build_object('name', $1::text))
ORDER BY v.number FOR NO KEY UPDATE
"""
_JUDGE = """
UPDATE segment_version v SET personal = n.personal FROM unnest($1::bigint[], $2::boolean[]) AS n (number, personal)
WHERE v.number = n.number
"""
_FORGET = """
DELETE FROM trait_share t USING attribute_declaration d
WHERE d.name = $1 AND d.personal AND t.attribute = 'attributes.' || d.name
"""


async def declared(tx: Tx, name: str) -> None:
    """After an attribute was declared, or declared anew. What nobody has declared counts as personal."""
    await tx.execute(_FORGET, name)
    asking = await tx.fetch(_ASKING, name)
    if not asking:
        return
    known = await attributes_declared(tx)
    judged = {
        row["number"]: row["inherent"] or any(known.get(one, True) for one in attributes_in(row["rule"]))
        for row in asking
    }
    await tx.execute(_JUDGE, list(judged), list(judged.values()))
