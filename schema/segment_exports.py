"""Segments as files: the members with the fields that are asked for."""

from typing import Annotated, TypeAlias

import strawberry
from strawberry import ID, UNSET, Info

from domain.audit import Did
from domain.catalog import ENTITIES
from domain.database import Tx
from domain.ids import Prefix, parse_id
from domain.segments.exports.commands import ask_export
from domain.segments.exports.exporting import MOST_FIELDS, USUAL
from domain.vocabulary import ExportFormat, Role
from schema.context import Context
from schema.deeds import deed
from schema.fields import mutation
from schema.jobs import JobPayload

_Id: TypeAlias = Annotated[ID, strawberry.argument(description="The segment's id.")]
_Format: TypeAlias = Annotated[ExportFormat, strawberry.argument(description="How the file is written.")]
_Fields: TypeAlias = Annotated[
    list[str] | None,
    strawberry.argument(
        description="Names of Customer's fields with one value each, such as email or lifetimeValue.predicted, in the"
        f" order in which they are to stand: at most {MOST_FIELDS}. Left out: {', '.join(USUAL)}."
    ),
]


@strawberry.type
class SegmentExportMutation:
    @mutation(
        frozenset({Role.ADMIN, Role.MARKETER}),
        "The members as a file, a line each in the order of their ids, as they are at one moment: a job makes it, and"
        " keeps it a week; Job.files tells where. It needs a key that may read personal data. When somebody in it is"
        " erased, the file goes too.",
    )
    async def segment_export(
        self, info: Info[Context, None], id: _Id, format: _Format = ExportFormat.CSV, fields: _Fields = UNSET
    ) -> JobPayload:
        context = info.context

        async def act(tx: Tx) -> Did:
            segment = parse_id(Prefix.SEGMENT, id, "id")
            return await ask_export(
                tx, segment, format, None if fields is UNSET else fields, catalog=ENTITIES, occasion=context.occasion
            )

        done = await deed(context, "segmentExport", act)
        if done.key is not None:
            context.deeds.started.append(done.key)
        return JobPayload.of(done)
