"""Fill an empty database with a land of a given size, by COPY, chunk by chunk.

A chunk is one transaction and leaves its mark in it: what was stopped goes on where it was. The
identities are sealed as the service seals them; the leaves of the log are not, for nothing measured
here opens them (the sealer has its own measurement).
"""

import datetime as dt
import json
import os
import random
import time
import uuid
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any

import psycopg
from django.contrib.auth.models import Group
from psycopg import sql

from agencies.models import Agency, Member, Service
from agencies.roles import Role
from benchmarks import people, shape
from benchmarks.shape import Land
from cases import duplicates
from cases.access import see_case
from cases.models import Person
from cases.vault import _group_place
from custody.ring import ring
from kernel import sealing
from kernel.groups import EVERY_GROUP, DataGroup, in_order

CHUNK = 10_000
BYTES_A_CASE = 22_000
MOST_REFERRALS = 8
NOW = dt.datetime(2026, 11, 1, 9, tzinfo=dt.UTC)
YEARS = 6
BANDS = (("18-20", 3), ("21-23", 4), ("24-26", 4), ("27-29", 3), ("30-38", 8), ("39-47", 4),
         ("48+", 2), ("9-17", 2))  # fmt: skip
SEALED = (DataGroup.IDENTITY, DataGroup.CONTACT)
Row = Sequence[Any]
# No word that anybody could type gives this hash.
NOBODYS = "!"
# Events say little and are many: the database makes them of the cases that it was just given.
TIMELINE = f"""
    INSERT INTO cases_timelineentry (happened_at, event, actor, agency, about, facts, case_id)
    SELECT c.registered_at + n * interval '1 day', 'case.open', coalesce(w.username, 'bench0.0'),
           o.code, '', '{{"to": "open"}}', c.id
    FROM cases_case c JOIN agencies_agency o ON o.id = c.owner_id
    LEFT JOIN agencies_member w ON w.id = c.worker_id
    CROSS JOIN generate_series(1, {shape.TIMELINE}) n
    WHERE c.id > %(first)s AND c.id <= %(last)s
"""
LOG = f"""
    INSERT INTO audit_auditevent (event_id, xid, happened_at, event, actor, agency, role, about,
                                  "case", groups, request_id, facts, leaf)
    SELECT gen_random_uuid(), 3, c.registered_at + n * interval '1 hour', 'read.case',
           coalesce(w.username, 'bench0.0'), o.code, 'social_worker', c.code, c.code, '{{triage}}',
           '', '{{}}', sha256(c.code::bytea)
    FROM cases_case c JOIN agencies_agency o ON o.id = c.owner_id
    LEFT JOIN agencies_member w ON w.id = c.worker_id
    CROSS JOIN generate_series(1, {shape.AUDIT}) n
    WHERE c.id > %(first)s AND c.id <= %(last)s
"""


class Filling:
    """One run of filling; `say` is given a line of progress."""

    def __init__(self, db: psycopg.Connection[Any], land: Land, say: Any) -> None:
        self.db, self.land, self.say = db, land, say

    def __call__(self) -> None:
        self.db.execute("CREATE SCHEMA IF NOT EXISTS bench")
        self.db.execute("CREATE TABLE IF NOT EXISTS bench.done (chunk bigint PRIMARY KEY)")
        self.db.execute("CREATE TABLE IF NOT EXISTS bench.later (made text)")
        self.db.execute("CREATE TABLE IF NOT EXISTS bench.land (seed int)")
        self.db.execute("INSERT INTO bench.land VALUES (%s)", [self.land.seed])
        self.db.commit()
        self.crowd()
        self.put_off_indexes()
        done = {n for (n,) in self.db.execute("SELECT chunk FROM bench.done").fetchall()}
        begun, first = time.monotonic(), len(done)
        chunks = range(0, self.land.cases, CHUNK)
        for number in chunks:
            if number in done:
                continue
            self.chunk(number, min(number + CHUNK, self.land.cases))
            done.add(number)
            each = (time.monotonic() - begun) / (len(done) - first)
            left = each * (len(chunks) - len(done))
            self.say(f"{len(done) * CHUNK:>9,} cases, {left:,.0f} s left")
        self.make_indexes()
        self.count_on()
        self.db.autocommit = True
        self.say("vacuum and analyze")
        self.db.execute("VACUUM (ANALYZE)")

    def crowd(self) -> None:
        """Agencies, members and services, by the service's own models; the first time only."""
        self.agencies = list(Agency.objects.filter(name__startswith="Bench").order_by("pk"))
        if len(self.agencies) < shape.AGENCIES:
            self._make_crowd()
            self.agencies = list(Agency.objects.filter(name__startswith="Bench").order_by("pk"))
        self.services = dict(Service.objects.values_list("agency", "pk"))
        self.workers: dict[int, list[tuple[int, int, str]]] = {}
        self.focal: dict[int, tuple[int, int]] = {}
        for pk, own, agency, role, name in Member.objects.values_list(
            "pk", "own_group", "agency", "role", "username"
        ):
            if role == Role.SOCIAL_WORKER:
                self.workers.setdefault(agency, []).append((pk, own, name))
            elif role == Role.FOCAL_POINT:
                self.focal.setdefault(agency, (pk, own))
        self.permission = see_case()
        self.token_key = duplicates.token_key()

    def _make_crowd(self) -> None:
        weights = [*self.land.weights(), 0.0]
        spare = shape.MEMBERS - 3 * shape.AGENCIES
        members, names = [], []
        for rank in range(shape.AGENCIES):
            names += [f"bench {rank} supervisors", f"bench {rank} focal points"]
        groups = dict(Group.objects.values_list("name", "pk"))
        Group.objects.bulk_create([Group(name=name) for name in names if name not in groups])
        groups = dict(Group.objects.values_list("name", "pk"))
        agencies = Agency.objects.bulk_create(
            Agency(
                code=shape.code("AG", rank),
                name=f"Bench {rank:03}",
                type="territorial_centre" if rank % 2 else "shelter_ngo",
                supervisors_id=groups[f"bench {rank} supervisors"],
                focal_points_id=groups[f"bench {rank} focal points"],
            )
            for rank in range(shape.AGENCIES)
        )
        for rank, agency in enumerate(agencies):
            roles = [Role.SUPERVISOR, Role.FOCAL_POINT]
            roles += [Role.SOCIAL_WORKER] * (1 + round(weights[rank] * spare))
            members += [(f"bench{rank}.{n}", role, agency) for n, role in enumerate(roles)]
        own = Group.objects.bulk_create(
            [Group(name=f"member {name}") for name, _, _ in members]
        )
        Member.objects.bulk_create(
            Member(username=name, role=role, agency=agency, own_group=group, password=NOBODYS)
            for (name, role, agency), group in zip(members, own, strict=True)
        )
        Service.objects.bulk_create(
            Service(
                code=shape.code("SV", n),
                agency=agency,
                type="SHELTER_EMERGENCY",
                name="Shelter",
            )
            for n, agency in enumerate(agencies)
        )

    def put_off_indexes(self) -> None:
        """Indexes that no constraint needs are made once, at the end: a tenth of the time."""
        found = self.db.execute(
            """SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
               WHERE i.indrelid = ANY (%s::regclass[]) AND NOT i.indisunique""",
            [list(shape.TABLES)],
        ).fetchall()
        for name, made in found:
            self.db.execute("INSERT INTO bench.later VALUES (%s)", [made])
            self.db.execute(sql.SQL("DROP INDEX {}").format(sql.SQL(name)))
        self.db.commit()

    def make_indexes(self) -> None:
        self.db.execute("SET maintenance_work_mem = '1GB'")
        for (made,) in self.db.execute("SELECT made FROM bench.later").fetchall():
            self.say(str(made)[:90])
            self.db.execute(made)
            self.db.execute("DELETE FROM bench.later WHERE made = %s", [made])
            self.db.commit()

    def count_on(self) -> None:
        """Numbers go on behind what was filled in."""
        for table in shape.TABLES:
            self.db.execute(
                sql.SQL(
                    "SELECT setval(pg_get_serial_sequence({}, 'id'), coalesce(max(id), 1)) FROM {}"
                ).format(sql.Literal(table), sql.Identifier(table))
            )
        self.db.commit()

    def chunk(self, first: int, last: int) -> None:
        made = _Chunk(self, first, last)
        with self.db.transaction():
            # Keys to other tables hold by construction; looking each up would take longer.
            self.db.execute("SET LOCAL session_replication_role = replica")
            self.db.execute("SET LOCAL synchronous_commit = off")
            for table, columns, rows in made.tables():
                self._copy(table, columns, rows)
            for events in (TIMELINE, LOG):
                self.db.execute(events, {"first": first, "last": last})
            self.db.execute("INSERT INTO bench.done VALUES (%s)", [first])

    def _copy(self, table: str, columns: str, rows: Iterable[Row]) -> None:
        names = sql.SQL(", ").join(sql.Identifier(name) for name in columns.split())
        into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
        with self.db.cursor() as cursor, cursor.copy(into) as copy:
            for row in rows:
                copy.write_row(row)


class _Chunk:
    """The rows of some cases that follow each other."""

    def __init__(self, filling: Filling, first: int, last: int) -> None:
        self.of, self.first = filling, first
        self.dice = random.Random(f"{filling.land.seed} chunk {first}")
        self.owners = filling.land.owners(first, last)
        self.cases = [self._case(first + n, rank) for n, rank in enumerate(self.owners)]

    def _case(self, number: int, rank: int) -> dict[str, Any]:
        dice, of = self.dice, self.of
        agency = of.agencies[rank]
        age = dt.timedelta(days=365 * YEARS) * (1 - number / of.land.cases)
        at = NOW - age
        state = shape.drawn(dice, shape.CASE_STATES)
        worker = dice.choice(of.workers[agency.pk]) if dice.random() < 0.9 else None
        open_ = state in {"open", "follow_up"}
        due = at + dt.timedelta(days=dice.randint(1, 400)) if open_ else None
        return {
            "id": number + 1, "code": shape.code("SH", number), "agency": agency, "at": at,
            "state": state, "worker": worker, "due": due,
            "risk": dice.choices(["unknown", "low", "medium", "high"], [3, 4, 3, 1])[0],
            "referrals": self._referrals(number, rank, at),
        }  # fmt: skip

    def _referrals(self, number: int, rank: int, at: dt.datetime) -> list[dict[str, Any]]:
        """To each agency once: a second one's consent would open the first as well."""
        drawn = [self._referral(number, n, rank, at) for n in range(self._many())]
        return list({each["to"].pk: each for each in drawn}.values())

    def _many(self) -> int:
        """Three on the average; a few have many."""
        return min(int(self.dice.expovariate(1 / (shape.REFERRALS + 0.6))), MOST_REFERRALS)

    def _referral(self, number: int, n: int, rank: int, at: dt.datetime) -> dict[str, Any]:
        dice, of = self.dice, self.of
        # To large agencies more often, never to oneself, and never to the dormant one.
        other = min(int(shape.AGENCIES * dice.random() ** 2), shape.AGENCIES - 2)
        other = other if other != rank else (other + 1) % (shape.AGENCIES - 1)
        state = shape.drawn(dice, shape.REFERRAL_STATES)
        sent = at + dt.timedelta(hours=dice.randint(1, 2_000))
        return {
            "id": number * MOST_REFERRALS + n + 1,
            "code": shape.code("RF", number * MOST_REFERRALS + n),
            "to": of.agencies[other], "state": state, "at": sent,
            "until": sent + dt.timedelta(days=dice.choice([90, 180, 365, 3_650])),
        }  # fmt: skip

    def tables(self) -> Iterable[tuple[str, str, Iterable[Row]]]:
        yield "cases_person", (
            "id code uid ring_key wrapped_key age_band gender district languages needs_interpreter "
            "access_needs version"
        ), self.persons()  # fmt: skip
        yield "cases_sealedgroup", (
            "id person_id group content written_at written_by version"
        ), self.sealed()  # fmt: skip
        yield "cases_duplicatetoken", "person_id kind token", self.tokens()
        yield "cases_tokensheet", (
            "id person_id ring_key digest written_at looked_at"
        ), self.sheets  # fmt: skip
        yield "cases_case", (
            "id code state risk source registered_at opened_at closed_at closure follow_ups version "
            "owner_id worker_id person_id"
        ), self.rows_of_cases()  # fmt: skip
        yield "cases_caseaccess", (
            "because source scope since until due_at content_object_id group_id permission_id"
        ), self.access()  # fmt: skip
        yield "cases_consent", (
            "id code state given_by form language assent drafted_at given_at expires_at version "
            "case_id recorded_by_id"
        ), self.consents()  # fmt: skip
        yield "cases_consentscope", "consent_id agency_id group purpose", self.scopes()
        yield "referral_referral", (
            "id code urgency purpose groups state version drafted_at sent_at received_at accepted_at "
            "ended_at reply_due_at first_contact_at feedback decline_reason outcome service_received "
            "withdraw_reason case_id contact_id accepted_by_id sent_by_id receiver_id sender_id service_id"
        ), self.referrals()  # fmt: skip

    def persons(self) -> Iterable[Row]:
        self.keys: list[tuple[int, Person, bytes]] = []
        for case in self.cases:
            number, key = case["id"], os.urandom(32)
            person = Person(id=number, code=shape.code("PR", number), uid=uuid.uuid4())
            name, wrapped = ring().wrap(key, context=person.key_context)
            self.keys.append((number, person, key))
            band = shape.drawn(self.dice, BANDS)
            gender = "Feminine" if self.dice.random() < 0.87 else "Masculine"
            yield (number, person.code, person.uid, name, wrapped, band, gender, "BY-HM-01",
                   ["bel", "rus"], False, [], 1)  # fmt: skip

    def sealed(self) -> Iterable[Row]:
        for number, person, key in self.keys:
            words = {
                DataGroup.IDENTITY: people.identity(self.of.land.seed, number - 1),
                DataGroup.CONTACT: {"prs_Phone": f"+375{number:09}"},
            }
            for n, group in enumerate(SEALED):
                text = json.dumps(words[group])
                content = sealing.seal(key, text, place=_group_place(person, group))
                yield (2 * number + n, number, group.value, content, NOW, "bench", 1)

    def tokens(self) -> Iterable[Row]:
        name, key = self.of.token_key
        self.sheets: list[Row] = []
        for number, _, _ in self.keys:
            identity = people.identity(self.of.land.seed, number - 1)
            tokens = duplicates.tokens_of(identity, key=key)
            digest = sha256(b"".join(token for _, token in tokens)).digest()[:16]
            self.sheets.append((number, number, name, digest, NOW, NOW))
            for kind, token in tokens:
                yield (number, kind, token)

    def rows_of_cases(self) -> Iterable[Row]:
        for case in self.cases:
            at, closed = case["at"], case["state"] == "closed"
            worker = case["worker"][0] if case["worker"] else None
            yield (case["id"], case["code"], case["state"], case["risk"], "hotline", at,
                   None if case["state"] == "draft" else at,
                   at + dt.timedelta(days=200) if closed else None,
                   "goals_met" if closed else "", [], 3, case["agency"].pk, worker, case["id"])  # fmt: skip

    def access(self) -> Iterable[Row]:
        every, permission = [str(g) for g in in_order(EVERY_GROUP)], self.of.permission
        for case in self.cases:
            rest = (case["due"], case["id"])
            yield ("owner", case["code"], every, case["at"], None, *rest,
                   case["agency"].supervisors_id, permission)  # fmt: skip
            if case["worker"]:
                yield ("assigned", case["code"], every, case["at"], None, *rest,
                       case["worker"][1], permission)  # fmt: skip
            for referral in _live(case):
                scope = (
                    ["triage"] if referral["state"] in shape.WAITING else ["triage", "identity"]
                )
                named = self.of.focal[referral["to"].pk][1]
                waiting = referral["state"] in shape.WAITING
                for principal in (
                    referral["to"].focal_points_id,
                    referral["to"].supervisors_id,
                    *([] if waiting else [named]),
                ):
                    yield ("referred", referral["code"], scope, referral["at"], referral["until"],
                           *rest, principal, permission)  # fmt: skip

    def consents(self) -> Iterable[Row]:
        """One behind each referral that opens something, and none behind the others."""
        for case in self.cases:
            sender = (case["worker"] or self.of.workers[case["agency"].pk][0])[0]
            for each in _live(case):
                yield (each["id"], each["code"].replace("RF", "CN"), "active", "self", "written", "rus",
                       "", each["at"], each["at"], each["until"], 2, case["id"], sender)  # fmt: skip

    def scopes(self) -> Iterable[Row]:
        for case in self.cases:
            for referral in _live(case):
                for group in ("triage", "identity"):
                    yield referral["id"], referral["to"].pk, group, "service"

    def referrals(self) -> Iterable[Row]:
        # Nothing measured opens them; as long as a sealed sentence is.
        words = os.urandom(157)
        for case in self.cases:
            sender = (case["worker"] or self.of.workers[case["agency"].pk][0])[0]
            for each in case["referrals"]:
                at, state = each["at"], each["state"]
                taken = state in shape.TAKEN
                ended = state not in shape.WAITING | {"accepted", "in_service", "completed"}
                done = state in {"completed", "confirmed"}
                later = at + dt.timedelta(days=2)
                focal = self.of.focal[each["to"].pk][0] if taken else None
                yield (each["id"], each["code"], "urgent", "service", ["triage", "identity"], state, 4,
                       at, at, None if state == "sent" else later, later if taken else None,
                       later if ended else None, later, later if taken else None,
                       words if done else None, "no_place" if state == "declined" else "",
                       "service_provided" if done else "", "",
                       "not_needed" if state == "withdrawn" else "", case["id"], focal, focal,
                       sender, each["to"].pk, case["agency"].pk,
                       self.of.services[each["to"].pk])  # fmt: skip


def _live(case: dict[str, Any]) -> list[dict[str, Any]]:
    """The referrals that open something now."""
    return [r for r in case["referrals"] if r["state"] in shape.LIVE and r["until"] > NOW]
