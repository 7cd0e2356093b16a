"""The embedded servers: one start at a time, nothing left by a killed one, mails kept."""

import os
import shutil
import signal
import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from launch import environment, keys
from launch.environment import ROOT
from launch.servers import AlreadyRunning, Servers

RUNNER = """
import sys, time
from pathlib import Path
from launch.servers import Servers
servers = Servers(Path(sys.argv[1]))
servers.lock(); servers.start_postgres(); servers.start_valkey()
print("up", *(child.process.pid for child in servers.children.running), flush=True)
time.sleep(120)
"""


@pytest.fixture
def state() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="safehand-launch-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path, ignore_errors=True)


def start_runner(state: Path) -> "tuple[subprocess.Popen[str], list[int]]":
    runner = subprocess.Popen(
        [sys.executable, "-c", RUNNER, str(state)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert runner.stdout is not None
    words = runner.stdout.readline().split()
    runner.stdout.close()
    return runner, [int(word) for word in words[1:]]


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"


def test_a_killed_start_leaves_nothing_and_the_next_one_works(state: Path) -> None:
    runner, children = start_runner(state)
    with pytest.raises(AlreadyRunning) as running:
        Servers(state).lock()
    assert str(running.value) == str(runner.pid)

    runner.send_signal(signal.SIGKILL)
    runner.wait()
    end = time.monotonic() + 15
    while not all(gone(pid) for pid in children) and time.monotonic() < end:
        time.sleep(0.1)
    assert [pid for pid in children if not gone(pid)] == []

    again = Servers(state)
    again.lock()
    try:
        again.start_postgres()
        with psycopg.connect(again.database_url("safehand")) as database:
            row = database.execute("SELECT lower('Ё'), 'ІРЫНА' ILIKE 'ірына'").fetchone()
    finally:
        again.children.stop()
        again.forget()
    assert row == ("ё", True)


def test_a_pid_file_of_nobody_does_not_stop_a_start(state: Path) -> None:
    first = Servers(state)
    first.lock()
    first.start_postgres()
    first.children.stop()
    first.forget()
    (state / "pgdata" / "postmaster.pid").write_text("1\n/nowhere\n")

    again = Servers(state)
    again.lock()
    again.start_postgres()
    started = [child.name for child in again.children.running]
    again.children.stop()
    again.forget()

    assert (started, again.children.ended()) == (["PostgreSQL"], [])


def test_a_mail_is_on_disk_before_the_server_says_so(state: Path) -> None:
    port = environment.any_free_port()
    sink = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "launch.mailsink",
            "--port",
            str(port),
            "--dir",
            state / "mails",
        ],
        cwd=ROOT,
    )
    try:
        end = time.monotonic() + 20
        while environment.port_is_free(port) and time.monotonic() < end:
            time.sleep(0.05)
        with smtplib.SMTP("127.0.0.1", port) as mail:
            mail.sendmail("a@example.org", ["b@example.org"], "Subject: Hello\r\n\r\nText\r\n")
            kept = [path.read_text() for path in (state / "mails").glob("*.eml")]
    finally:
        sink.terminate()
        sink.wait()

    assert kept == ["X-Envelope-To: b@example.org\nSubject: Hello\n\nText\n"]


def test_secrets_are_made_once_and_private(state: Path) -> None:
    made = [keys.secret_key_file(state), keys.key_ring_file(state)]
    texts = [path.read_text() for path in made]

    assert [oct(path.stat().st_mode & 0o777) for path in made] == ["0o600", "0o600"]
    assert [keys.secret_key_file(state).read_text(), keys.key_ring_file(state).read_text()] == (
        texts
    )


@pytest.mark.parametrize(("words", "code"), [([], 2), (["dance"], 2), (["--help"], 0)])
def test_an_unknown_verb_shows_what_there_is(words: list[str], code: int) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "launch", *words],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (said.returncode, said.stdout.startswith("usage: ./safehand VERB")) == (code, True)


def test_doctor_finds_a_key_that_others_can_read(state: Path) -> None:
    keys.key_ring_file(state).chmod(0o644)

    said = subprocess.run(
        [sys.executable, "-m", "launch", "doctor"],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env=os.environ | {"SAFEHAND_STATE": str(state)},
    )  # fmt: skip

    assert said.returncode == 1
    assert "FAIL keyring.json is readable by its owner alone" in said.stdout
