"""The command line."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from onebalancer_rescue.errors import RescueError
from onebalancer_rescue.receipt import SIDES
from onebalancer_rescue.runner import Rescue


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """The command line, parsed."""
    parser = argparse.ArgumentParser(
        prog="rescue.py", description="Refund or claim a swap with its receipt alone: the service is not needed."
    )
    parser.add_argument("command", choices=("status", "refund", "claim"))
    parser.add_argument("--receipt", type=Path, required=True, help="what GET /api/v1/sessions/…/receipt answered")
    parser.add_argument(
        "--rpc",
        action="append",
        default=[],
        metavar="CHAIN=URL",
        help="a node; further ones of a chain must agree with it",
    )
    parser.add_argument("--service-key", metavar="HEX", help="the service's public key, from GET /api/v1/receipt-keys")
    parser.add_argument("--key-file", type=Path, help="a key of any account that can pay for gas")
    parser.add_argument("--account", help="the NEAR account, where the key file names none")
    parser.add_argument("--secret-file", type=Path, help="your secret, 32 bytes in hex: only for claims")
    parser.add_argument("--leg", choices=SIDES, help="default: refund the source, claim the destination")
    parser.add_argument("--dry-run", action="store_true", help="check everything, show the call, send nothing")
    parser.add_argument("--wait", action="store_true", help="wait until the contract allows it")
    parser.add_argument(
        "--accept-risk", action="store_true", help="send the secret although this program advises against it"
    )
    parser.add_argument("--timeout", type=float, default=3600, metavar="SECONDS", help="how long to wait for finality")
    return parser.parse_args(words)


def main(words: Sequence[str]) -> int:
    """Run a command; gives the exit status: 0 done, or that of the error (errors.py)."""
    options = arguments(words)
    try:
        Rescue(options).run()
    except RescueError as error:
        print(f"rescue: {error}", file=sys.stderr)
        return error.status
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        kind = type(error).__name__
        print(f"rescue: a node's answer cannot be understood ({kind}: {error}): try another node", file=sys.stderr)
        return RescueError.status
    except KeyboardInterrupt:
        print("rescue: interrupted; run `status` to see what was done", file=sys.stderr)
        return 130
    return 0
