"""Transfer: records come in by file; good ones are recorded, bad ones are told by line, field and reason."""

from domain.transfer.kinds import Form, Kind, Phase, Progress, Summary
from domain.transfer.run import import_records

__all__ = ["Form", "Kind", "Phase", "Progress", "Summary", "import_records"]
