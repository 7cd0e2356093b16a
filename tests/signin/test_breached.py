"""A password that became known elsewhere is not taken, by a list of any length."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from kernel import breached
from signin.apps import breached_list_is_one
from signin.words import NotBreached
from tests.signin.test_demonstration import TINY

MANY = 10_000
ROOT = Path(__file__).parents[2]


def digest(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


def list_of(path: Path, passwords: list[str], *, end: str = "\n", lower: bool = False) -> Path:
    lines = sorted(digest(each) for each in passwords)
    counts = (1, 47, 123456, 3)
    text = "".join(f"{line}:{counts[n % 4]}{end}" for n, line in enumerate(lines))
    path.write_bytes((text.lower() if lower else text).encode())
    return path


@pytest.mark.parametrize("lower", [False, True])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("many", [1, 2, 3, MANY])
def test_each_that_is_in_the_list_is_found_and_no_other(
    tmp_path: Path, many: int, end: str, lower: bool
) -> None:
    known = [f"пароль {n}" for n in range(many)]
    path = list_of(tmp_path / "list", known, end=end, lower=lower)

    breached.require_list(path)
    assert [each for each in known if not breached.holds(path, each)] == []
    others = [f"another {n}" for n in range(many)]
    assert [each for each in others if breached.holds(path, each)] == []


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda lines: lines[::-1], "not sorted"),
        (lambda lines: [line.replace(":", ";") for line in lines], "no line of SHA1:COUNT"),
        (lambda lines: [line[:32] + ":1" for line in lines], "no line of SHA1:COUNT"),
        (lambda lines: [], "empty"),
    ],
)
def test_what_is_no_such_list_is_refused_at_the_start(
    tmp_path: Path, settings: Any, spoil: Any, said: str
) -> None:
    path = list_of(tmp_path / "list", [str(n) for n in range(100)])
    path.write_text("".join(f"{line}\n" for line in spoil(path.read_text().splitlines())))
    settings.BREACHED_PASSWORDS = str(path)

    assert [said in error.msg for error in breached_list_is_one()] == [True]


def test_a_list_that_is_not_there_is_refused_at_the_start(
    tmp_path: Path, settings: Any
) -> None:
    settings.BREACHED_PASSWORDS = str(tmp_path / "none")
    assert [error.msg for error in breached_list_is_one()] == [
        "BREACHED_PASSWORDS: No such file or directory"
    ]
    settings.BREACHED_PASSWORDS = ""
    assert breached_list_is_one() == []


@pytest.mark.parametrize("well", [True, False])
def test_no_web_server_starts_with_a_list_that_it_could_not_search(
    tmp_path: Path, well: bool
) -> None:
    path = list_of(tmp_path / "list", [str(n) for n in range(100)])
    if not well:
        path.write_text("123456\nqwerty\n")
    done = subprocess.run(
        [sys.executable, "-c", TINY, "127.0.0.1:0"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        env={"BREACHED_PASSWORDS": str(path), "PATH": os.environ["PATH"]},
    )  # fmt: skip

    assert (done.returncode == 0) is well, done.stderr
    why = "safehand: BREACHED_PASSWORDS: no line of SHA1:COUNT at byte 0."
    assert (why in done.stderr) is not well


def test_no_command_runs_with_such_a_list(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text("123456\nqwerty\n")
    done = subprocess.run(
        [sys.executable, "manage.py", "roles"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        env=os.environ | {"BREACHED_PASSWORDS": str(path)},
    )  # fmt: skip

    assert done.returncode == 1
    assert "BREACHED_PASSWORDS: no line of SHA1:COUNT at byte 0" in done.stderr


def test_a_search_never_believes_a_list_that_is_not_sorted(tmp_path: Path) -> None:
    path = list_of(tmp_path / "list", [str(n) for n in range(100)])
    path.write_text("\n".join(path.read_text().splitlines()[::-1]) + "\n")
    with pytest.raises(breached.NotAList, match="not sorted"):
        for n in range(100):
            breached.holds(path, str(n))


def test_a_breached_password_is_not_taken(tmp_path: Path, settings: Any) -> None:
    known = "seven green apples on a hill"
    settings.BREACHED_PASSWORDS = str(list_of(tmp_path / "list", [known]))

    NotBreached().validate("nine slow herons over water")
    with pytest.raises(ValidationError) as refused:
        NotBreached().validate(known)
    assert refused.value.code == "password_breached"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Not one that became known in a theft of passwords elsewhere."),
        ("ru", "Не из тех, что стали известны при кражах паролей в других местах."),
        ("be", "Не з тых, што сталі вядомыя пры крадзяжах пароляў у іншых месцах."),
    ],
)
def test_the_setting_alone_has_every_new_password_looked_up(
    tmp_path: Path, language: str, said: str
) -> None:
    known = "семь зелёных яблок на холме"
    path = list_of(tmp_path / "list", [known])
    words = f"""
import django; django.setup()
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import translation
validate_password("nine slow herons over water")
with translation.override({language!r}):
    try:
        validate_password({known!r})
    except ValidationError as fault:
        print(*fault.messages)
"""
    told = {}
    for setting in (str(path), ""):
        done = subprocess.run(
            [sys.executable, "-c", words],
            cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
            env=os.environ
            | {"DJANGO_SETTINGS_MODULE": "config.settings", "BREACHED_PASSWORDS": setting},
        )  # fmt: skip
        told[setting] = done.stdout.strip()
    assert told == {str(path): said, "": ""}
