"""The one small family of domain errors: what is wrong, as data; how it is told stands in schema/errors.py."""

from dataclasses import dataclass
from enum import StrEnum


class ErrorCode(StrEnum):
    """The codes of the contract's UserErrorCode."""

    REQUIRED = "REQUIRED"
    INVALID = "INVALID"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    IN_USE = "IN_USE"
    CYCLE = "CYCLE"
    NOT_ALLOWED = "NOT_ALLOWED"
    IN_WRONG_STATE = "IN_WRONG_STATE"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    IDEMPOTENCY_MISMATCH = "IDEMPOTENCY_MISMATCH"
    ERASED = "ERASED"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: the code, a sentence with the remedy, where in the input, and what stands in the way."""

    code: ErrorCode
    message: str
    path: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()

    @staticmethod
    def invalid(message: str, *path: str) -> "Fault":
        return Fault(ErrorCode.INVALID, message, path)

    @staticmethod
    def required(message: str, *path: str) -> "Fault":
        return Fault(ErrorCode.REQUIRED, message, path)

    @staticmethod
    def not_found(message: str, *path: str) -> "Fault":
        return Fault(ErrorCode.NOT_FOUND, message, path)


class DomainError(Exception):
    """Whatever the domain refuses; carries data, never a status code."""


class Refused(DomainError):
    """The input is not acceptable; says everything that is wrong with it."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(f"{'.'.join(fault.path)} {fault.message}".strip() for fault in faults))
        self.faults = faults


class QuestionRefused(DomainError):
    """A question that cannot be answered as asked: BAD_CURSOR, NOT_ALLOWED, TOO_COSTLY, INVALID and the like."""

    def __init__(self, code: str, message: str, path: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code, self.message, self.path = code, message, path
