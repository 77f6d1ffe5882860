"""The house stands: customers, identities, touchpoints, orders, earnings by month, scores, the ledger and keys.

Dear operator: this makes every table of the first release in an empty database and needs no downtime.
"""

from alembic import op

from migrations.letters import distribute, execute, extension, touchpoint_year

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

YEARS = range(2015, 2029)
OF_CUSTOMER = (
    "customer customer_alias customer_statement customer_identity touchpoint customer_order order_line order_payment"
    " order_return return_line customer_month customer_mark customer_score_a customer_score_b"
)
CLAIMS = {"identity_claim": "value", "touchpoint_claim": "claim_key", "order_claim": "claim_key"}
CLAIMS |= {"return_claim": "claim_key"}


def upgrade() -> None:
    execute("0001_house")
    for year in YEARS:
        touchpoint_year(year)
    if extension("pg_trgm"):
        op.execute("CREATE INDEX customer_search ON customer USING gin (search_fold gin_trgm_ops)")
        op.execute("CREATE INDEX product_search ON product USING gin (name_fold gin_trgm_ops)")
    distribute(
        dict.fromkeys(OF_CUSTOMER.split(), "customer_id") | CLAIMS,
        ("product", "product_price", "campaign", "value_model", "score_run", "settings"),
    )


def downgrade() -> None:
    raise NotImplementedError("the first migration has nothing before it: restore a backup instead")
