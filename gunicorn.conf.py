"""Gunicorn reads this by itself: a demonstration, without a second factor, stays on this machine."""

import ipaddress
import os
from typing import Any


def on_starting(server: Any) -> None:
    if os.environ.get("SAFEHAND_DEMO", "false").lower() != "true":
        return
    for address in server.cfg.address:
        # A path is a socket in the file system.
        if isinstance(address, tuple) and not ipaddress.ip_address(address[0]).is_loopback:
            raise SystemExit(
                "safehand: a demonstration answers this machine alone; bind it to 127.0.0.1."
            )
