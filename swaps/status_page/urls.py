"""`/swap/…`: pages for makers. `/status` is the issuer's."""

from django.urls import path

from swaps.status_page import views

urlpatterns = [
    path("swap/<str:token>", views.status_page, name="status-page"),
    path("swap/<str:token>/part", views.status_part, name="status-part"),
    path("robots.txt", views.robots, name="robots"),
]
