"""A workflow is a table of steps. It knows no database and no HTTP."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from kernel.errors import Refused

S = TypeVar("S", bound=str)


@dataclass(frozen=True, slots=True)
class Step(Generic[S]):
    verb: str
    sources: frozenset[S]
    target: S
    party: str


def step(verb: str, party: str, *sources: S, to: S) -> Step[S]:
    """A row of a table of moves, in the order in which it is read."""
    return Step(verb=verb, sources=frozenset(sources), target=to, party=party)


class Workflow(Generic[S]):
    def __init__(self, *steps: Step[S]) -> None:
        self.steps = steps

    def step(self, verb: str, *, state: S) -> Step[S]:
        """The row for this verb from this state; Refused if the table has none."""
        for step in self.steps:
            if step.verb == verb and state in step.sources:
                return step
        raise Refused(f"cannot_{verb}_when_{state}", state=str(state))

    def verbs(self) -> list[str]:
        return list(dict.fromkeys(step.verb for step in self.steps))

    def party(self, verb: str) -> str:
        """Who makes this move, from whatever state."""
        return next(step.party for step in self.steps if step.verb == verb)

    def verbs_from(self, state: S) -> list[str]:
        return [step.verb for step in self.steps if state in step.sources]

    def terminal(self, states: Iterable[S]) -> set[S]:
        return {state for state in states if not self.verbs_from(state)}

    def mermaid(self) -> str:
        arrows = sorted(
            f"    {source} --> {step.target}: {step.verb} ({step.party})"
            for step in self.steps
            for source in step.sources
        )
        return "\n".join(["stateDiagram-v2", *arrows, ""])
