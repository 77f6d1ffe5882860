"""How many customers a filter would hold for, while it is being written: nothing is saved."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, TypeAlias

import orjson
import strawberry
from graphql import GraphQLObjectType, GraphQLResolveInfo
from graphql.execution.collect_fields import FieldDetails
from strawberry import Info

from domain.catalog import ENTITIES
from domain.errors import QuestionRefused
from domain.ids import Prefix
from domain.query.asking import Asked, Given
from domain.query.entity import STAFF
from domain.query.fetch import Fetch, OneOfMany
from domain.query.ids import by_id
from domain.query.plan import Outline
from domain.query.run import run
from domain.segments.previews.queries import Counted, counted
from domain.segments.previews.queries_steps import Steps, stepping
from domain.segments.previews.queries_superseding import superseding
from domain.segments.queries_named import hides, names_there
from domain.segments.rule import kept
from domain.segments.wording.words import in_words
from schema.context import Context
from schema.customer_filter import CustomerFilter
from schema.customers import Customer
from schema.fields import below, field, question
from schema.fragments import fragments_of
from schema.patience import Patience
from schema.rows import row_of
from schema.selection import DEAREST, STATEMENTS, Selector

MOST_SHOWN = 50
_IDS, _TYPES = "the sample's ids", "the sample's types"
_Where: TypeAlias = Annotated[CustomerFilter, strawberry.argument(description="The rule as far as it is written.")]
_Sample: TypeAlias = Annotated[
    int | None, strawberry.argument(description=f"How many of them to show, at most {MOST_SHOWN}.")
]


@strawberry.type(
    description="How many customers a filter would hold for: exact where that can be counted at once, otherwise"
    " estimated from customers drawn at random. It is told within two seconds, whatever the filter."
)
class SegmentPreview:
    lists: strawberry.Private[dict[str, list[Any]]]
    count: int = field("How many customers it holds for.")
    exact: bool = field("False: count is an estimate, which is within marginOfError of the truth 95 times in 100.")
    margin_of_error: int | None = field("How many more or fewer it may be; null where the count is exact.")
    as_of: datetime = field("When it was counted.")
    share_of_customers: float = field("Of all customers, from 0 to 1; these are counted once a minute.")
    definition: str = field("The filter in words.")

    @below("Some of them, spread over all that were found; empty where there was no time to find any.")
    def sample(self, info: Info[Context, None]) -> list[Customer]:
        return self.lists[str(info.path.key)]


@strawberry.type
class SegmentPreviewQuery:
    @question(
        STAFF,
        "How many customers a filter would hold for, while somebody is typing it. A newer preview with the same key"
        " cancels the one that still runs, which then says SUPERSEDED; programs that share a key tell themselves apart"
        " by the header X-Rapport-Client. One preview a request.",
        alone=True,
    )
    async def segment_preview(self, info: Info[Context, None], where: _Where, sample: _Sample = 5) -> SegmentPreview:
        context, rule = info.context, kept(row_of(where))
        shown = _checked(5 if sample is None else sample)
        lists = dict(_lists(info._raw_info, context, shown))
        async with Patience(context) as patience, context.db.connection() as connection:
            patience.begins()
            async with superseding(connection, _caller(context)), stepping(connection) as steps:
                # First: what is left of the time afterwards may be too short for it.
                whole = steps.budget.whole
                names = await steps.need(lambda: names_there(connection, rule, "where"), until=whole)
                veiled = await steps.need(lambda: hides(connection, rule, context.principal), until=whole)
                found = await counted(
                    steps,
                    rule,
                    occasion=context.occasion,
                    sample=shown if lists else 0,
                    population=context.population,
                    seed=context.now.toordinal(),
                )
                if veiled:
                    found = found.withheld()
                told = {key: await _customers(steps, outline, found, info) for key, outline in lists.items()}
        return SegmentPreview(
            lists=told,
            count=found.count,
            exact=found.exact,
            margin_of_error=found.margin,
            as_of=context.now,
            share_of_customers=found.share,
            definition=in_words(rule, names=names),
        )


def _caller(context: Context) -> str:
    """Whose newer preview takes an older one's place."""
    caller = context.principal
    return f"{caller.key_id or caller.name} {context.client}"


def _checked(sample: int) -> int:
    if not 0 <= sample <= MOST_SHOWN:
        raise QuestionRefused("INVALID", f"sample must be from 0 to {MOST_SHOWN}, not {sample}", ("sample",))
    return sample


def _lists(info: GraphQLResolveInfo[Any], context: Context, shown: int) -> Iterator[tuple[str, Outline]]:
    """What is asked of the customers that are shown, priced and judged before anything is counted."""
    here = info.schema.get_type("SegmentPreview")
    assert isinstance(here, GraphQLObjectType)
    fragments = fragments_of(info.fragments.values())
    selector = Selector(info.schema, fragments, info.variable_values, info.operation, Asked(context.occasion))
    for key, details in selector.below(here, [FieldDetails(node, None) for node in info.field_nodes]).items():
        if details[0].node.name.value == "sample":
            asked = selector.asked = Asked(context.occasion)
            ids, types = asked.slot("uuid[]", Given(None, (_IDS,))), asked.slot("text[]", Given(None, (_TYPES,)))
            fetch = Fetch("Customer", selector.object("Customer", details), by_id(asked, ENTITIES["Customer"]))
            many = OneOfMany(ids, types, ((str(Prefix.CUSTOMER), fetch),), shown)
            yield key, STATEMENTS.outline(asked, ((key, many),), dearest=DEAREST, alone=True)


async def _customers(steps: Steps, outline: Outline, found: Counted, info: Info[Context, None]) -> list[Any]:
    """As the reader tells customers everywhere; none where the time is over."""
    given = {_IDS: list(found.some), _TYPES: [str(Prefix.CUSTOMER)] * len(found.some)}
    if not found.some:
        return []
    plan = outline.bind({**info._raw_info.variable_values.coerced, **given}, info.context.occasion)
    told = await steps.take(lambda: run(steps.connection, plan), until=steps.budget.whole)
    return [one for one in orjson.loads(told) if one is not None] if told else []
