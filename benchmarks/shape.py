"""Who there is in the made-up land, and how much of it: sizes, skew, names. The same for the same seed.

Sizes of agencies fall like a power of their rank, the first with one case in twenty; the last one
stopped years ago, and all its cases are among the oldest tenth.
"""

import random
from bisect import bisect
from dataclasses import dataclass
from itertools import accumulate

from kernel.codes import ALPHABET

AGENCIES, MEMBERS = 300, 5_000
LARGEST = 0.05
# Rank by rank: the four kinds of agency that every list is measured for.
LARGE, MIDDLE, SMALL, DORMANT = 0, 99, 298, 299
KINDS = {"large": LARGE, "middle": MIDDLE, "small": SMALL, "dormant": DORMANT}
# Of all cases, and all of them in the oldest tenth.
DORMANT_SHARE, OLDEST = 0.0025, 0.1
REFERRALS = 3
# Of a hundred cases; of a hundred referrals.
CASE_STATES = (("draft", 3), ("open", 37), ("follow_up", 10), ("closed", 50))
REFERRAL_STATES = (
    ("sent", 6), ("received", 4), ("info_requested", 2), ("accepted", 12), ("in_service", 14),
    ("completed", 8), ("confirmed", 34), ("declined", 12), ("expired", 2), ("not_reached", 2),
    ("withdrawn", 4),
)  # fmt: skip
WAITING = frozenset({"sent", "received", "info_requested"})
TAKEN = frozenset({"accepted", "in_service", "completed", "confirmed"})
# What opens anything now.
LIVE = WAITING | {"accepted", "in_service"}
# Events of one case: what the timeline keeps, and what the log keeps.
TIMELINE, AUDIT = 6, 14
# What grows with the cases.
TABLES = (
    "cases_case", "cases_caseaccess", "cases_consent", "cases_consentscope", "cases_person",
    "cases_sealedgroup", "cases_timelineentry", "referral_referral", "audit_auditevent",
    "cases_duplicatetoken", "cases_tokensheet",
)  # fmt: skip
TOTAL_CODES = len(ALPHABET) ** 8
# Prime to the number of codes, so that every number has a code of its own.
STEP = 387_420_489_007


@dataclass(frozen=True, slots=True)
class Land:
    """How the cases of a land of this size are spread over its agencies."""

    cases: int
    seed: int

    def weights(self) -> list[float]:
        """The share of each agency but the dormant one, largest first; the first has LARGEST."""
        low, high = 0.1, 2.0
        for _ in range(60):
            power = (low + high) / 2
            found = [1 / (rank + 3) ** power for rank in range(AGENCIES - 1)]
            low, high = (power, high) if found[0] / sum(found) < LARGEST else (low, power)
        whole = sum(found)
        return [each / whole for each in found]

    def owners(self, first: int, last: int) -> list[int]:
        """The rank of the owner of each case from `first` to before `last`."""
        dice = random.Random(f"{self.seed} owners {first}")
        borders = list(accumulate(self.weights()))
        old = int(self.cases * OLDEST)
        share = DORMANT_SHARE / OLDEST
        return [
            DORMANT
            if number < old and dice.random() < share
            else min(bisect(borders, dice.random()), AGENCIES - 2)
            for number in range(first, last)
        ]


def code(prefix: str, number: int) -> str:
    """The code of that number: as random to look at as a real one, and always the same."""
    # Number 0 would be the one code that is nobody's.
    rest, letters = (number + 1) * STEP % TOTAL_CODES, []
    for _ in range(8):
        rest, digit = divmod(rest, len(ALPHABET))
        letters.append(ALPHABET[digit])
    return f"{prefix}-{''.join(letters[:4])}-{''.join(letters[4:])}"


def drawn(dice: random.Random, table: tuple[tuple[str, int], ...]) -> str:
    return dice.choices([name for name, _ in table], [weight for _, weight in table])[0]
