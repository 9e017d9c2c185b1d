"""Settings of the plain Django project: the service's database and models, and nothing else. No middleware at all."""

from balancer.settings import *  # noqa: F403
from balancer.settings import DATABASES as OURS

MIDDLEWARE = []
ROOT_URLCONF = "tests.bench.plain"
LOGGING_CONFIG = None
DATABASES = {"default": {**OURS["default"], "CONN_HEALTH_CHECKS": False}}
