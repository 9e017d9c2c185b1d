"""`/api/v1/webhooks…`"""

from django.urls import path

from access.webhooks.api import views

urlpatterns = [
    path("webhooks", views.WebhooksView.as_view(), name="webhooks"),
    path("webhooks/events", views.EventTypesView.as_view(), name="webhook-events"),
    path("webhooks/<str:webhook_id>", views.WebhookView.as_view(), name="webhook"),
    path("webhooks/<str:webhook_id>/rotate-secret", views.RotateView.as_view(), name="webhook-rotate"),
    path("webhooks/<str:webhook_id>/ping", views.PingView.as_view(), name="webhook-ping"),
    path("webhooks/<str:webhook_id>/replay", views.ReplayView.as_view(), name="webhook-replay"),
    path("webhooks/<str:webhook_id>/deliveries", views.DeliveriesView.as_view(), name="webhook-deliveries"),
    path(
        "webhooks/<str:webhook_id>/deliveries/<int:delivery_id>", views.DeliveryView.as_view(), name="webhook-delivery"
    ),
]
