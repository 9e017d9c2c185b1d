"""The project itself as an app: health, metrics and start-up checks."""

from django.apps import AppConfig


class BalancerConfig(AppConfig):
    name = "balancer"
    verbose_name = "1Balancer"

    def ready(self) -> None:
        from balancer import checks, metrics
        from balancer.alarms import survey
        from swaps.push.surveys import surveys

        surveys.append(survey)
        checks.register()
        metrics.register()
