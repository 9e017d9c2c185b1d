"""Below /console/."""

from django.urls import path

from balancer.console.page import figures

urlpatterns = [path("figures", figures, name="console-figures")]
