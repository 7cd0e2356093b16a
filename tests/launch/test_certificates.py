"""What the containers say to each other is enciphered, and each server shows who it is."""

import datetime as dt
import os
import shutil
import signal
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
from cryptography import x509

from launch import certificates as inside
from launch.certificates import SERVERS, certificates
from launch.children import identity, servant
from launch.environment import any_free_port

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OURS = ("migrate", "web", "worker", "beat")


def read(pem: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.read_bytes())


def test_what_lasts_is_left_and_what_ends_is_made_anew(tmp_path: Path) -> None:
    assert certificates([str(tmp_path)]) == 0
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(first) == {f"{name}.{end}" for name in ("ca", "postgres", "valkey", "web")
                          for end in ("pem", "key")}  # fmt: skip
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("*.key")} == {0o600}

    assert certificates([str(tmp_path)]) == 0
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == first

    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=inside.DAYS - 20)):
        assert certificates([str(tmp_path)]) == 0
    later = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    same = {name for name in first if later[name] == first[name]}
    assert same == {"ca.pem", "ca.key"}

    assert certificates([str(tmp_path), "--renew"]) == 0
    assert (tmp_path / "web.pem").read_bytes() != later["web.pem"]


def test_half_an_authority_is_not_overwritten(tmp_path: Path, capsys: Any) -> None:
    certificates([str(tmp_path)])
    (tmp_path / "ca.key").unlink()
    before = (tmp_path / "ca.pem").read_bytes()

    assert certificates([str(tmp_path)]) == 1

    assert "cannot be used: FileNotFoundError" in capsys.readouterr().out
    assert (tmp_path / "ca.pem").read_bytes() == before
    assert not (tmp_path / "ca.key").exists()


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


def test_a_broker_is_believed_by_its_certificate_alone(tmp_path: Path) -> None:
    """As the settings name it, by Debian's Redis: the embedded Valkey was built without TLS."""
    server = shutil.which("redis-server")
    if server is None:
        pytest.skip("no redis-server with TLS here")
    certificates([str(tmp_path)])
    port, users = any_free_port(), tmp_path / "users"
    users.write_text("user default on >in-time ~* &* +@all\n")
    running = subprocess.Popen(
        [
            server, "--port", "0", "--tls-port", str(port), "--bind", "127.0.0.1", "--save", "",
            "--tls-cert-file", f"{tmp_path}/web.pem", "--tls-key-file", f"{tmp_path}/web.key",
            "--tls-ca-cert-file", f"{tmp_path}/ca.pem", "--tls-auth-clients", "no",
            "--tls-protocols", "TLSv1.3", "--aclfile", str(users),
        ],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        url = f"rediss://:in-time@127.0.0.1:{port}/0?ssl_cert_reqs=required&ssl_ca_certs="
        assert _speaks(url + f"{tmp_path}/ca.pem") == ""
        (tmp_path / "other").mkdir()
        certificates([str(tmp_path / "other")])
        assert "CERTIFICATE_VERIFY_FAILED" in _speaks(url + f"{tmp_path}/other/ca.pem")
        wrong = url.replace("in-time", "guessed") + f"{tmp_path}/ca.pem"
        assert "invalid username-password" in _speaks(wrong)
    finally:
        running.terminate()
        running.wait(10)


def _speaks(url: str) -> str:
    """Whether Celery can reach its broker at this address: nothing, or what went wrong."""
    from celery import Celery  # noqa: PLC0415 -- an app of its own

    app = Celery(broker=url)
    try:
        with app.connection_for_write() as line:
            line.ensure_connection(max_retries=5, interval_start=1, interval_step=0, timeout=8)
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
    # The scanner has no network with any of ours, and its socket is the worker's alone.
    assert services["clamav"]["networks"] == ["outside"]
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
        "beat": common | {"worker_database_url"},
    }
    named = {name for each in services.values() for name in each.get("secrets", [])}
    assert named == set(COMPOSE["secrets"])
    # Only whoever sends mail is told where its password is.
    assert [n for n in OURS if "SMTP_PASSWORD_FILE" in services[n]["environment"]] == ["worker"]
