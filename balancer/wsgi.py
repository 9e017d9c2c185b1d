"""WSGI: REST and the admin under granian, for production."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "balancer.settings")
application = get_wsgi_application()
