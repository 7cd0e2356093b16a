"""What a scenario begins with: played by a colleague of the learner's, before the learner comes in."""

from agencies.models import Member
from agencies.roles import Role
from cases.actions import lifecycle
from cases.models import Case
from practice.acts import DAY, Stage, play
from practice.scenarios import Scenario
from practice.vocabulary import LEARNER, OWN, Whose


def begin(scenario: Scenario, stage: Stage) -> Stage:
    """Play all that is given, in its order, each on its day. A case of the learner's own agency that was logged for a
    social worker to go on with is given to the learner at the end."""
    now = stage.at
    for said in scenario.given:
        then = stage.later(at=now - said.days_ago * DAY)
        stage = play(then, said).later(at=now)
    learner = stage.cast[LEARNER]
    if stage.case and learner.role == Role.SOCIAL_WORKER and _is_of(learner, stage):
        supervisor = stage.cast[f"{OWN}.{Whose.SUPERVISOR}"]
        lifecycle.assign(code=stage.case, to=learner, by=supervisor, at=stage.at)
    return stage


def _is_of(learner: Member, stage: Stage) -> bool:
    return Case.objects.filter(code=stage.case, owner=learner.agency_id).exists()
