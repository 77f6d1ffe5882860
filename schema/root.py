"""The whole schema: the roots joined from the features, and how its text is printed."""

import strawberry
from graphql import GraphQLInputObjectType, GraphQLSchema
from strawberry import ID
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryObjectDefinition

from schema.access import AccessQuery
from schema.analytics import AnalyticsQuery
from schema.audit import AuditQuery
from schema.campaign_types import CampaignQuery
from schema.campaigns import CampaignMutation
from schema.connection import Node
from schema.customers import CustomerQuery
from schema.discovering import DiscoverMutation
from schema.fields import argument, field
from schema.following import TouchpointSubscription
from schema.jobs import JobMutation, JobQuery, JobSubscription
from schema.lookup import read_from_answer
from schema.merges import MergeMutation, MergeQuery
from schema.orders import OrderQuery
from schema.portfolio import PortfolioQuery
from schema.privacy import PrivacyMutation
from schema.products import ProductQuery
from schema.profiles import ProfileMutation, ProfileQuery
from schema.recording import RecordingMutation
from schema.scalars import SCALARS, guard_built_in
from schema.segment_exports import SegmentExportMutation
from schema.segment_following import SegmentSubscription
from schema.segment_preview import SegmentPreviewQuery
from schema.segment_types import SegmentQuery
from schema.segments import SegmentMutation
from schema.settings import SettingsMutation, SettingsQuery
from schema.touchpoints import TouchpointQuery


@strawberry.type
class NodeQuery:
    node: Node | None = field("Whatever an id leads to.", argument("id", ID, "Its id."))
    nodes: list[Node | None] = field(
        "Whatever ids lead to, in their order; null where one leads to nothing.",
        argument("ids", list[ID], "The ids: at most 250."),
    )


@strawberry.type(description="What can be asked. Start with customers.")
class Query(
    NodeQuery,
    CustomerQuery,
    TouchpointQuery,
    ProductQuery,
    OrderQuery,
    AnalyticsQuery,
    AccessQuery,
    AuditQuery,
    JobQuery,
    SettingsQuery,
    ProfileQuery,
    MergeQuery,
    SegmentQuery,
    SegmentPreviewQuery,
    PortfolioQuery,
    CampaignQuery,
):
    pass


@strawberry.type(description="What can be done. The fields of one request are one transaction, done in their order.")
class Mutation(
    RecordingMutation,
    ProfileMutation,
    MergeMutation,
    SettingsMutation,
    PrivacyMutation,
    JobMutation,
    SegmentMutation,
    DiscoverMutation,
    SegmentExportMutation,
    CampaignMutation,
):
    pass


@strawberry.type(description="What can be followed as it happens.")
class Subscription(JobSubscription, TouchpointSubscription, SegmentSubscription):
    pass


def _build() -> tuple[strawberry.Schema, GraphQLSchema]:
    guard_built_in()
    made = strawberry.Schema(Query, Mutation, Subscription, config=StrawberryConfig(scalar_map=SCALARS))
    read_from_answer(made._schema)
    _let_one_be_given(made._schema)
    return made, made._schema


def _let_one_be_given(schema: GraphQLSchema) -> None:
    """Strawberry checks @oneOf by itself and tells no path; graphql-core does, where it knows of it."""
    for type_ in schema.type_map.values():
        definition = type_.extensions.get("strawberry-definition")
        if isinstance(type_, GraphQLInputObjectType) and isinstance(definition, StrawberryObjectDefinition):
            type_.is_one_of = definition.is_one_of


strawberry_schema, graphql_schema = _build()


def print_sdl() -> str:
    """The schema as text, as it is committed in schema/schema.graphql."""
    return strawberry_schema.as_str() + "\n"
