"""A database that is away, or whose disk is full, is no fault of ours: it says "try again"."""

import json
from typing import Any

import psycopg
import pytest
from django.db import OperationalError
from django.test import RequestFactory

from config.api import errors

FAULTS = {
    "nobody there": psycopg.OperationalError("connection refused"),
    "stopped": psycopg.errors.AdminShutdown("terminating connection"),
    "crashed": psycopg.errors.CrashShutdown("another process crashed"),
    "starting": psycopg.errors.CannotConnectNow("the database system is starting up"),
    "disk full": psycopg.errors.DiskFull("could not extend file"),
    "too many": psycopg.errors.TooManyConnections("sorry"),
}


def answered(fault: Exception, cause: Exception | None, path: str) -> Any:
    try:
        raise fault from cause
    except type(fault):
        return errors.failed(RequestFactory().post(path))


@pytest.mark.parametrize("cause", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("path", ["/api/v1/referrals/", "/cases/"])
def test_whoever_asks_is_told_to_ask_again(cause: Exception, path: str) -> None:
    assert answered(OperationalError("words"), cause, path).status_code == 503


def test_an_answer_of_the_api_says_so_in_a_code() -> None:
    answer = answered(OperationalError("words"), FAULTS["disk full"], "/api/v1/referrals/")

    assert json.loads(answer.content)["code"] == "busy"
    assert "words" not in answer.content.decode()


@pytest.mark.parametrize(
    "fault", [RuntimeError("ours"), OperationalError("ours")], ids=["code", "sql"]
)
def test_a_fault_of_ours_stays_one(fault: Exception) -> None:
    cause = psycopg.errors.StatementTooComplex("54001")

    assert answered(fault, cause, "/api/v1/referrals/").status_code == 500
