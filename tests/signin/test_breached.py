"""A password that became known elsewhere is not taken, by a list of any length."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from kernel import breached
from signin.apps import breached_list_is_one
from signin.words import NotBreached

MANY = 10_000


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
