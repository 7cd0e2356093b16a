"""A correct client: it repeats the same request with the same key until it is answered."""

import json
import random
import time
from collections import Counter
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from benchmarks.chaos.notes import Act, Notebook

PATIENCE = 30
# After so many seconds without an answer it stops asking; what came of that act is unknown to it.
LAST = 300
LONGEST_WAIT = 2.0
PART = "part-of-a-form"
JSON, MULTIPART = "application/json", f"multipart/form-data; boundary={PART}"


@dataclass(slots=True)
class Client:
    """One member at the API."""

    url: str
    username: str
    token: str
    notebook: Notebook

    def bring(self, act: Act, content: bytes) -> dict[str, Any] | None:
        """A file of cases."""
        head = f'--{PART}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"'
        body = f"{head}\r\nContent-Type: text/csv\r\n\r\n".encode() + content
        body += f"\r\n--{PART}--\r\n".encode()
        return self._until_answered(act, "POST", "imports/", body, MULTIPART)

    def look(self, path: str) -> dict[str, Any]:
        """What stands there, if there is an answer at this moment; nothing is noted of it."""
        try:
            status, _, said = self._ask("GET", path, None, "")
        except (OSError, HTTPException, ValueError):
            return {}
        return said if status == 200 else {}

    def post(self, act: Act, path: str, data: dict[str, Any]) -> dict[str, Any] | None:
        return self._until_answered(act, "POST", path, json.dumps(data).encode())

    def get(self, act: Act, path: str) -> dict[str, Any] | None:
        return self._until_answered(act, "GET", path, None)

    def _until_answered(
        self, act: Act, method: str, path: str, body: bytes | None, kind: str = JSON
    ) -> dict[str, Any] | None:
        """What was answered, if it was done."""
        tries: Counter[str] = Counter()
        end, wait = time.monotonic() + LAST, 0.1
        while time.monotonic() < end:
            began = time.time()
            try:
                status, headers, said = self._ask(method, path, body, act.key, kind)
            except (OSError, HTTPException, ValueError):
                tries["cut"] += 1
            else:
                if status < 500 and status != 429:
                    act.began, act.answered, act.status = began, time.time(), status
                    act.said = str(said.get("code", ""))
                    act.replayed = "idempotency-replayed" in headers
                    act.tries = dict(tries)
                    self.notebook.answer(act)
                    return said if act.done else None
                tries[str(status)] += 1
                if status == 429:
                    time.sleep(min(60.0, float(headers.get("retry-after", "5"))))
            time.sleep(wait * random.uniform(0.5, 1))
            wait = min(LONGEST_WAIT, wait * 2)
        act.tries = dict(tries)
        self.notebook.answer(act)
        return None

    def _ask(
        self, method: str, path: str, body: bytes | None, key: str, kind: str = JSON
    ) -> tuple[int, dict[str, str], dict[str, Any]]:
        where = urlsplit(self.url)
        line = HTTPConnection(where.hostname or "", where.port, timeout=PATIENCE)
        try:
            line.request(method, f"/api/v1/{path}", body, {
                "Authorization": f"Bearer {self.token}", "Content-Type": kind,
                "Idempotency-Key": key,
            })  # fmt: skip
            got = line.getresponse()
            headers = {name.lower(): value for name, value in got.getheaders()}
            text = got.read()
            # A fault of the server need not be worded; an answer must be.
            said = json.loads(text) if got.status < 500 else {}
            return got.status, headers, said
        finally:
            line.close()
