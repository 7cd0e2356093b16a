"""A demonstration goes without a second factor, says so, and answers this machine alone."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from agencies.models import Member
from demo import builders as make
from tests.signin.conftest import PASSWORD, Browser

ROOT = Path(__file__).parents[2]
# Gunicorn with an application that needs nothing, for two seconds.
TINY = """
import os, signal, sys, threading, types
tiny = types.ModuleType("tiny")
tiny.app = lambda environ, start: start("204 No Content", []) or []
sys.modules["tiny"] = tiny
threading.Timer(2, lambda: os.kill(os.getpid(), signal.SIGTERM)).start()
sys.argv = ["gunicorn", "tiny:app", "-b", sys.argv[1], "--no-control-socket"]
from gunicorn.app.wsgiapp import run
run()
"""


@pytest.mark.parametrize(
    ("meta", "status"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, 200),
        ({"REMOTE_ADDR": "127.8.0.1"}, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
        ({"REMOTE_ADDR": "::ffff:127.0.0.1"}, 200),
        ({"REMOTE_ADDR": ""}, 200),
        ({"REMOTE_ADDR": "192.0.2.7"}, 403),
        ({"REMOTE_ADDR": "10.0.0.1"}, 403),
        ({"REMOTE_ADDR": "::ffff:192.0.2.7"}, 403),
        ({"REMOTE_ADDR": "2001:db8::1"}, 403),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.7"}, 403),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1, 192.0.2.7"}, 403),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "nonsense"}, 403),
    ],
)
def test_it_answers_this_machine_alone(db: None, meta: dict[str, str], status: int) -> None:
    assert Client(**meta).get("/sign-in/").status_code == status  # type: ignore[arg-type]


def test_a_service_that_is_no_demonstration_answers_everybody(db: None, settings: Any) -> None:
    settings.DEMO = False

    assert Client(REMOTE_ADDR="192.0.2.7").get("/sign-in/").status_code == 200


def test_it_goes_without_a_second_factor_and_says_so(worker: Member, settings: Any) -> None:
    settings.SECOND_FACTOR = False
    someone = Browser()

    answer = someone.password(worker)
    page = someone.http.get("/me/").content.decode()

    assert (answer["Location"], someone.is_in) == ("/", True)
    assert "without a second step at sign-in" in page
    # A password that was shown a moment ago is all that there is to be asked for.
    assert someone.http.get("/me/tokens/new/").status_code == 200
    session: Any = someone.http.session
    session["factor"]["at"] -= 1000
    session.save()
    assert someone.http.get("/me/tokens/new/").status_code == 302
    someone.http.post("/again/", {"password": PASSWORD})
    assert someone.http.get("/me/tokens/new/").status_code == 200


def test_who_has_set_up_a_factor_there_is_asked_for_it(worker: Member, settings: Any) -> None:
    settings.SECOND_FACTOR = False
    make.make_totp(worker)

    assert Browser().password(worker)["Location"].startswith("/sign-in/second/")


@pytest.mark.parametrize(
    ("demo", "bind", "starts"),
    [
        ("true", "127.0.0.1:0", True),
        ("true", "0.0.0.0:0", False),
        ("false", "0.0.0.0:0", True),
    ],
)
def test_its_web_server_starts_on_loopback_only(demo: str, bind: str, starts: bool) -> None:
    """By gunicorn's own configuration file, with an application that needs nothing."""
    done = subprocess.run(
        [sys.executable, "-c", TINY, bind],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        env={"SAFEHAND_DEMO": demo, "PATH": "/usr/bin:/bin"},
    )  # fmt: skip

    assert (done.returncode == 0) is starts, done.stderr
    assert ("answers this machine alone" in done.stderr) is not starts
