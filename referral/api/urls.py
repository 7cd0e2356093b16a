from django.urls import path

from referral.api import events, onward
from referral.api import views as v

urlpatterns = [
    path("referrals/", v.Referrals.as_view()),
    path("referrals/<str:code>/", v.ReferralDetail.as_view()),
    path("referrals/<str:code>/preview/", v.Preview.as_view()),
    path("referrals/<str:code>/documents/", v.ReferralDocuments.as_view()),
    path("referrals/<str:code>/disclosure/", v.DisclosureView.as_view()),
    path("referrals/<str:code>/alternatives/", v.Alternatives.as_view()),
    path("referrals/<str:code>/messages/", v.Messages.as_view()),
    *(
        path(
            f"referrals/<str:code>/{verb}/",
            (v.ReferralSend if verb == "send" else v.ReferralVerb).as_view(
                verb=verb, serializer_class=body
            ),
        )
        for verb, (body, _) in v.VERBS.items()
    ),
    path("events/<str:code>/", events.Event.as_view()),
    path("overdue/", v.Overdue.as_view()),
    path("clocks/", v.Clocks.as_view()),
    path("referrals/<str:code>/onward/", onward.Onwards.as_view()),
    path("onwards/<str:code>/", onward.OnwardDetail.as_view()),
    path("onwards/<str:code>/approve/", onward.OnwardAnswer.as_view(approve=True)),
    path("onwards/<str:code>/decline/", onward.OnwardAnswer.as_view(approve=False)),
    path("case_requests/", onward.CaseRequests.as_view()),
    path("case_requests/<str:code>/", onward.CaseRequestDetail.as_view()),
    path("case_requests/<str:code>/grant/", onward.CaseRequestGrant.as_view()),
    path("case_requests/<str:code>/refuse/", onward.CaseRequestRefuse.as_view()),
    path("members/<str:username>/role/", v.MemberRole.as_view()),
    path("members/<str:username>/leave/", v.MemberLeave.as_view()),
    path("cases/<str:code>/close/", v.CaseClose.as_view()),
    path("cases/<str:code>/exclude/", v.CaseExclusion.as_view(apart=True)),
    path("cases/<str:code>/readmit/", v.CaseExclusion.as_view(apart=False)),
    path("cases/<str:code>/reopen/", v.CaseReopen.as_view()),
    path("cases/<str:code>/transfers/", v.Transfers.as_view()),
    path("consents/<str:code>/give/", v.ConsentGive.as_view()),
    path("consents/<str:code>/withdraw/", v.ConsentWithdraw.as_view()),
    path("consents/<str:code>/supersede/", v.ConsentSupersede.as_view()),
    path("overrides/<str:code>/approve/", v.OverrideDecision.as_view(approve=True)),
    path("overrides/<str:code>/refuse/", v.OverrideDecision.as_view(approve=False)),
    path("overrides/<str:code>/end/", v.OverrideEnd.as_view()),
    path("transfers/", v.MyTransfers.as_view()),
    path("transfers/<str:code>/", v.TransferDetail.as_view()),
    path("transfers/<str:code>/accept/", v.TransferAnswer.as_view(accept=True)),
    path("transfers/<str:code>/withdraw/", v.TransferWithdraw.as_view()),
    path("transfers/<str:code>/decline/", v.TransferAnswer.as_view(accept=False)),
]
