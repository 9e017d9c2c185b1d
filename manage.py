#!/usr/bin/env python
"""Django's command line for the 1Balancer orchestrator."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "balancer.settings")
    from django.core.management import execute_from_command_line

    from balancer.embedded import EmbeddedError

    try:
        execute_from_command_line(sys.argv)
    except EmbeddedError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
