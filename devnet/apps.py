"""Local chains and the demo. In INSTALLED_APPS only where its requirements are installed; no app imports it."""

from django.apps import AppConfig


class DevnetConfig(AppConfig):
    name = "devnet"
    verbose_name = "Local chains"
