"""What agencies share beside cases, over HTTP."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.auth import actor_of
from edge import paging
from edge.answers import AFTER, page, shape
from edge.views import ActView, Input, View
from network import policy, queries
from network.actions import announcing, board, focal
from network.api import serializers as s
from network.models import Reach

TOPIC = OpenApiParameter("topic", str, description="A code of a topic.")
DISTRICT = OpenApiParameter("district", str, description="A code of a district.")


def _shown(request: Request, code: str) -> Response:
    actor = actor_of(request)
    question = get_object_or_404(policy.questions_visible_to(actor), code=code)
    above = paging.above(request.query_params.get("after", ""))
    answers, following = queries.answers_of(actor, question, above=above)
    return Response(s.question_out(question, answers, following, actor))


class _OfTheBoard(ActView):
    """An act on a question, which the answer then shows."""

    def show(self, request: Request, code: str) -> Response:
        return _shown(request, code)


class Questions(_OfTheBoard):
    """The board, newest first; and asking."""

    serializer_class = s.BoardQuestionIn
    key_required = True
    created = True

    @extend_schema(
        operation_id="board_list",
        parameters=[AFTER, TOPIC],
        responses={200: page(s.QuestionLine)},
    )
    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        rows = queries.questions(actor, topic=request.query_params.get("topic", ""))
        return Response(paging.newest(request, rows, show=lambda row: s.line_out(row, actor)))

    @extend_schema(operation_id="board_ask", responses={201: shape(s.QuestionOut)})
    def post(self, request: Request) -> Response:
        """Ask all agencies. A text that might tell of a case is refused with 400 `case_content`;
        `words` then holds what to leave out, in this answer alone."""
        return self.perform(request)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        return board.ask(**data, by=actor_of(request), at=timezone.now()).code


class Find(View):
    """Questions with all of these words, newest first."""

    serializer_class = s.BoardFindIn

    @extend_schema(operation_id="board_find", responses={200: page(s.QuestionLine)})
    def post(self, request: Request) -> Response:
        actor, data = actor_of(request), self.read(request)
        rows = queries.questions(actor, topic=data.get("topic", ""), words=data["words"])
        start = paging.start_at(data.get("after", ""))
        found = paging.newest_below(start, rows, show=lambda row: s.line_out(row, actor))
        return Response(found)


class QuestionDetail(View):
    """A question with its answers, the one that helped first."""

    serializer_class = s.NothingIn

    @extend_schema(
        operation_id="board_show", parameters=[AFTER], responses={200: shape(s.QuestionOut)}
    )
    def get(self, request: Request, code: str) -> Response:
        return _shown(request, code)


class Answers(_OfTheBoard):
    serializer_class = s.BoardAnswerIn
    key_required = True
    created = True

    @extend_schema(operation_id="board_answer", responses={201: shape(s.QuestionOut)})
    def post(self, request: Request, code: str) -> Response:
        """Answer; refused as a question is."""
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        board.answer(**where, **data, by=actor_of(request), at=timezone.now())
        return str(where["code"])


class Close(_OfTheBoard):
    serializer_class = s.NothingIn

    @extend_schema(operation_id="board_close", responses={200: shape(s.QuestionOut)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        return board.close(**where, by=actor_of(request), at=timezone.now()).code


class Accept(_OfTheBoard):
    serializer_class = s.NothingIn

    @extend_schema(operation_id="board_accept", responses={200: shape(s.QuestionOut)})
    def post(self, request: Request, code: str) -> Response:
        """Say which answer helped."""
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        made = board.accept(**where, by=actor_of(request), at=timezone.now())
        return made.question.code


class Hide(_OfTheBoard):
    serializer_class = s.HideIn

    @extend_schema(operation_id="board_hide", responses={200: shape(s.QuestionOut)})
    def post(self, request: Request, code: str) -> Response:
        """The co-ordinator hides a question or an answer; its author is told. With `case_content` its words
        are gone, and with a question those of its answers; also where it was hidden before for another
        reason."""
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        return board.hide(**where, **data, by=actor_of(request), at=timezone.now())


class _OfAFocalPoint(ActView):
    def show(self, request: Request, code: str) -> Response:
        rows = policy.focal_points_visible_to(actor_of(request)).select_related("member")
        return Response(s.focal_out(get_object_or_404(rows, code=code)))


class FocalPoints(_OfAFocalPoint):
    """Whom to ask about what; and naming somebody of one's own agency."""

    serializer_class = s.NameIn
    key_required = True
    created = True

    @extend_schema(
        operation_id="focal_list",
        parameters=[TOPIC, DISTRICT],
        responses={200: shape(s.PeopleOut)},
    )
    def get(self, request: Request) -> Response:
        asked = request.query_params
        found, more = queries.people(
            actor_of(request),
            topic=asked.get("topic", ""),
            district=asked.get("district", ""),
        )
        return Response({"results": [s.person_out(each) for each in found], "more": more})

    @extend_schema(operation_id="focal_name", responses={201: shape(s.FocalOut)})
    def post(self, request: Request) -> Response:
        """Ask a member of one's agency to answer for a topic; nobody sees it before they say yes."""
        return self.perform(request)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        point = focal.name(
            username=data["member"], topic=data["topic"], by=actor_of(request),
            at=timezone.now(),
        )  # fmt: skip
        return point.code


class Agree(_OfAFocalPoint):
    serializer_class = s.NothingIn

    @extend_schema(operation_id="focal_agree", responses={200: shape(s.FocalOut)})
    def post(self, request: Request, code: str) -> Response:
        """Say yes, for oneself."""
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        return focal.agree(**where, by=actor_of(request), at=timezone.now()).code


class FocalPointEnd(View):
    serializer_class = s.NothingIn

    @extend_schema(operation_id="focal_end", responses={204: None})
    def delete(self, request: Request, code: str) -> Response:
        """Step back, or name this member no more."""
        focal.step_back(code=code, by=actor_of(request), at=timezone.now())
        return Response(status=204)


class OwnReach(ActView):
    """How one is reached at the office; shown only with what one answers for."""

    serializer_class = s.ReachIn

    @extend_schema(operation_id="reach_show", responses={200: shape(s.ReachOut)})
    def get(self, request: Request) -> Response:
        return self.show(request, "")

    @extend_schema(operation_id="reach_set", responses={200: shape(s.ReachOut)})
    def post(self, request: Request) -> Response:
        return self.perform(request)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        focal.be_reached(**data, by=actor_of(request))
        return "reach"

    def show(self, request: Request, code: str) -> Response:
        own = policy.reach_of(actor_of(request)).first()
        return Response(s.reach_out(own or Reach()))


class Bulletins(ActView):
    """Announcements, newest first; and making one."""

    serializer_class = s.BulletinIn
    key_required = True
    created = True

    @extend_schema(
        operation_id="bulletin_list",
        parameters=[AFTER],
        responses={200: page(s.BulletinOut)},
    )
    def get(self, request: Request) -> Response:
        rows = policy.bulletins_visible_to(actor_of(request))
        return Response(paging.newest(request, rows, show=s.bulletin_out))

    @extend_schema(operation_id="bulletin_announce", responses={201: shape(s.BulletinWhole)})
    def post(self, request: Request) -> Response:
        """The co-ordinator to everybody, an agency's administrator to the own agency."""
        return self.perform(request)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        texts = {name: data.get(name, "") for name in announcing.TEXTS}
        made = announcing.announce(
            texts=texts, must_confirm=data["must_confirm"], ends_at=data["ends_at"],
            by=actor_of(request), at=timezone.now(),
        )  # fmt: skip
        return made.code

    def show(self, request: Request, code: str) -> Response:
        actor = actor_of(request)
        bulletin = get_object_or_404(policy.bulletins_visible_to(actor), code=code)
        return Response(s.whole_out(bulletin, queries.readings(actor, bulletin)))


class BulletinDetail(View):
    serializer_class = s.NothingIn

    @extend_schema(operation_id="bulletin_show", responses={200: shape(s.BulletinWhole)})
    def get(self, request: Request, code: str) -> Response:
        actor = actor_of(request)
        bulletin = get_object_or_404(policy.bulletins_visible_to(actor), code=code)
        return Response(s.whole_out(bulletin, queries.readings(actor, bulletin)))


class _OfABulletin(ActView):
    serializer_class = s.NothingIn

    def show(self, request: Request, code: str) -> Response:
        rows = policy.bulletins_visible_to(actor_of(request))
        return Response(s.bulletin_out(get_object_or_404(rows, code=code)))


class Confirm(_OfABulletin):
    @extend_schema(operation_id="bulletin_confirm", responses={200: shape(s.BulletinOut)})
    def post(self, request: Request, code: str) -> Response:
        """Say that one has read it."""
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        return announcing.confirm(**where, by=actor_of(request), at=timezone.now()).code


class End(_OfABulletin):
    @extend_schema(operation_id="bulletin_end", responses={200: shape(s.BulletinOut)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        return announcing.end(**where, by=actor_of(request), at=timezone.now()).code
