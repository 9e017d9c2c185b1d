"""1inch's paths, v1.1. A slash at the end is welcome: the SDK writes one where a query follows."""

from django.urls import URLPattern, re_path

from swaps.fusion import views

ORDERS = "orders/v1.1/order"
PATHS = (
    ("quoter/v1.1/quote/receive", views.QuoteView),
    ("relayer/v1.1/submit", views.SubmitView),
    ("relayer/v1.1/submit/many", views.SubmitManyView),
    ("relayer/v1.1/submit/secret", views.SubmitSecretView),
    (f"{ORDERS}/active", views.ActiveOrdersView),
    (f"{ORDERS}/status/(?P<order_hash>[^/]+)", views.StatusView),
    (f"{ORDERS}/maker/(?P<address>0x[0-9a-fA-F]{{40}})", views.OrdersByMakerView),
    (f"{ORDERS}/ready-to-accept-secret-fills", views.AllReadyFillsView),
    (f"{ORDERS}/ready-to-accept-secret-fills/(?P<order_hash>[^/]+)", views.ReadyFillsView),
    (f"{ORDERS}/ready-to-execute-public-actions", views.PublicActionsView),
    (f"{ORDERS}/secrets/(?P<order_hash>[^/]+)", views.PublishedSecretsView),
    (f"{ORDERS}/cancelable-by-resolvers", views.CancelableOrdersView),
    (f"{ORDERS}/escrow", views.EscrowFactoryView),
)
urlpatterns: list[URLPattern] = [re_path(rf"^{path}/?$", view.as_view()) for path, view in PATHS]
