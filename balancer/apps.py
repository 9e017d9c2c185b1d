"""The project itself as an app: health, metrics and start-up checks."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class BalancerConfig(AppConfig):
    name = "balancer"
    verbose_name = "1Balancer"

    def ready(self) -> None:
        from access.actions.registry import registry
        from access.roles import roles_write
        from balancer import checks, metrics
        from balancer.operations.kinds import KINDS
        from balancer.processes.heart import beating
        from balancer.telemetry.start import telling
        from chains.daemons import companions

        companions.extend((beating, telling))
        registry.add(*KINDS)
        checks.register()
        metrics.register()
        last = [config for config in apps.get_app_configs() if config.models_module][-1]
        post_migrate.connect(roles_write, sender=last)  # by then every app's permissions stand
