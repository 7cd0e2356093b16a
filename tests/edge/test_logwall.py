"""What stands in the log: sentences that are known, and never the words of an exception."""

import ast
import io
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from celery import shared_task
from django.conf import settings
from django.http import HttpRequest
from django.test import Client as Browser

from kernel.logwall import KNOWN, OnlyKnown

CANARY = "Канарэйка Zzaryanka"
ROOT = Path(__file__).parents[2]
NO_APPS = ("kernel", "edge", "config")  # they have no tables, and they write in the log


@pytest.fixture
def stderr(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What our handler writes."""
    told = io.StringIO()
    handler = next(
        each for each in logging.getLogger().handlers if isinstance(each.formatter, OnlyKnown)
    )
    monkeypatch.setattr(handler, "stream", told)
    return told


@shared_task(name="tests.broken", ignore_result=True)
def broken_task() -> None:
    raise ValueError(CANARY)


def test_the_words_of_an_exception_stay_out(stderr: io.StringIO) -> None:
    for name in (
        "cases.actions",
        "django.db.backends",
        "celery.app.trace",
        "config.api.errors",
    ):
        try:
            int(CANARY)
        except ValueError:
            logging.getLogger(name).exception("While %s was written", CANARY)
    said = stderr.getvalue()
    assert "Zzaryanka" not in said
    assert "While" not in said
    assert said.count("ValueError at edge/test_logwall.py:") == 4
    assert len(said.splitlines()) == 4


# Before a task an open connection is looked at, and one that is old is closed.
@pytest.mark.django_db(transaction=True)
def test_a_task_that_fails_says_where_and_not_what(stderr: io.StringIO) -> None:
    broken_task.apply()
    said = stderr.getvalue()
    assert "Zzaryanka" not in said
    assert "ValueError at edge/test_logwall.py:" in said


@pytest.mark.django_db
def test_a_request_that_fails_says_its_number_and_where(
    stderr: io.StringIO, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(request: HttpRequest) -> None:
        raise ValueError(CANARY)

    monkeypatch.setattr("config.middleware.unreadable", broken)
    client.raise_request_exception = False
    answer = client.post("/nowhere/", {"name": CANARY})
    said = stderr.getvalue()
    assert answer.status_code == 500
    assert "Zzaryanka" not in said + answer.content.decode()
    assert "ValueError at" in said


@pytest.mark.django_db
def test_a_host_that_is_none_is_not_written_down(stderr: io.StringIO, client: Browser) -> None:
    client.get("/", headers={"host": "zzaryanka.example"})
    assert "zzaryanka" not in stderr.getvalue()


def test_what_is_known_is_said_on_one_line(stderr: io.StringIO) -> None:
    logging.getLogger("kernel.each").error("%s: %s", "SH-7K3M-Q9TX", "ValueError\nX forged")
    assert stderr.getvalue().endswith(" ERROR kernel.each SH-7K3M-Q9TX: ValueError?X forged\n")


def test_every_sentence_of_ours_is_known() -> None:
    said: dict[str, set[str]] = {}
    own = [app for app in settings.INSTALLED_APPS if (ROOT / app).is_dir()]
    for app in {*own, *NO_APPS}:
        for path in (ROOT / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if _is_line(node):
                    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                    said.setdefault(name, set()).add(ast.literal_eval(node.args[0]))  # type: ignore[attr-defined]  # _is_line
    assert said == {
        name: set(known) for name, known in KNOWN.items() if not name.startswith("gunicorn")
    }


def _is_line(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "logger"
    )


def test_every_handler_has_this_format() -> None:
    handlers: Any = settings.LOGGING["handlers"]
    assert {each["formatter"] for each in handlers.values()} == {"line"}
    assert settings.LOGGING["formatters"] == {"line": {"()": "kernel.logwall.OnlyKnown"}}


def test_gunicorns_own_log_has_it_too() -> None:
    code = (
        "from gunicorn.app.wsgiapp import WSGIApplication as A; import sys; "
        "sys.argv = ['gunicorn', '-b', '127.0.0.1:0', 'x:y']; a = A(); "
        "log = a.cfg.logger_class(a.cfg); log.error('Error handling request %s', '/?name=zzaryanka')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "gunicorn.error" in done.stderr
    assert "zzaryanka" not in done.stderr
