"""Sending a referral: all that the database is asked for it, by sixteen at once, beside the INSERT of a
bare row into the same table; and whether acts on different cases wait for each other.

A few sends are recorded as a request makes them: Django, as the web's role, with the sender's identity
and the row policies. pgbench then does the same with as many other cases as wanted, each once.
"""

import datetime as dt
import statistics
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import psycopg
from django.utils import timezone
from psycopg import sql

from agencies.models import Agency, Member, Service
from agencies.roles import Role
from benchmarks import crowd, templates
from benchmarks.recording import Statement, as_role, recorded
from benchmarks.templates import Facts
from benchmarks.traces import line, untouched
from cases.models import Case, Consent, ConsentScope
from edge import wall
from kernel.groups import DataGroup
from launch.servers import OWNER, WEB
from referral.actions import sending
from referral.models import Referral

R = TypeVar("R")
MADE = ("bench.chain", "bench.sends", "bench.bare", "bench.drafts")
GROUPS = (DataGroup.TRIAGE, DataGroup.IDENTITY, DataGroup.CONTACT)
EACH, RECORDED, BURSTS = 100, 6, 3
# A disk whose every flush takes so long, and a leader that waits for others, as if it did.
SLOW_FLUSH = {"commit_delay": "2000", "commit_siblings": "0"}
# What a send writes, the last first: rows above the numbers that were there are taken away again.
WRITTEN = (
    "referral_disclosure", "notify_rung", "notify_clock", "notify_delivery", "notify_event",
    "cases_caseaccess", "cases_timelineentry", "audit_auditevent", "referral_referral",
    "cases_consentscope", "cases_consent",
)  # fmt: skip
BARE = (
    "code", "urgency", "purpose", "groups", "state", "version", "drafted_at", "decline_reason",
    "outcome", "service_received", "withdraw_reason", "case_id", "receiver_id", "sender_id",
    "service_id",
)  # fmt: skip
# The control: one head of one chain, which every act locks until it has committed.
CHAIN = "UPDATE bench.chain SET head = sha256(head), n = n + 1;"


def measured(_rounds: int) -> dict[str, Any]:
    with line() as db, drafts(db, crowd.CLIENTS * EACH) as cases:
        script = prepared(db, cases)
        scripts = {
            "send": (WEB, _drawn("sends", script.text)),
            "bare": (OWNER, _bare()),
            # What of it is the row policies, and what is the questions: neither could be left out.
            "unwalled": (OWNER, _drawn("sends", script.text)),
            "rows": (OWNER, _drawn("sends", _rows_alone(script.text))),
        }
        found: dict[str, Any] = {"statements": script.trips, "clients": crowd.CLIENTS}
        found["profile"] = [
            {"ms": took, "words": words[:160]}
            for took, words in _again(
                db, partial(crowd.profile, scripts["send"][1], role=WEB, each=EACH)
            )
        ]
        found["fast_disk"] = _in_turns(db, scripts)
        with _slowed(db):
            found["flush_2ms"] = _in_turns(db, scripts)
        found["waits"] = {
            "ours": _waits(db, scripts["send"][1]),
            "one_chain": _waits(db, scripts["send"][1].replace("COMMIT;", f"{CHAIN}\nCOMMIT;")),
        }
    return found


def _in_turns(
    db: psycopg.Connection[Any], scripts: dict[str, tuple[str, str]]
) -> dict[str, Any]:
    rates: dict[str, list[crowd.Burst]] = {name: [] for name in scripts}
    for _ in range(BURSTS):
        for name, (role, script) in scripts.items():
            rates[name].append(_again(db, partial(crowd.burst, script, role=role, each=EACH)))
    shown: dict[str, Any] = {
        name: {
            "rate": round(statistics.median(each.rate for each in bursts), 1),
            "median": round(statistics.median(each.median for each in bursts), 3),
            "p99": round(statistics.median(each.slowest for each in bursts), 3),
        }
        for name, bursts in rates.items()
    }
    for name in ("send", "unwalled", "rows"):
        ratio = round(shown["bare"]["rate"] / shown[name]["rate"], 2)
        shown["ratio" if name == "send" else f"{name}_ratio"] = ratio
    return shown


def _waits(db: psycopg.Connection[Any], script: str) -> dict[str, int]:
    """How often one of the sixteen was seen waiting for a lock of another's, of how many looks."""
    seen = {"looks": 0, "waiting": 0}
    done = threading.Event()

    def look() -> None:
        with line(autocommit=True) as other:
            while not done.wait(0.01):
                row = other.execute(
                    "SELECT count(*), count(*) FILTER (WHERE wait_event_type = 'Lock')"
                    " FROM pg_stat_activity WHERE usename = %s AND state <> 'idle'",
                    [WEB],
                ).fetchone()
                assert row is not None
                seen["looks"] += row[0]
                seen["waiting"] += row[1]

    looking = threading.Thread(target=look)
    looking.start()
    try:
        burst = _again(db, partial(crowd.burst, script, role=WEB, each=EACH))
    finally:
        done.set()
        looking.join()
    return seen | {"rate": round(burst.rate)}


@contextmanager
def drafts(db: psycopg.Connection[Any], wanted: int) -> Iterator[list[Case]]:
    """So many open cases, each with a consent and a referral that could be sent; gone afterwards."""
    found = list(
        Case.objects.filter(state__in=["open", "follow_up"], worker__isnull=False)
        .select_related("owner", "worker", "person")
        .order_by("?")[:wanted]
    )
    if len(found) < wanted:
        raise SystemExit(f"safehand: {len(found)} cases can be referred, {wanted} are wanted")
    with untouched(db, WRITTEN):
        _draft(found)
        db.execute("CREATE TABLE bench.chain AS SELECT 0 AS n, sha256('') AS head")
        db.execute(f"GRANT USAGE ON SCHEMA bench TO {WEB}")
        db.execute(f"GRANT UPDATE, SELECT ON bench.chain TO {WEB}")
        db.commit()
        try:
            yield found
        finally:
            db.rollback()
            db.execute(f"DROP TABLE IF EXISTS {', '.join(MADE)}")
            db.commit()


def _draft(cases: list[Case]) -> None:
    at = timezone.now()
    services = list(Service.objects.select_related("agency").order_by("pk")[:100])
    asked: dict[int, set[int]] = {case.pk: {case.owner_id} for case in cases}
    for case_id, receiver in Referral.objects.filter(case__in=cases).values_list(
        "case", "receiver"
    ):
        asked[case_id].add(receiver)
    by_case = {
        case.pk: next(
            each for each in services[n % 50 :] if each.agency_id not in asked[case.pk]
        )
        for n, case in enumerate(cases)
    }
    agencies = {service.agency_id for service in services}
    Agency.objects.filter(pk__in=agencies).update(
        protocol_signed_until=at.date() + dt.timedelta(days=365)
    )
    # Whoever is told of it has an address, as everybody at work has.
    Member.objects.filter(agency__in=agencies, role=Role.FOCAL_POINT).update(
        email="focal@bench.invalid"
    )
    consents = Consent.objects.bulk_create(
        (Consent(
            case=case, state="active", given_by="self", form="written", language="bel",
            drafted_at=at, given_at=at, expires_at=at + dt.timedelta(days=90),
            recorded_by=case.worker,
        )
        for case in cases),
        batch_size=1_000,
    )  # fmt: skip
    ConsentScope.objects.bulk_create(
        (ConsentScope(
            consent=consent, agency=by_case[consent.case_id].agency, group=group, purpose="service"
        )
        for consent in consents
        for group in GROUPS),
        batch_size=1_000,
    )  # fmt: skip
    Referral.objects.bulk_create(
        (Referral(
            case=case, service=by_case[case.pk], sender=case.owner,
            receiver=by_case[case.pk].agency, urgency="urgent", purpose="service",
            groups=list(GROUPS), drafted_at=at,
        )
        for case in cases),
        batch_size=1_000,
    )  # fmt: skip


def prepared(db: psycopg.Connection[Any], cases: list[Case]) -> templates.Script:
    """The script of a send, with its values for each of these cases in `bench.sends`."""
    referrals = {
        referral.case_id: referral
        for referral in Referral.objects.filter(case__in=cases, state="draft").select_related(
            "receiver", "service"
        )
    }
    focal = {
        member.agency_id: member
        for member in Member.objects.filter(role=Role.FOCAL_POINT).order_by("-pk")
    }
    facts = [_facts(case, referrals[case.pk], focal) for case in cases]
    at = timezone.now()
    with as_role(WEB):
        acts = [_recorded(case, referrals[case.pk], at) for case in cases[:RECORDED]]
    script = templates.script_of(acts, facts[:RECORDED], db)
    names = [column.name for column in script.columns]
    db.execute(
        sql.SQL("CREATE TABLE bench.sends (n int PRIMARY KEY, {})").format(
            sql.SQL(", ").join(
                sql.SQL("{} text").format(sql.Identifier(name)) for name in names
            )
        )
    )
    with db.cursor() as cursor, cursor.copy("COPY bench.sends FROM STDIN") as copy:
        for n, told in enumerate(facts, start=1):
            copy.write_row([n, *script.row(told, db)])
    keys = [referral.pk for referral in referrals.values()]
    db.execute("CREATE TABLE bench.drafts AS SELECT unnest(%s::bigint[]) AS id", [keys])
    db.execute(
        "CREATE TABLE bench.bare AS SELECT row_number() OVER (ORDER BY id)::int AS n, "
        f"{', '.join(BARE)} FROM referral_referral WHERE id = ANY (%s)",
        [keys],
    )
    db.execute("UPDATE bench.bare SET code = 'RF-' || lpad(n::text, 9, '0')")
    db.execute("ALTER TABLE bench.bare ADD PRIMARY KEY (n)")
    db.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA bench TO {WEB}")
    db.commit()
    return script


def _recorded(case: Case, referral: Referral, at: dt.datetime) -> list[Statement]:
    assert case.worker is not None, "chosen with one"
    with recorded(wall.member(case.worker)) as told:
        sending.send(code=referral.code, by=case.worker, at=at)
    return told


def _facts(case: Case, referral: Referral, focal: dict[int, Member]) -> Facts:
    worker, receiver = case.worker, referral.receiver
    assert worker is not None, "chosen with one"
    return {
        "case": case.pk, "case_code": case.code, "person": case.person_id,
        "person_code": case.person.code, "referral": referral.pk, "referral_code": referral.code,
        "worker": worker.pk, "username": worker.username, "own": worker.own_group_id,
        "agency": case.owner_id, "agency_code": case.owner.code,
        "supervisors": case.owner.supervisors_id, "receiver": receiver.pk,
        "receiver_code": receiver.code, "focal_points": receiver.focal_points_id,
        "their_supervisors": receiver.supervisors_id, "focal": focal[receiver.pk].pk,
        "service": referral.service_id, "state": case.state,
    }  # fmt: skip


def _drawn(table: str, script: str) -> str:
    return f"SELECT * FROM bench.{table} WHERE n = :n \\gset\n{script}"


def _rows_alone(script: str) -> str:
    """The same rows, and nothing asked before they are written."""
    kept = ("BEGIN", "INSERT", "UPDATE", "DELETE", "COMMIT")
    return "".join(f"{each}\n" for each in script.splitlines() if each.startswith(kept))


def _bare() -> str:
    columns = ", ".join(BARE)
    return (
        f"INSERT INTO referral_referral ({columns}) SELECT {columns} FROM bench.bare"
        " WHERE n = :n;\n"
    )


def _again(db: psycopg.Connection[Any], deed: Callable[[], R]) -> R:
    """Do it, and let every draft be one again."""
    with untouched(db, WRITTEN):
        try:
            return deed()
        finally:
            db.execute(
                "UPDATE referral_referral r SET state = 'draft', sent_at = NULL,"
                " sent_by_id = NULL, reply_due_at = NULL, version = 1 FROM bench.drafts d"
                " WHERE d.id = r.id AND r.state = 'sent'"
            )
            db.commit()


@contextmanager
def _slowed(db: psycopg.Connection[Any]) -> Iterator[None]:
    for role in (WEB, OWNER):
        for name, value in SLOW_FLUSH.items():
            db.execute(f"ALTER ROLE {role} SET {name} = {value}")
    db.commit()
    try:
        yield
    finally:
        for role in (WEB, OWNER):
            for name in SLOW_FLUSH:
                db.execute(f"ALTER ROLE {role} RESET {name}")
        db.commit()
