"""WSGI: REST and the admin under granian, for production."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "balancer.settings")
application = get_wsgi_application()

from balancer.processes.heart import heart_start  # noqa: E402  (apps must be loaded first)
from balancer.telemetry.start import telemetry_start  # noqa: E402

telemetry_start("web")
heart_start("web", "wsgi")

# What is loaded by now stays for good: the collector need not walk through all of it again while a request waits.
gc.collect()
gc.freeze()
