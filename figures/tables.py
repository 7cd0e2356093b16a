"""The tables that are published: for each, who meets which of its values, and since when.

A statement gives rows (person, value, since, first score, newest score). It reads the service's own
tables and the temporary ones of figures.gathering; its parameters are none. A value of a table of
several dimensions has its parts parted by `|`.
"""

from dataclasses import dataclass

from agencies import codelists, lists
from cases.workflow import AgeBand
from figures import world
from referral.workflow import Outcome

NO_SCORES = "NULL::smallint, NULL::smallint"


@dataclass(frozen=True, slots=True)
class Table:
    """`dims` name what the parts of a value are. Of a table that is `apart` no page shows a number."""

    code: str
    dims: tuple[str, ...]
    sql: str
    # Somebody may stand in several of its cells.
    several: bool = False
    scored: bool = False
    apart: bool = False
    # Somebody is counted in one of its cells for good, whatever is corrected later.
    once: bool = False


def _of_person(value: str, *, more: str = "", where: str = "true") -> str:
    return f"""
        SELECT p.person_id, {value}, p.day, {NO_SCORES}
        FROM figures_person p {more} WHERE {where}"""


def _fact(name: str, alias: str = "f") -> str:
    return f"JOIN figures_fact {alias} ON {alias}.person_id = p.person_id AND {alias}.name = '{name}'"


def _of_referral(value: str, since: str, where: str) -> str:
    return f"""
        SELECT c.person_id, {value}, {since}, {NO_SCORES}
        FROM referral_referral r JOIN figures_case c ON c.id = r.case_id {where}"""


STAGE = f"""
    SELECT p.person_id, 'logged', p.day, {NO_SCORES} FROM figures_person p
    UNION ALL
    SELECT c.person_id, 'screened', s.submitted_at, {NO_SCORES}
    FROM identification_screening s JOIN figures_case c ON c.id = s.case_id
    WHERE s.submitted_at IS NOT NULL
    UNION ALL
    SELECT c.person_id, 'submitted', i.submitted_at, {NO_SCORES}
    FROM identification_identification i JOIN figures_case c ON c.id = i.case_id
    WHERE i.submitted_at IS NOT NULL
    UNION ALL
    SELECT c.person_id,
           CASE WHEN d.result = 'negative' THEN 'not_confirmed'
                WHEN d.stage = 'conclusive' THEN 'confirmed' ELSE 'possible' END,
           d.decided_at, {NO_SCORES}
    FROM identification_decision d
    JOIN identification_identification i ON i.id = d.identification_id
    JOIN figures_case c ON c.id = i.case_id
    WHERE d.result IN ('positive', 'negative')
    UNION ALL
    SELECT c.person_id, 'declined', t.happened_at, {NO_SCORES}
    FROM identification_identification i JOIN figures_case c ON c.id = i.case_id
    JOIN cases_timelineentry t ON t.case_id = i.case_id AND t.event = 'identification.decline'
    WHERE i.state = 'declined'"""
FUNNEL = " UNION ALL ".join(
    _of_referral(
        f"'{step}'", since, f"WHERE {since} IS NOT NULL AND r.sent_at IS NOT NULL {also}"
    )
    for step, since, also in (
        ("sent", "r.sent_at", ""),
        ("seen", "r.received_at", ""),
        ("accepted", "r.accepted_at", ""),
        ("met", "r.first_contact_at", ""),
        ("completed", "r.ended_at", "AND r.state IN ('completed', 'confirmed')"),
        ("confirmed", "r.ended_at", "AND r.state = 'confirmed'"),
    )
)
ENDED = ("declined", "expired", "not_reached", "withdrawn")
OUTCOME = _of_referral(
    "CASE WHEN r.outcome <> '' THEN r.outcome ELSE r.state END",
    "r.ended_at",
    "WHERE r.ended_at IS NOT NULL AND (r.outcome <> '' "
    f"OR r.state IN ({', '.join(repr(state) for state in ENDED)}))",
)
# From the first held review with a score in an area to the newest; there must be two.
SCORES = """
    SELECT person_id, area, (max(held_on) FILTER (WHERE n = 2))::timestamptz,
           max(worker) FILTER (WHERE n = 1), max(worker) FILTER (WHERE newest = 1)
    FROM (
        SELECT c.person_id, s.area, r.held_on, s.worker,
               row_number() OVER (w ORDER BY r.held_on, r.id) AS n,
               row_number() OVER (w ORDER BY r.held_on DESC, r.id DESC) AS newest
        FROM reintegration_score s JOIN reintegration_review r ON r.id = s.review_id
        JOIN figures_case c ON c.id = r.case_id
        WHERE r.state = 'held' AND s.worker IS NOT NULL AND r.held_on < %(until)s
        WINDOW w AS (PARTITION BY c.person_id, s.area)
    ) scored
    GROUP BY person_id, area HAVING count(*) >= 2"""
DAYS = ("3", "14", "30", "90", "more")


def _band(days: str) -> str:
    limits = " ".join(f"WHEN {days} <= {most} THEN '{most}'" for most in DAYS[:-1])
    return f"CASE {limits} ELSE '{DAYS[-1]}' END"


TO_CONTACT = f"""
    SELECT person_id, {_band("extract(epoch FROM met_at - sent_at) / 86400")}, met_at, {NO_SCORES}
    FROM (
        SELECT DISTINCT ON (c.person_id) c.person_id, r.first_contact_at AS met_at, r.sent_at
        FROM referral_referral r JOIN figures_case c ON c.id = r.case_id
        WHERE r.first_contact_at IS NOT NULL AND r.sent_at IS NOT NULL
        ORDER BY c.person_id, r.first_contact_at
    ) met"""
TO_DECISION = f"""
    SELECT person_id, {_band("extract(epoch FROM decided_at - day) / 86400")}, decided_at, {NO_SCORES}
    FROM (
        SELECT DISTINCT ON (c.person_id) c.person_id, d.decided_at, p.day
        FROM identification_decision d
        JOIN identification_identification i ON i.id = d.identification_id
        JOIN figures_case c ON c.id = i.case_id JOIN figures_person p ON p.person_id = c.person_id
        WHERE d.result IN ('positive', 'negative') ORDER BY c.person_id, d.decided_at
    ) decided"""


def _has(name: str, *codes: str) -> str:
    wanted = ", ".join(f"'{code}'" for code in codes)
    return (
        "(EXISTS (SELECT 1 FROM figures_fact x WHERE x.person_id = p.person_id "
        f"AND x.name = '{name}' AND x.code IN ({wanted})))::int"
    )


EXPLOITATION, CONTROL = "vic_TypeOfExploitation", "vic_MethodsOfControl"
# One row of the CTDC's data: the flags in the order of figures.ctdc.FLAGS.
FLAGS: dict[str, str] = {
    "isForcedLabour": _has(EXPLOITATION, "ForcedLabour"),
    "isSexualExploit": _has(EXPLOITATION, "SexualExploitation"),
    "isOtherExploit": f"""(EXISTS (SELECT 1 FROM figures_fact x WHERE x.person_id = p.person_id
        AND x.name = '{EXPLOITATION}'
        AND x.code NOT IN ('ForcedLabour', 'SexualExploitation')))::int""",
    "meansDebtBondageEarnings": _has(CONTROL, "DebtBondage", "TakesEarnings"),
    "meansThreats": _has(
        CONTROL, "PhysicalThreats", "ThreatsLawEnforcement", "ThreatensChildrenFamily"
    ),
    "meansAbusePsyPhySex": _has(CONTROL, "PsychologicalAbuse", "PhysicalAbuse", "SexualAbuse"),
}
# As the CTDC words it; who is of no known gender is of none there.
CTDC_GENDER = """CASE p.gender WHEN 'Feminine' THEN 'Woman' WHEN 'Masculine' THEN 'Man'
    WHEN 'NonSpecifiedUnknown' THEN '' ELSE 'Trans/Transgender/NonConforming' END"""
CTDC = _of_person(
    f"concat_ws('|', to_char(p.day, 'YYYY'), {CTDC_GENDER}, p.age_band, "
    f"coalesce(origin.region, ''), {', '.join(FLAGS.values())})",
    more="LEFT JOIN LATERAL (SELECT min(f.code) AS region FROM figures_fact f "
    "WHERE f.person_id = p.person_id AND f.name = 'prs_Citizenship') origin ON true",
    where=f"EXISTS (SELECT 1 FROM figures_fact f WHERE f.person_id = p.person_id "
    f"AND f.name = '{EXPLOITATION}')",
)

TABLES: tuple[Table, ...] = (
    Table("stage", ("stage",), STAGE, several=True),
    Table(
        "exploitation", ("exploitation",), _of_person("f.code", more=_fact(EXPLOITATION)), several=True
    ),
    Table("sex", ("sex",), _of_person("p.gender")),
    Table("age", ("age",), _of_person("p.age_band")),
    Table(
        "citizenship", ("citizenship",), _of_person("f.code", more=_fact("prs_Citizenship")), several=True
    ),
    Table("region", ("region",), _of_person("p.region", where="p.region <> ''")),
    Table(
        "service", ("service",),
        _of_referral("s.type", "r.sent_at",
                     "JOIN agencies_service s ON s.id = r.service_id WHERE r.sent_at IS NOT NULL"),
        several=True,
    ),
    Table("funnel", ("funnel",), FUNNEL, several=True),
    Table("outcome", ("outcome",), OUTCOME, several=True),
    Table("days_to_contact", ("days",), TO_CONTACT),
    Table("days_to_decision", ("days",), TO_DECISION),
    Table("reintegration", ("area",), SCORES, several=True, scored=True),
    Table(
        "exploitation_by_sex", ("exploitation", "sex"),
        _of_person("f.code || '|' || p.gender", more=_fact(EXPLOITATION)), several=True,
    ),
    Table("age_by_sex", ("age", "sex"), _of_person("p.age_band || '|' || p.gender")),
    Table(
        "region_by_exploitation", ("region", "exploitation"),
        _of_person("p.region || '|' || f.code", more=_fact(EXPLOITATION), where="p.region <> ''"),
        several=True,
    ),
    Table("ctdc", ("year", "sex", "age", "citizenship", *FLAGS), CTDC, apart=True, once=True),
)  # fmt: skip
SHOWN = tuple(table for table in TABLES if not table.apart)
STAGES = (
    "logged",
    "screened",
    "submitted",
    "possible",
    "confirmed",
    "not_confirmed",
    "declined",
)
STEPS_OF_A_REFERRAL = ("sent", "seen", "accepted", "met", "completed", "confirmed")
OUTCOMES = (*Outcome.values, *ENDED)


# Dimensions that are code lists, which may have been added to.
LISTS = {
    "exploitation": "vic_TypeOfExploitation", "sex": "prs_Gender", "area": "reintegration_area",
}  # fmt: skip
FIXED: dict[str, tuple[str, ...]] = {
    "stage": STAGES,
    "age": tuple(AgeBand.values),
    "citizenship": world.regions(),
    "region": tuple(lists.regions()),
    "service": tuple(lists.service_types()),
    "funnel": STEPS_OF_A_REFERRAL,
    "outcome": OUTCOMES,
    "days": DAYS,
}


def values() -> dict[str, tuple[str, ...]]:
    """What each dimension may say, in the order in which it is read; one query."""
    found = codelists.entries_of(set(LISTS.values()))
    return FIXED | {dim: tuple(found[name]) for dim, name in LISTS.items()}
