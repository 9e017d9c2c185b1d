"""The app of Django's admin, with our site."""

from django.contrib.admin.apps import AdminConfig


class ConsoleConfig(AdminConfig):
    """`INSTALLED_APPS` names this instead of `django.contrib.admin`, and `unfold.apps.BasicAppConfig` instead of `unfold`."""

    default_site = "access.accounts.site.ConsoleSite"
