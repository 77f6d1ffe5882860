"""The small house that the golden questions are asked in: three customers and what passed between them and us."""

from decimal import Decimal
from uuid import UUID

from domain.deployment import claim_key
from tests.domain.query.world import KEYS, NOW, House, at


async def furnish(house: House) -> None:
    """Ids are given in turn, so that every run has the same."""
    ada = await house.customer(
        "Ada Lovelace", given_name="Ada", family_name="Lovelace", email="ada@example.org", kind="PERSON",
        address_lines=["1 High St"], postal_code="E1 6AN", city="London", country="GB", language="en",
        birth_date=at("1980-12-10").date(), attributes={"vip": True}, personal_attributes={"shoe": 38},
        acquisition_channel="TV", acquisition_source="ad", acquisition_at=at("2024-05-01"),
        last_touchpoint_at=at("2026-03-01T09:30:00.25"), score=await _scored(house),
    )  # fmt: skip
    bob = await house.customer("Bob", city="Ulm", country="DE", score={"revenue": Decimal(20), "order_count": 1})
    await house.customer(None, country="DE")
    await house.identity(ada, "EMAIL", "ada@example.org", "shop")
    await house.identity(ada, "EXTERNAL_ID", "L-1", "till")
    tea = await house.product("TEA", name="Green tea", name_fold="green tea", category="Food", price=Decimal("5"))
    mug = await house.product("MUG", name="Mug", name_fold="mug", attributes={"colour": "red"})
    first = await house.order(ada, "2025-12-20T10:00", "30.5", shipping=Decimal("0.5"), cost_of_goods=12)
    second = await house.order(ada, "2026-02-03", "20", source="till", external_id="T-9", discount=5)
    gone = await house.order(ada, "2026-02-04", "99", cancelled_at=NOW)
    theirs = await house.order(bob, "2026-01-15", "20", due_at=at("2026-02-15"))
    for customer, order, product, quantity, price in (
        (ada, first, tea, 6, "5"),
        (ada, second, mug, 1, "12.5"),
        (ada, second, tea, 2, "6.25"),
        (ada, gone, mug, 9, "11"),
        (bob, theirs, mug, 2, "10"),
    ):
        await house.line(customer, order, product, quantity, price)
    await house.row(
        "order_claim", claim_key=claim_key(KEYS.claims, "till", "T-9").hex(), customer_id=ada, order_id=second,
        ordered_at=at("2026-02-03"),
    )  # fmt: skip
    for day, kind, cost in (("2026-01-05", "CALL", "2.50"), ("2026-02-20", "VISIT", "0"), ("2026-03-01", "VISIT", "0")):
        await house.touchpoint(ada, day, kind=kind, cost=Decimal(cost), subject="Hello", properties={"page": "/"})
    for month, revenue, serve in (("2025-12-01", "30.5", "0"), ("2026-01-01", "0", "2.5"), ("2026-02-01", "20", "0")):
        await house.row(
            "customer_month", customer_id=ada, month=at(month).date(), channel="WEB", category="",
            revenue=Decimal(revenue), known_revenue=Decimal(revenue), cost_to_serve=Decimal(serve),
            cost_of_goods=Decimal(12 if month == "2025-12-01" else 0),
        )  # fmt: skip
    await house.row("job", job_id=house.id(), kind="IMPORT", source="till", queued_at=NOW, run_after=NOW)
    await _allowed(house, ada, bob)
    await _advised(house, ada, bob)
    await _looked_back(house, ada, bob)
    await _related(house, tea, mug)
    await _segmented(house, ada, bob)
    await _compared(house, ada, bob)
    await _veiled(house, ada)


async def _allowed(house: House, ada: UUID, bob: UUID) -> None:
    """What Ada needs and allows, and how content she is; Bob lives with her."""
    survey = await house.touchpoint(
        ada, "2026-03-02", kind="SURVEY", channel="EMAIL", recommend_score=9, satisfaction=8
    )
    await house.touchpoint(ada, "2026-03-03", kind="CASE_OPENED", channel="PHONE", case_number="C-1", subject="Hm")
    await house.row(
        "customer_need", customer_id=ada, need_id=house.id(), kind="BELIEF", name="organic", detail="Only that.",
        strength=0.75, source="shop", touchpoint_id=survey, recorded_at=at("2026-03-02"),
    )  # fmt: skip
    for channel, status, expires in (("EMAIL", "GRANTED", at("2027-01-01")), ("PHONE", "GRANTED", NOW)):
        await house.row(
            "customer_consent", customer_id=ada, consent_id=house.id(), channel=channel, purpose="MARKETING",
            status=status, source="shop", recorded_at=at("2026-03-02"), expires_at=expires, recorded_for=ada,
            holds=True, touchpoint_id=survey,
        )  # fmt: skip
    await house.row("customer_preference", customer_id=ada, channel="PHONE", preferred=False, recorded_at=NOW)
    for channel, touches in (("EMAIL", 1), ("PHONE", 3)):
        await house.row(
            "customer_month", customer_id=ada, month=at("2026-03-01").date(), channel=channel, category="",
            touches=touches,
        )  # fmt: skip
    await house.row(
        "customer_attribute", customer_id=ada, name="plan", personal=False, text_value="Gold", text_fold="gold"
    )
    await house.row(
        "customer_summary", customer_id=ada, preferred_channel="EMAIL", recommend_score=9, average_satisfaction=8.0,
        open_cases=1, as_of=NOW,
    )  # fmt: skip
    await house.tx.execute(
        "UPDATE customer SET household_key = $1 WHERE customer_id = ANY ($2)", house.id(), [ada, bob]
    )
    await house.tx.execute("UPDATE settings SET rate_card = $1", [{"channel": "PHONE", "kind": "CALL", "cost": "2.5"}])


async def _looked_back(house: House, ada: UUID, bob: UUID) -> None:
    """What the scores of both were: Ada's from before her first purchase on."""
    seen = [
        ("2025-12-01T03:00", None, None, None, "PROSPECT", None, None),
        ("2026-01-01T03:00", 0.5, 511, Decimal("30.5"), "NEW", "LOW", "MEDIUM"),
        ("2026-02-04T03:00:00.25", 0.25, 545, Decimal("48.3456"), "NEW", "HIGH", "LOW"),
    ]
    names = ("churn_probability", "rfm", "lifetime_value", "lifecycle_stage", "value_tier", "risk_band")
    for as_of, *values in seen:
        found = dict(zip(names, values, strict=True))
        await house.row("score_snapshot", customer_id=ada, as_of=at(as_of), **found)
    await house.row("score_snapshot", customer_id=bob, as_of=at("2026-02-01T03:00"), lifecycle_stage="ACTIVE")


async def _segmented(house: House, ada: UUID, bob: UUID) -> None:
    """A segment that Bob came to and left, and that Ada is in."""
    regulars, made = UUID(int=9_101), at("2025-12-10")
    await house.row(
        "segment", segment_id=regulars, key="regulars", name="Regulars", search_fold="regulars", kind="STATIC",
        number=9_101, member_count=1, created_at=made, updated_at=made, refreshed_at=made,
    )  # fmt: skip
    await house.row(
        "customer_segment", customer_id=ada, segments=[9_101], entered_at=[at("2026-01-20")], causes=[1],
        refreshed_at=NOW,
    )  # fmt: skip
    await house.row(
        "segment_stay", customer_id=bob, segment_id=regulars, entered_at=at("2026-01-05"), left_at=at("2026-02-10"),
        entered_cause="RULE_CHANGED", left_cause="TIME_PASSED",
    )  # fmt: skip


async def _veiled(house: House, ada: UUID) -> None:
    """A segment whose rule asks for personal data, and that only Ada is in."""
    born = {"birthDate": {"gte": "1980-01-01"}}
    await house.row(
        "segment", segment_id=UUID(int=9_103), key="born", name="Born since 1980", search_fold="born", kind="RULE",
        number=9_103, member_count=1, created_at=NOW, updated_at=NOW, refreshed_at=NOW,
    )  # fmt: skip
    await house.row(
        "segment_version", number=9_103, segment_id=UUID(int=9_103), rule=born, filter=born, personal=True, made_at=NOW,
        definition="birth date is on or after 1980-01-01", masked="birth date is on or after …",
    )  # fmt: skip
    await house.tx.execute(
        "UPDATE customer_segment SET segments = segments || 9103::bigint, entered_at = entered_at || $2::timestamptz,"
        " causes = causes || 1::bigint WHERE customer_id = $1", ada, NOW,
    )  # fmt: skip


async def _compared(house: House, ada: UUID, bob: UUID) -> None:
    """A group that was found, which both are in, and what all customers have in common."""
    await house.row(
        "segment", segment_id=UUID(int=9_102), key="habit-1", name="Buy often, small orders", search_fold="habit-1",
        kind="DISCOVERED", number=9_102, member_count=2, created_at=NOW, updated_at=NOW, refreshed_at=NOW,
    )  # fmt: skip
    await house.tx.execute(
        "UPDATE customer_segment SET segments = segments || 9102::bigint, entered_at = entered_at || $2::timestamptz,"
        " causes = causes || 4::bigint WHERE customer_id = $1", ada, NOW,
    )  # fmt: skip
    await house.row(
        "customer_segment", customer_id=bob, segments=[9_102], entered_at=[NOW], causes=[4], refreshed_at=NOW
    )
    for attribute, value, share in (
        ("country", "GB", 0.25), ("country", "DE", 0.75), ("age", "45 to 54", 0.125), ("need.BELIEF", "organic", 0.5),
        ("attributes.plan", "Gold", 0.25), ("touchpoints.channel", "PHONE", 0.25), ("orderCount", "1", 0.75),
    ):  # fmt: skip
        await house.row(
            "trait_share", attribute=attribute, value=value, personal=attribute == "age", customers=60, share=share,
            as_of=NOW,
        )  # fmt: skip
    await house.row(
        "trait_share", attribute="profitability.profit", value="30 and more", banded=True, low=30.0, customers=20,
        share=0.2, as_of=NOW,
    )  # fmt: skip


async def _related(house: House, tea: UUID, mug: UUID) -> None:
    """What goes with tea: a pot, and more tea."""
    pot = UUID(int=9_001)
    await house.row(
        "product", product_id=pot, sku="POT", name="Tea pot", name_fold="tea pot", category="Kitchen",
        created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    for place, (product, base, is_repeated, profit) in enumerate(
        ((tea, -1.0, True, "2"), (mug, -2.0, False, "4"), (pot, -3.0, False, "12.5")), 1
    ):
        await house.row(
            "product_offer", product_id=product, buyers=30, buyer_share=0.25, units=90, purchases=60, base=base,
            again=0.25, again_shift=0.0, repeat_share=0.5, is_repeated=is_repeated, gap_days=30.0,
            profit_per_unit=Decimal(1), profit_per_purchase=Decimal(profit), last_sold_at=NOW, place=place,
        )  # fmt: skip
    await house.row(
        "product_affinity", product_id=tea, offered_id=pot, buyers=9, share=0.3125, share_of_others=0.075, lift=3.0,
        weight=1.0,
    )  # fmt: skip
    for attribute, value, share in (("category", "Food", 0.5), ("colour", "red", 0.25), ("kind", "GOOD", 1.0)):
        await house.row("attribute_share", attribute=attribute, value=value, units=100, share=share)


async def _advised(house: House, ada: UUID, bob: UUID) -> None:
    """Bob was offered something, and took it; what is advised first for both."""
    for day, kind in (
        ("2026-01-10", "CAMPAIGN_SENT"),
        ("2026-01-12", "CAMPAIGN_RESPONSE"),
        ("2026-03-10", "CAMPAIGN_SENT"),
    ):
        await house.touchpoint(bob, day, kind=kind, channel="EMAIL", properties={"offer": "ten off"})
    for customer, strategy in ((ada, "RECOVER_SERVICE"), (bob, "NURTURE")):
        await house.row(
            "customer_next_action", customer_id=customer, strategy=strategy, channel="PHONE",
            expected_profit=Decimal(3), as_of=NOW,
        )  # fmt: skip


async def _scored(house: House) -> dict[str, object]:
    """The scores of somebody who buys, and the model that they come from."""
    model = house.id()
    holdout = {"from": "2025-06-01T00:00:00+00:00", "until": "2026-01-01T00:00:00+00:00", "meanAbsoluteError": 0.5}
    holdout |= {"poissonDeviance": 1.25, "totalError": -0.1}
    await house.row(
        "value_model", value_model_id=model, family="BG_NBD", parameters={"r": 0.25, "alpha": 4.5}, customers=2357,
        log_likelihood=-9582.43, calibrated_until=at("2026-01-01"), fitted_at=at("2026-03-01"), in_use=True,
        holdout=holdout,
    )  # fmt: skip
    reasons = [{"factor": "recency", "detail": "Bought 40 days ago.", "effect": -0.4}]
    return {
        "as_of": at("2026-03-15"), "order_count": 2, "revenue": Decimal("50.5"), "profit": Decimal("36"),
        "first_order_at": at("2025-12-20T10:00"), "last_order_at": at("2026-02-03"),
        "rfm_recency": 5, "rfm_frequency": 4, "rfm_monetary": 5,
        "predicted": Decimal("12.3456"), "predicted_low": Decimal("1"), "predicted_high": Decimal("30"),
        "lifetime_value": Decimal("48.3456"), "expected_revenue": Decimal("40"), "expected_purchases": 2.5,
        "expected_profit": Decimal("5"), "probability_alive": 0.875, "horizon_months": 12, "value_model_id": model,
        "churn_probability": 0.25, "risk_band": "LOW", "churn_reasons": reasons,
        "rank_by_revenue": 1, "rank_by_profit": 1, "rank_by_value": 1, "rank_by_churn": 1, "ranked_of": 3,
        "value_decile": 1, "rank_exact": True, "lifecycle_stage": "NEW", "value_tier": "HIGH",
        "next_order_expected_at": at("2026-04-01"),
    }  # fmt: skip
