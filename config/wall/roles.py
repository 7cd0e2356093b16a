"""Which roles there are in the database, and what each may touch at all."""

from dataclasses import dataclass

OWNER = "safehand_owner"
APP = "safehand_app"
WEB = "safehand_web"
WORKER = "safehand_worker"
SEALER = "safehand_sealer"
REPORT = "safehand_report"
BACKUP = "safehand_backup"
MIGRATE = "safehand_migrate"


@dataclass(frozen=True, slots=True)
class DatabaseRole:
    name: str
    what: str
    logs_in: bool = False
    # Sees every row whatever the policies say: only for what nobody reaches through the service.
    past_the_wall: bool = False
    member_of: str = ""
    # PostgreSQL's own settings for its sessions in this database: what takes longer is ended.
    patience: tuple[tuple[str, str], ...] = ()


ROLES = (
    DatabaseRole(OWNER, "owns every table and function; nobody logs in as it"),
    DatabaseRole(APP, "holds the rights that web and worker have alike; nobody logs in as it"),
    DatabaseRole(
        WEB,
        "answers people: sees what the identity may see",
        logs_in=True,
        member_of=APP,
        # Before gunicorn ends the worker after 30 s, so that the answer is "busy" and not silence.
        patience=(("statement_timeout", "20s"), ("lock_timeout", "10s")),
    ),
    DatabaseRole(
        WORKER,
        "works off clocks and queues, as the machine",
        logs_in=True,
        member_of=APP,
        # Before Celery ends the task after 300 s.
        patience=(("statement_timeout", "280s"), ("lock_timeout", "30s")),
    ),
    DatabaseRole(SEALER, "reads the log, writes seals, and sees no case", logs_in=True),
    DatabaseRole(REPORT, "owns the functions that count; nobody logs in as it"),
    DatabaseRole(
        MIGRATE,
        "changes tables while a release is put in",
        logs_in=True,
        past_the_wall=True,
        member_of=OWNER,
    ),
    DatabaseRole(BACKUP, "reads everything, writes nothing", logs_in=True, past_the_wall=True),
)

# What may only ever be added to. A trigger refuses the rest, even to the tables' owner.
APPEND_ONLY = (
    "audit_auditevent",
    "audit_seal",
    "audit_leaf",
    "audit_anchoring",
    "audit_cosignature",
    "custody_tombstone",
    "custody_keyact",
    "learning_signature",
)
# What the sealer reads, and what it writes, beside the log itself.
SEALED = ("audit_auditevent", "audit_cosignature")
SEALS = ("audit_seal", "audit_leaf", "audit_anchoring")
# What the counting functions read.
COUNTED = ("referral_referral",)
