"""What an assessment of risks and needs holds."""

from kernel.fields import PROSE, Field, code

# What stands in every need; the words may be left out.
NEEDED = ("area", "level", "wants_help")
FIELDS: dict[str, Field] = {
    # level.kind.word: individual, household, community or structural; risk or protective.
    "factors": code("factor", many=True),
    "needs": Field(
        "record",
        many=True,
        fields={
            "area": code("need_area"),
            "level": code("need_level"),
            "wants_help": code("wants_help"),
            "words": PROSE,
        },
    ),
    "words": PROSE,
}
