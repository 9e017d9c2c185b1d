"""`/api/v1/quote…`"""

from django.urls import path

from pricing.api import views
from pricing.api.candles import CandlesView

urlpatterns = [
    path("quote", views.QuoteView.as_view(), name="quote"),
    path("quote/pairs", views.PairsView.as_view(), name="quote-pairs"),
    path("quote/history", views.QuoteHistoryView.as_view(), name="quote-history"),
    path("quote/candles", CandlesView.as_view(), name="quote-candles"),
    path("quote/<str:quote_id>", views.OneQuoteView.as_view(), name="quote-one"),
]
