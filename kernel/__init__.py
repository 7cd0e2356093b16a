"""Plain Python that every app stands on: refusals, verdicts, workflows, codes, clocks, groups."""
