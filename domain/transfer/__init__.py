"""Transfer: records come in by file; good ones are recorded, bad ones are told by line, field and reason."""

from domain.transfer.kinds import Form, Kind, Phase, Progress, Summary
from domain.transfer.run import import_records
from domain.transfer.table import COLUMNS

__all__ = ["COLUMNS", "Form", "Kind", "Phase", "Progress", "Summary", "import_records"]
