from django.urls import path

from exchange.fhir.api import views as v

urlpatterns = [
    path("metadata", v.Metadata.as_view()),
    path("Task", v.Tasks.as_view()),
    path("Task/<str:code>", v.TaskDetail.as_view()),
    path("ServiceRequest/<str:code>", v.ServiceRequestDetail.as_view()),
    path("Patient/<str:code>", v.PatientDetail.as_view()),
    path("Organization/<str:code>", v.OrganizationDetail.as_view()),
]
