#!/usr/bin/env python3
"""Refund or claim a swap with its receipt alone: no service, no database. See README.md beside this file."""

import sys

from onebalancer_rescue.cli import main


def run() -> None:
    """The program, also as a zipapp."""
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    run()
