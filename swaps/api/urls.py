"""`/api/v1/sessions…`"""

from django.urls import path

from swaps.api import profit_views, rescue_views, status_link_views, views
from swaps.push.api import SessionStreamView

urlpatterns = [
    path("sessions", views.SessionsView.as_view(), name="sessions"),
    path("sessions/<str:session_id>", views.SessionView.as_view(), name="session"),
    path("sessions/<str:session_id>/events", views.SessionEventsView.as_view(), name="session-events"),
    path("sessions/<str:session_id>/stream", SessionStreamView.as_view(), name="session-stream"),
    path("sessions/<str:session_id>/execute", views.ExecuteView.as_view(), name="session-execute"),
    path("sessions/<str:session_id>/cancel", views.CancelView.as_view(), name="session-cancel"),
    path("sessions/<str:session_id>/secret", views.SecretView.as_view(), name="session-secret"),
    path("sessions/<str:session_id>/receipt", rescue_views.ReceiptView.as_view(), name="session-receipt"),
    path("sessions/<str:session_id>/rescue", rescue_views.RescueView.as_view(), name="session-rescue"),
    path(
        "sessions/<str:session_id>/status-link", status_link_views.StatusLinkView.as_view(), name="session-status-link"
    ),
    path("sessions/<str:session_id>/profit", profit_views.ProfitView.as_view(), name="session-profit"),
    path("auctions/<str:auction>/profit", profit_views.AuctionProfitView.as_view(), name="auction-profit"),
    path("receipt-keys", rescue_views.ReceiptKeysView.as_view(), name="receipt-keys"),
]
