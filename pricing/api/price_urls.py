"""`/api/prices…`"""

from django.urls import path

from pricing.api import prices

urlpatterns = [
    path("prices", prices.PricesView.as_view(), name="prices"),
    path("prices/<str:asset>", prices.PriceView.as_view(), name="price"),
]
