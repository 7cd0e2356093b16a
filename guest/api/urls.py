from django.urls import path

from guest.api import views as v

urlpatterns = [path("referrals/<str:code>/link/", v.ReferralLink.as_view())]
