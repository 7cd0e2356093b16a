"""A year's figures in the shape of the CTDC's public data: one row for each person of a whole step.

Each row stands there at least twenty times over, so it is nobody's. Columns that the figures do not
count stay empty.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256

from figures.tables import FLAGS

# The CTDC's own names in their order (docs/figures.md says where each comes from).
COLUMNS = (
    "yearOfRegistration", "gender", "ageBroad", "citizenship", "CountryOfExploitation",
    "traffickMonths", "meansDebtBondageEarnings", "meansThreats", "meansAbusePsyPhySex",
    "meansFalsePromises", "meansDrugsAlcohol", "meansDenyBasicNeeds", "meansExcessiveWorkHours",
    "meansWithholdDocs", "isForcedLabour", "isSexualExploit", "isOtherExploit",
    "typeOfLabourAgriculture", "typeOfLabourConstruction", "typeOfLabourDomesticWork",
    "typeOfLabourHospitality", "typeOfSexProstitution", "typeOfSexPornography",
    "recruiterRelationIntimatePartner", "recruiterRelationFriend", "recruiterRelationFamily",
    "recruiterRelationOther",
)  # fmt: skip
KNOWN = ("yearOfRegistration", "gender", "ageBroad", "citizenship", *FLAGS)
Row = tuple[str, ...]


def rows_of(cells: Iterable[tuple[str, int]], *, code: str) -> list[Row]:
    """A row for each person, below the names. Their order is the watermark: it is this file's own."""
    rows = [row for value, total in sorted(cells) for row in [_row(value)] * total]
    order = sorted(range(len(rows)), key=lambda n: sha256(f"{code} {n}".encode()).digest())
    return [COLUMNS, *(rows[n] for n in order)]


def digest_of(text: str) -> str:
    """By which a file that turns up somewhere can be told to be this one."""
    return sha256(text.encode()).hexdigest()


def _row(value: str) -> Row:
    said = dict(zip(KNOWN, _parts(value), strict=True))
    return tuple(said.get(column, "") for column in COLUMNS)


def _parts(value: str) -> Iterator[str]:
    year, gender, age, *rest = value.split("|")
    yield from (year, gender, "" if age == "unknown" else age.replace("-", "--"), *rest)
