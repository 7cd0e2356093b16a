"""The cookie of a link as an installation sets it: the whole service behind the proxy, over TLS, and
browsers that are nothing but bytes on that line."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from demo import builders as make
from guest import mail
from guest.actions import linking
from guest.models import Link
from referral.models import Referral
from tests.edge import test_proxy
from tests.edge.test_proxy import HOST, NGINX, Front

pytestmark = [
    pytest.mark.skipif(NGINX is None, reason="no nginx here"),
    # Another process reads what was written.
    pytest.mark.django_db(transaction=True),
]
installation = test_proxy.service
NAME = "__Host-answer"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Browser:
    """It keeps each cookie under its name, and sends all of them."""

    def __init__(self, front: Front, **cookies: str) -> None:
        self.front, self.cookies = front, dict(cookies)
        # Every line that has ever set one here.
        self.set: list[str] = []
        self.status, self.headers, self.body = 0, [("", "")], ""

    def _ask(self, method: str, path: str, body: str = "") -> int:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", "Connection: close"]
        if self.cookies:
            kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            lines.append(f"Cookie: {kept}")
        if method == "POST":
            lines += [
                f"Origin: https://{HOST}", f"Content-Length: {len(body)}",
                "Content-Type: application/x-www-form-urlencoded",
            ]  # fmt: skip
        came = self.front.ask("\r\n".join([*lines, "", body]).encode())
        head, _, rest = came.partition(b"\r\n\r\n")
        first, *fields = head.decode().split("\r\n")
        self.status, self.body = int(first.split()[1]), rest.decode()
        pairs = [each.split(": ", 1) for each in fields]
        self.headers = [(name.lower(), value) for name, value in pairs]
        for line in self.said("set-cookie"):
            self.set.append(line)
            name, value = line.split(";")[0].split("=", 1)
            self.cookies[name] = value
        return self.status

    def see(self, path: str) -> int:
        return self._ask("GET", path)

    def do(self, path: str, **words: str) -> int:
        """Send a form as it stands on the page that is shown."""
        token = TOKEN.search(self.body)
        return self._ask(
            "POST", path, urlencode(words | {"csrfmiddlewaretoken": token[1] if token else ""})
        )

    def said(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]


def test_the_cookie_of_a_link_over_tls(installation: Front, settings: Any) -> None:
    settings.DEMO = False
    sender: Member = make.make_member(agency=make.make_agency(), role=Role.SOCIAL_WORKER)
    sent: Referral = make.make_sent(
        by=sender, service=make.make_service(agency=make.make_guest())
    )
    _, digits = linking.give_passcode(code=sent.code, by=sender, at=timezone.now())
    link = Link.objects.get(referral=sent)
    address = mail.address_for(link.stand_in_id, sent.code)
    home = f"/answer/{link.code}/"

    # To look at it sets nothing that could open it, and is kept nowhere.
    here = Browser(installation)
    assert here.see(address) == 200
    assert NAME not in here.cookies
    assert (here.said("cache-control"), here.said("referrer-policy")) == (
        ["no-store"], ["no-referrer"],
    )  # fmt: skip
    assert here.said("strict-transport-security") != []

    assert (here.do(address, passcode=digits), here.said("location")) == (302, [home])
    (line,) = [each for each in here.said("set-cookie") if each.startswith(NAME)]
    first, *rest = line.split("; ")
    words = {each.lower() for each in rest if not each.lower().startswith("expires=")}
    assert words == {"secure", "httponly", "samesite=strict", "path=/", "max-age=1209600"}
    secret = first.removeprefix(f"{NAME}=")
    assert len(secret) == 43
    assert here.see(home) == 200
    assert sent.code in here.body
    # No cookie of this way could have been set by another host, or be read in the clear.
    assert here.set != []
    for each in here.set:
        name, attributes = each.split("=")[0], each.lower().split("; ")
        assert name.startswith("__Host-"), name
        assert {"secure", "path=/"} <= set(attributes), each
        assert not any(word.startswith("domain") for word in attributes), each

    # Another browser, with the address and the passcode, and without the cookie.
    other = Browser(installation)
    assert other.see(address) == 200
    assert other.do(address, passcode=digits) == 200
    assert "in use on another device" in other.body
    assert NAME not in other.cookies
    assert other.see(f"{home}?here=1") == 410
    # One that another host could have set says nothing, nor does another secret.
    for planted in ({"answer": secret}, {"__Secure-answer": secret}, {NAME: "A" * 43}):
        assert Browser(installation, **planted).see(f"{home}?here=1") == 410

    # A cookie that was stolen opens what is awake, for as long as a passcode holds, and no longer.
    thief = Browser(installation, **{NAME: secret})
    assert thief.see(home) == 200
    assert here.see(home) == 200
    assert here.do("/leave/") in {200, 302}
    for desk in (thief, here):
        assert (desk.see(home), desk.said("location")) == (302, [f"{home}passcode/"])
    for path in ("told/", "do/accept/", "own/"):
        assert thief.see(home + path) == 302
        assert sent.code not in thief.body
    # There it guesses no further than anybody else, and the sender is told.
    for _ in range(5):
        assert thief.see(f"{home}passcode/") == 200
        assert thief.do(f"{home}passcode/", passcode="0000") == 200
    assert thief.see(f"{home}?here=1") == 410
    link.refresh_from_db()
    assert (link.tries, link.locked_at is None) == (5, False)
