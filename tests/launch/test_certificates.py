"""What the containers say to each other is enciphered, and each server shows who it is."""

import datetime as dt
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import time_machine
import yaml
from celery import Celery
from cryptography import x509
from django.conf import settings

from config import env
from launch import certificates as inside
from launch.certificates import SERVERS, certificates
from launch.children import identity, servant
from launch.environment import any_free_port

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OURS = ("migrate", "web", "worker", "files", "beat")


def read(pem: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.read_bytes())


def test_what_lasts_is_left_and_what_ends_is_made_anew(tmp_path: Path) -> None:
    assert certificates([str(tmp_path)]) == 0
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(first) == {f"{name}.{end}" for name in ("ca", "postgres", "valkey", "web")
                          for end in ("pem", "key")}  # fmt: skip
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("*.key")} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("*.pem")} == {0o644}

    assert certificates([str(tmp_path)]) == 0
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == first

    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=inside.DAYS - 20)):
        assert certificates([str(tmp_path)]) == 0
    later = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    same = {name for name in first if later[name] == first[name]}
    assert same == {"ca.pem", "ca.key"}

    assert certificates([str(tmp_path), "--renew"]) == 0
    assert (tmp_path / "web.pem").read_bytes() != later["web.pem"]


def test_without_the_authoritys_key_what_lasts_is_left(tmp_path: Path, capsys: Any) -> None:
    """It is kept on another machine: nothing but making needs it."""
    certificates([str(tmp_path)])
    (tmp_path / "ca.key").unlink()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    assert certificates([str(tmp_path)]) == 0
    assert "Take" not in capsys.readouterr().out.rpartition("left as it is")[2]
    assert certificates([str(tmp_path), "--renew"]) == 1
    assert f"bring {tmp_path / 'ca.key'} back" in capsys.readouterr().out
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def other(kind: str, folder: Path) -> None:
    """Something that an earlier day may have left where we keep ours."""
    web, key = folder / "web.pem", folder / "web.key"
    match kind:
        case "an authority of another key":
            (folder / "ca.key").write_bytes((folder / "web.key").read_bytes())
        case "a key without its authority":
            (folder / "ca.pem").unlink()
        case "words in place of an authority":
            (folder / "ca.pem").write_text("mislaid")
        case "words in place of a certificate":
            web.write_text("mislaid")
        case "words in place of a key":
            key.write_text("mislaid")
        case "another's key":
            key.write_bytes((folder / "valkey.key").read_bytes())
        case "a certificate alone":
            key.unlink()
        case "a key alone":
            web.unlink()
        case "another's certificate":
            for path in (web, key):
                path.write_bytes(path.with_stem("valkey").read_bytes())
        case "a certificate of another authority":
            certificates([str(folder / "other")])
            for path in (web, key):
                path.write_bytes((folder / "other" / path.name).read_bytes())
            shutil.rmtree(folder / "other")


@pytest.mark.parametrize(
    ("kind", "said", "renewed"),
    [
        ("an authority of another key", "ca.key and ca.pem do not belong together", 1),
        ("a key without its authority", "ca.pem is not there, and its key is", 1),
        ("words in place of an authority", "ca.pem is no certificate", 1),
        ("words in place of a certificate", "web.pem is no certificate", 0),
        ("words in place of a key", "web.key is no key", 0),
        ("another's key", "web.key and web.pem do not belong together", 0),
        ("a certificate alone", "one alone is there", 0),
        ("a key alone", "one alone is there", 0),
        ("another's certificate", "web.pem is for other names than web, 127.0.0.1", 0),
        ("a certificate of another authority", "web.pem is of another authority", 0),
    ],
)
def test_what_cannot_be_used_is_left_until_somebody_says_so(
    tmp_path: Path, capsys: Any, kind: str, said: str, renewed: int
) -> None:
    certificates([str(tmp_path)])
    other(kind, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    assert certificates([str(tmp_path)]) == 1
    assert said in capsys.readouterr().out
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before

    assert certificates([str(tmp_path), "--renew"]) == renewed
    # An authority is never made anew by itself: every container would have to be told.
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert (after == before) == bool(renewed)


def test_an_authority_that_ends_makes_nothing_that_outlives_it(
    tmp_path: Path, capsys: Any
) -> None:
    certificates([str(tmp_path)])
    ends = read(tmp_path / "ca.pem").not_valid_after_utc
    with time_machine.travel(ends - dt.timedelta(days=100)):
        assert certificates([str(tmp_path)]) == 0
    assert read(tmp_path / "web.pem").not_valid_after_utc == ends
    with time_machine.travel(ends - dt.timedelta(days=29)):
        assert certificates([str(tmp_path)]) == 1
    assert "move it and its key away" in capsys.readouterr().out


def test_a_folder_that_is_none_is_named(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "inside").write_text("")
    assert certificates([str(tmp_path / "inside")]) == 1
    assert capsys.readouterr().out == f"safehand: {tmp_path / 'inside'}: File exists\n"


def test_each_server_is_called_by_its_names_and_no_other(tmp_path: Path) -> None:
    certificates([str(tmp_path)])
    for server in SERVERS:
        held = read(tmp_path / f"{server.name}.pem")
        names = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        called = [*names.get_values_for_type(x509.DNSName),
                  *map(str, names.get_values_for_type(x509.IPAddress))]  # fmt: skip
        assert tuple(called) == server.names
        held.verify_directly_issued_by(read(tmp_path / "ca.pem"))


# The machine's own: the embedded one was built without TLS.
PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


@pytest.fixture(scope="module")
def postgres() -> Iterator[tuple[Path, int]]:
    """A PostgreSQL with the options and the pg_hba.conf of the image; its folder and its port."""
    if PROGRAMS is None:
        pytest.skip("no PostgreSQL with TLS here")
    folder, port = Path(tempfile.mkdtemp(prefix="safehand-tls-")), any_free_port()
    certificates([str(folder / "inside")])
    shutil.copy(ROOT / "deploy" / "pg_hba.conf", folder / "pg_hba.conf")
    said = str(COMPOSE["services"]["postgres"]["command"])
    words = [word for word in said.split() if word.startswith(("ssl", "hba_file"))]
    there = {
        "/run/secrets/postgres_pem": f"{folder}/inside/postgres.pem",
        "/run/secrets/postgres_key": f"{folder}/inside/postgres.key",
        "/etc/postgresql/pg_hba.conf": f"{folder}/pg_hba.conf",
    }
    more = {name: there.get(value, value) for name, value in (w.split("=") for w in words)}
    assert set(more) == {
        "ssl", "ssl_min_protocol_version", "ssl_cert_file", "ssl_key_file", "hba_file"
    }  # fmt: skip
    # As root it refuses to run; the package has brought a user for it.
    user = servant()
    if user:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid)
    options = [word for name, value in more.items() for word in ("-c", f"{name}={value}")]
    subprocess.run(
        [str(PROGRAMS / "initdb"), "-D", str(folder / "data"), "-U", "safehand", "--no-sync"],
        check=True, stdout=subprocess.DEVNULL, cwd="/", **identity(user),
    )  # fmt: skip
    running = subprocess.Popen(
        [
            PROGRAMS / "postgres", "-D", folder / "data", "-k", folder, "-p", str(port),
            "-c", "listen_addresses=127.0.0.1", *options,
        ],
        stderr=subprocess.DEVNULL, cwd="/", **identity(user),
    )  # fmt: skip
    try:
        ready = [str(PROGRAMS / "pg_isready"), "-q", "-h", str(folder), "-p", str(port)]
        end = time.monotonic() + 30
        while subprocess.run(ready, check=False).returncode:
            assert time.monotonic() < end, "it did not come up"
            time.sleep(0.1)
        yield folder, port
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def come(folder: Path, port: int, **how: str) -> bool:
    """Over the line, as `postgres` on this machine; whether the line was enciphered."""
    asked = {
        "host": "postgres", "hostaddr": "127.0.0.1", "port": str(port), "user": "web",
        "password": "in time", "dbname": "postgres", "sslmode": "verify-full",
        "sslrootcert": str(folder / "inside" / "ca.pem"),
    } | how  # fmt: skip
    with psycopg.connect(" ".join(f"{k}='{v}'" for k, v in asked.items())) as db:
        row = db.execute("SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        return row.fetchone() == (True, "TLSv1.3")


def test_postgresql_is_reached_enciphered_and_by_its_own_name_alone(
    postgres: tuple[Path, int], tmp_path: Path
) -> None:
    folder, port = postgres
    with psycopg.connect(
        host=str(folder), port=port, user="safehand", dbname="postgres", autocommit=True
    ) as owner:
        owner.execute("CREATE ROLE web LOGIN PASSWORD 'in time'")

    assert come(folder, port)
    asked = COMPOSE["services"]["postgres"]["healthcheck"]["test"]
    assert asked[:4] == ["CMD", "pg_isready", "-h", "127.0.0.1"], "a socket answers too early"
    well = [str(PROGRAMS / asked[1]), *asked[2:]] if PROGRAMS else []
    assert subprocess.run([*well, "-q", "-p", str(port)], check=False).returncode == 0
    certificates([str(tmp_path)])
    for how, why in (
        ({"sslrootcert": str(tmp_path / "ca.pem")}, "certificate verify failed"),
        ({"host": "elsewhere"}, "does not match host name"),
        ({"sslmode": "disable"}, "no encryption"),
        ({"password": "guessed"}, "password authentication failed"),
        ({"ssl_max_protocol_version": "TLSv1.2"}, "protocol version"),
    ):
        with pytest.raises(psycopg.OperationalError, match=why):
            come(folder, port, **how)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """Debian's Redis with the options of the image: the embedded Valkey was built without TLS. It shows
    the certificate of the web server, which may be called by the loopback address."""
    server = shutil.which("redis-server")
    if server is None:
        pytest.skip("no redis-server with TLS here")
    certificates([str(tmp_path)])
    port, users = any_free_port(), tmp_path / "users"
    users.write_text("user default on >in-time ~* &* +@all\n")
    there = {
        "/run/secrets/valkey_pem": f"{tmp_path}/web.pem",
        "/run/secrets/valkey_key": f"{tmp_path}/web.key",
        "/run/secrets/inside_ca": f"{tmp_path}/ca.pem",
        "/run/secrets/broker_users": str(users),
        "6379": str(port),
    }
    words = [there.get(word, word) for word in COMPOSE["services"]["valkey"]["command"][1:]]
    running = subprocess.Popen(
        [server, *words, "--bind", "127.0.0.1", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    try:
        _until_somebody_listens(port)
        yield tmp_path, port
    finally:
        running.terminate()
        running.wait(10)


def _until_somebody_listens(port: int) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < end, "it did not come up"
            time.sleep(0.05)
        else:
            return


def test_a_broker_is_believed_by_its_certificate_alone(
    broker: tuple[Path, int], tmp_path_factory: Any
) -> None:
    folder, port = broker
    there = f"127.0.0.1:{port}/0"
    ours = f"?ssl_ca_certs={folder}/ca.pem"
    assert _speaks(f"rediss://:in-time@{there}{ours}") == ""
    assert _speaks(f"rediss://:in-time@{there}{ours}&ssl_cert_reqs=required") == ""

    elsewhere = tmp_path_factory.mktemp("other")
    certificates([str(elsewhere)])
    for address, why in (
        (f"rediss://:in-time@{there}?ssl_ca_certs={elsewhere}/ca.pem", "verify failed"),
        # Of nobody in particular: then of those whom the machine trusts, and not of anybody.
        (f"rediss://:in-time@{there}", "verify failed"),
        (f"rediss://:in-time@localhost:{port}/0{ours}", "Hostname mismatch"),
        (f"rediss://:guessed@{there}{ours}", "invalid username-password"),
        (f"rediss://{there}{ours}", "Authentication required"),
        (f"redis://:in-time@{there}", "Error while reading"),
    ):
        assert why in _speaks(address), address


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("ssl_cert_reqs=none", "must look at who answers"),
        ("ssl_cert_reqs=CERT_OPTIONAL", "must look at who answers"),
        ("ssl_check_hostname=false", "must look at who answers"),
        ("ssl_ca_certs=/nowhere/ca.pem", "must name a file"),
    ],
)
def test_a_broker_that_would_be_believed_anyhow_is_refused(
    monkeypatch: Any, query: str, why: str
) -> None:
    monkeypatch.setenv("REDIS_URL", f"rediss://:word@valkey:6379/0?{query}")
    with pytest.raises(RuntimeError, match=why):
        env.broker("REDIS_URL")


def _speaks(address: str) -> str:
    """Whether a process of ours, told this address, reaches its broker: nothing, or what went wrong."""
    with pytest.MonkeyPatch.context() as told:
        told.setenv("REDIS_URL", address)
        app = Celery(broker=env.broker("REDIS_URL"))
    app.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS | {
        # A machine that does much else at once.
        "socket_connect_timeout": 5
    }
    try:
        with app.connection_for_write() as line:
            line.ensure_connection(max_retries=1, interval_start=0, timeout=8)
    except Exception as fault:  # noqa: BLE001 -- kombu has one class a transport
        return str(fault)
    return ""


def test_the_containers_reach_each_other_in_no_other_way() -> None:
    services = COMPOSE["services"]
    postgres = services["postgres"]["command"]
    assert "ssl=on" in postgres
    hba = [line.split() for line in (ROOT / "deploy/pg_hba.conf").read_text().splitlines()
           if line and not line.startswith("#")]  # fmt: skip
    assert {line[0] for line in hba} == {"local", "hostssl"}
    broker = services["valkey"]["command"]
    assert broker[broker.index("--port") + 1] == "0"
    assert "--tls-port" in broker
    assert services["web"]["command"].count("--certfile") == 1
    proxy = (ROOT / "deploy/nginx.conf").read_text()
    assert "http://" not in proxy
    assert "proxy_ssl_verify on;" in proxy
    example = (ROOT / ".env.example").read_text()
    assert example.count("@postgres/safehand?SSL") == 3
    assert "sslmode=verify-full" in example
    assert "?ssl_ca_certs=/run/secrets/inside_ca" in example
    # From outside, people reach the proxy; the mails of a trial are for this machine alone.
    ports = {name: each["ports"] for name, each in services.items() if "ports" in each}
    assert ports == {"proxy": ["443:8443"], "mail": ["127.0.0.1:8025:8025"]}
    # The scanner has no network with any of ours, and its socket is the worker's alone.
    beside = {
        name: set(each["networks"]) for name, each in services.items() if name != "clamav"
    }
    assert set(services["clamav"]["networks"]).isdisjoint(set.union(*beside.values()))
    holding = [name for name, each in services.items()
               if any("scanner:" in volume for volume in each.get("volumes", []))]  # fmt: skip
    assert sorted(holding) == ["clamav", "worker"]


def test_each_container_holds_only_the_secrets_that_it_needs() -> None:
    services = COMPOSE["services"]
    default = services["beat"]["secrets"]
    held = {name: set(services[name].get("secrets", default)) for name in OURS}
    common = {"secret_key", "key_ring", "broker_url", "inside_ca"}
    assert held == {
        "migrate": common | {"owner_database_url"},
        "web": common | {"web_database_url", "web_pem", "web_key"},
        "worker": common | {"worker_database_url", "smtp_password"},
        "files": common | {"worker_database_url"},
        "beat": common | {"worker_database_url"},
    }
    named = {name for each in services.values() for name in each.get("secrets", [])}
    assert named == set(COMPOSE["secrets"])
    # Only whoever sends mail is told where its password is.
    assert [n for n in OURS if "SMTP_PASSWORD_FILE" in services[n]["environment"]] == ["worker"]
