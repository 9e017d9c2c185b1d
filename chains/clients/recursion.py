"""Python's own guard against answers that are nested too deep, kept up.

py_ecc, which eth-account and web3 bring, raises the recursion limit to 100,000 when it is imported. A node that answers with
as many open brackets would then end the process by an overflow of its stack, where it should meet an exception.
"""

import sys

LIMIT = 1000  # Python's default, and far above any answer's depth


def keep_recursion_limit() -> None:
    """Import py_ecc now, once, and take its change back. Decoders then raise `RecursionError`."""
    import py_ecc  # noqa: F401

    sys.setrecursionlimit(min(LIMIT, sys.getrecursionlimit()))
