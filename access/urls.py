"""`/api/v1/token`"""

from django.urls import path

from access import views

urlpatterns = [path("token", views.TokenView.as_view(), name="token")]
