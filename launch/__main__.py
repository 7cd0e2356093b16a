"""The verbs of ./safehand."""

import argparse
import email
import email.policy
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from launch import catalogs, environment
from launch import drill as drills
from launch.bench import bench
from launch.certificates import certificates
from launch.chaos import chaos
from launch.doctor import doctor
from launch.environment import FOR_THE_OWNER, ROOT, Installation
from launch.figures import figures
from launch.load import load
from launch.run import BUSY, Run, say
from launch.sbom import sbom
from launch.servers import AlreadyRunning, Servers, take

USAGE = """usage: ./safehand VERB

  run [--port N]   the whole service with demo data, until Ctrl-C
  stop             end a service that runs from this state folder
  journey          play one person's way against the running service
  test [ARGS]      the tests, on throw-away servers
  doctor           check this machine and what runs on it
  audit ARGS       the log: seal, verify, prove, key; witness and check-proof run anywhere
  manage ARGS      a management command against the running service
  duplicates rebuild
                   make the tokens of identities anew, after the key was changed
  mails            the mails that the demo's mail server has taken
  keys VERB        the ring of keys: list, rotate, verify, destroy KEY
  backup           a copy of everything, sealed for --recipient
  restore FILE     a copy back, --into an empty database
  drill            make a copy, restore it beside, count what is missing
  bench            what lists cost among 10,000, 100,000 or 1,000,000 cases (--cases)
  load             members at work over HTTP in such a land: --cases, --members, --minutes
  chaos            refer people while everything is killed in turns, and count what is lost
  certificates     for what the containers of docker-compose.yml say to each other
  sbom [FILE]      every locked package, as CycloneDX
  figures [NAME]   the long measurements, and docs/security.md made of them
  setup [--dev]    only install what is needed

SAFEHAND_STATE names the state folder (default: .safehand beside this script). With
DATABASE_URL or REDIS_URL set, those servers are used and none is started."""

ANYWHERE = {"witness": "audit.witness", "check-proof": "audit.check"}


def main(words: list[str]) -> int:
    verb, rest = (words[0], words[1:]) if words else ("", [])
    verbs: dict[str, Callable[[list[str]], int]] = {
        "run": run, "stop": stop, "journey": journey, "test": test, "doctor": lambda _: doctor(),
        "audit": audited, "manage": managed, "mails": mails, "setup": setup,
        "duplicates": lambda rest: managed(["duplicates", *rest]),
        "drill": drill, "sbom": sbom, "figures": figures,
        "certificates": certificates, "bench": bench, "load": load, "chaos": chaos,
        **{word: _command(word) for word in ("keys", "backup", "restore")},
    }  # fmt: skip
    if verb not in verbs:
        say(USAGE)
        return 0 if verb in {"help", "--help", "-h"} else 2
    return verbs[verb](rest)


def run(words: list[str]) -> int:
    catalogs.compiled()
    parser = argparse.ArgumentParser(prog="safehand run")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    return Run(parser.parse_args(words).port)()


def setup(_words: list[str]) -> int:
    """What is needed was installed by the shell script; the words of the pages are left."""
    catalogs.compiled()
    return 0


def stop(_words: list[str]) -> int:
    state = environment.state_folder()
    pid = _holder(state)
    if pid is None:
        say("safehand: nothing runs in this state folder.")
        return 0
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + 40
    while _holder(state) is not None:
        if time.monotonic() > end:
            say(f"safehand: pid {pid} does not end.")
            return 1
        time.sleep(0.2)
    say("safehand: stopped.")
    return 0


def journey(words: list[str]) -> int:
    what = _running()
    if what is None:
        return BUSY
    where = ["--url", f"http://127.0.0.1:{what.port}", "--logins",
             str(what.state / "demo-logins.json"), "--mails", str(what.state / "mails")]  # fmt: skip
    return _run([sys.executable, "-m", "demo.journey", *where, *words], dict(os.environ))


def test(words: list[str]) -> int:
    catalogs.compiled()
    if not (os.environ.get("CHROMIUM") or shutil.which("chromium")):
        say(
            "safehand: no Chromium here (CHROMIUM may name one): the browser tests are left out."
        )
    given = words or ["-n", "2"]
    plugins = ["-p", "launch.pytest_plugin", "-p", "no:valkey"]
    return _run([sys.executable, "-m", "pytest", *plugins, *given], dict(os.environ))


def managed(words: list[str]) -> int:
    what = _running() if "DATABASE_URL" not in os.environ else _by_environment()
    if what is None:
        return BUSY
    env = what.owner if words and words[0] in FOR_THE_OWNER else what.app
    return _run([sys.executable, "manage.py", *words], env)


def audited(words: list[str]) -> int:
    """What a partner or a court runs needs neither our database nor our settings."""
    if words and words[0] in ANYWHERE:
        return _run([sys.executable, "-m", ANYWHERE[words[0]], *words[1:]], dict(os.environ))
    return managed(["audit", *words])


def _command(name: str) -> Callable[[list[str]], int]:
    return lambda words: managed([name, *words])


def drill(words: list[str]) -> int:
    """Whether the backups can be trusted: exit 1 if one row or key is missing, or one too many."""
    what = _running() if "DATABASE_URL" not in os.environ else _by_environment()
    if what is None:
        return BUSY
    try:
        found = drills.drill(what)
    except drills.DrillFailed as fault:
        say(f"safehand: {fault}")
        return 1
    say(json.dumps(found) if "--json" in words else "\n".join(drills.lines(found)))
    return 0 if found["well"] else 1


def mails(_words: list[str]) -> int:
    folder = environment.state_folder() / "mails"
    for path in sorted(folder.glob("*.eml")):
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        body = mail.get_body()
        text = body.get_content().strip().replace("\n", " ") if body else ""
        say(f"{mail['Date']}  to {mail['To']}\n  {mail['Subject']}: {text}")
    return 0


def _running() -> Installation | None:
    what = environment.recall(environment.state_folder())
    if what is None:
        say("safehand: nothing runs in this state folder; start it with ./safehand run")
    return what


def _by_environment() -> Installation:
    servers = Servers(environment.state_folder())
    servers.state.mkdir(mode=0o711, parents=True, exist_ok=True)
    return environment.installation(servers, port=8000, mail_port=25)


def _holder(state: Path) -> int | None:
    """Who holds the state folder's lock."""
    if not (state / "lock").exists():
        return None
    try:
        take(state / "lock").close()
    except AlreadyRunning as running:
        return int(str(running)) if str(running).isdigit() else None
    return None


def _run(command: list[str], env: dict[str, str]) -> int:
    return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
