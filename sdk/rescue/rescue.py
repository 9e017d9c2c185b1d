#!/usr/bin/env python3
"""Refund or claim a swap with its receipt alone: no service, no database. See README.md beside this file."""

import sys

from onebalancer_rescue.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
