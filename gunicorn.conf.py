"""Gunicorn reads this by itself: a demonstration, without a second factor, stays on this machine; no
web server starts with a list of breached passwords that it could not search; and its own log says no
more than ours does. Its workers share what config/wsgi.py has loaded before they are forked."""

import ipaddress
import os
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger

from kernel import breached
from kernel.logwall import OnlyKnown

preload_app = True


class logger_class(Logger):  # noqa: N801 -- the setting's own name
    """Gunicorn would write the address of a request that failed, with its query."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(OnlyKnown())


def on_starting(server: Any) -> None:
    _stay_here(server)
    _have_the_list()


def _stay_here(server: Any) -> None:
    if os.environ.get("SAFEHAND_DEMO", "false").lower() != "true":
        return
    for address in server.cfg.address:
        # A path is a socket in the file system.
        if isinstance(address, tuple) and not ipaddress.ip_address(address[0]).is_loopback:
            raise SystemExit(
                "safehand: a demonstration answers this machine alone; bind it to 127.0.0.1."
            )


def _have_the_list() -> None:
    """Django's own checks are for commands: a web server would find out at the first new password."""
    if not (path := os.environ.get("BREACHED_PASSWORDS")):
        return
    try:
        breached.require_list(Path(path))
    except (OSError, breached.NotAList) as fault:
        raise SystemExit(f"safehand: BREACHED_PASSWORDS: {breached.said_of(fault)}.") from fault
