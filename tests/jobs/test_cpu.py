"""Arithmetic in a child process: answers, errors, and its end."""

import asyncio
import os
import time
from collections.abc import AsyncIterator

import numpy as np
import pytest
from numpy.typing import NDArray

from domain.errors import Fault, Refused
from jobs.cpu import CalculationFailed, Calculator
from tests.support.waiting import gone


@pytest.fixture
async def calculator() -> AsyncIterator[Calculator]:
    made = Calculator()
    yield made
    await made.close()


def double(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    return numbers * 2


def stumble(name: str) -> None:
    raise ValueError(f"{name} owes us money")


def refuse() -> None:
    raise Refused(Fault.invalid("there is nobody with two purchases", "calibratedUntil"))


def talk() -> str:
    print("this must not get into the answer")  # noqa: T201
    return "quiet"


async def test_large_arrays_go_there_and_back(calculator: Calculator) -> None:
    numbers = np.arange(2_000_000, dtype=np.float64)
    assert (await calculator.run(double, numbers))[-1] == 2 * numbers[-1]


async def test_the_child_is_kept(calculator: Calculator) -> None:
    first, second = await calculator.run(os.getpid), await calculator.run(os.getpid)
    assert first == second != os.getpid()
    several = await asyncio.gather(*(calculator.run(os.getpid) for _ in range(3)))
    assert len(set(several)) == 3
    assert await calculator.run(os.getpid) in several


async def test_errors_tell_where_but_not_of_whom(calculator: Calculator) -> None:
    with pytest.raises(CalculationFailed, match=r"^ValueError in stumble, line \d+$"):
        await calculator.run(stumble, "Jane")
    assert await calculator.run(talk) == "quiet"


async def test_a_refusal_is_one_here_too(calculator: Calculator) -> None:
    with pytest.raises(Refused) as refused:
        await calculator.run(refuse)
    assert refused.value.faults == (Fault.invalid("there is nobody with two purchases", "calibratedUntil"),)


async def test_a_child_that_dies_is_told_and_replaced(calculator: Calculator) -> None:
    with pytest.raises(CalculationFailed, match="died"):
        await calculator.run(os._exit, 3)
    assert await calculator.run(talk) == "quiet"


async def test_cancelled_the_arithmetic_ends(calculator: Calculator) -> None:
    child = await calculator.run(os.getpid)
    running = asyncio.create_task(calculator.run(time.sleep, 60))
    await asyncio.sleep(0.2)
    assert not gone(child)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert gone(child)
