"""Every page. Each module names its own addresses."""

from django.urls import path

from pages import (
    caselist,
    casepage,
    coming,
    consent,
    directory,
    home,
    identification,
    intake,
    national,
    people,
    plan,
    protection,
    refer,
    referrals,
    screening,
    team,
    transfers,
)

urlpatterns = [
    path("sign-in/", coming.sign_in, name="sign_in"),
    path("sign-out/", coming.sign_out, name="sign_out"),
    path("leave/", coming.leave, name="leave"),
    path("language/", coming.speak, name="speak"),
    path("welcome/<str:secret>/", coming.activate, name="activate"),
    *home.urlpatterns,
    *caselist.urlpatterns,
    *casepage.urlpatterns,
    *intake.urlpatterns,
    *people.urlpatterns,
    *screening.urlpatterns,
    *identification.urlpatterns,
    *consent.urlpatterns,
    *refer.urlpatterns,
    *referrals.urlpatterns,
    *transfers.urlpatterns,
    *plan.urlpatterns,
    *team.urlpatterns,
    *national.urlpatterns,
    *protection.urlpatterns,
    *directory.urlpatterns,
]
