"""The `webhooks` app: events pushed to their owners' endpoints."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "access.webhooks"
    label = "webhooks"
    verbose_name = "Webhooks"

    def ready(self) -> None:
        from access.codes import problems_add
        from access.webhooks.codes import WEBHOOKS

        problems_add(WEBHOOKS)
