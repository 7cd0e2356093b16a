"""What every answer carries, and what an installation with TLS answers on an open line."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser

from agencies.models import Member
from tests.entering import enter

ROOT = Path(__file__).parents[2]
PATHS = ("/", "/sign-in/", "/nowhere/", "/api/v1/me/", "/api/v1/nowhere/", "/livez")
ALWAYS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Permitted-Cross-Domain-Policies": "none",
    "X-Robots-Tag": "noindex",
}


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_closed_to_other_sites(path: str, client: Browser) -> None:
    answer = client.get(path)

    assert {name: answer.get(name) for name in ALWAYS} == ALWAYS
    policy = dict(
        part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert "unsafe" not in answer["Content-Security-Policy"]
    allowed = [
        each for each in answer["Permissions-Policy"].split(", ") if not each.endswith("=()")
    ]
    assert allowed == [
        "publickey-credentials-create=(self)", "publickey-credentials-get=(self)",
    ]  # fmt: skip
    assert "Server" not in answer


@pytest.mark.django_db
def test_on_an_open_line_programs_are_refused_and_people_led_on(
    settings: Any, client: Browser
) -> None:
    settings.SECURE = settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

    refused = client.get("/api/v1/me/")
    led = client.get("/cases/")
    through = client.get("/api/v1/me/", headers={"x-forwarded-proto": "https"})

    assert (refused.status_code, refused.json()["code"]) == (403, "https_only")
    assert "Location" not in refused
    assert (led.status_code, led["Location"]) == (301, "https://testserver/cases/")
    assert through.status_code == 401


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/sign-out/", "/leave/"])
def test_a_browser_is_told_to_forget_when_somebody_goes(
    path: str, client: Browser, sender: Member
) -> None:
    enter(client, sender)
    assert client.post(path)["Clear-Site-Data"] == '"cache", "cookies", "storage"'


def test_the_deployment_check_of_django_finds_nothing(tmp_path: Path) -> None:
    ring = tmp_path / "ring.json"
    ring.write_text('{"current": "1", "keys": {"1": "' + "A" * 43 + '="}}')
    ring.chmod(0o600)
    env = {
        "PATH": os.environ["PATH"], "SECRET_KEY": "x7" + "Kq3vT9mWz5" * 6,
        "KEY_RING_FILE": str(ring), "SAFEHAND_DEMO": "false",
        "PUBLIC_URL": "https://safehand.example.org", "ALLOWED_HOSTS": "safehand.example.org",
        "DATABASE_URL": "postgresql://nobody@localhost:1/none",
        "REDIS_URL": "redis://localhost:1/0",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
