"""What the EVM side needs from npm, fetched and built ahead of use.

python -m devnet.evm.prepare               anvil and the compiled order protocol, for the demo and the tests
python -m devnet.evm.prepare --contracts   rebuild contracts/evm/artifacts
python -m devnet.evm.prepare --check       fail if a rebuild would change them
"""

import argparse
import sys
from pathlib import Path

from devnet.evm.binary import ensure_anvil
from devnet.evm.lop import CONTRACTS, limit_order_protocol
from devnet.node import NodeError, run_node
from devnet.npm import PackageError, ensure_node_modules


def prepare() -> Path:
    """Fetch anvil and compile the order protocol unless both are there; returns anvil's path.

    Raises `PackageError` or `NodeError`, whose message is fit to be shown.
    """
    limit_order_protocol()
    return ensure_anvil()


def build_contracts(check: bool = False) -> str:
    """Compile contracts/evm/src with the pinned compiler and return its report. Raises `PackageError` or `NodeError`.

    With `check` nothing is written, and a `NodeError` names each artifact that is not what its source compiles to.
    """
    ensure_node_modules(CONTRACTS)
    return run_node(str(CONTRACTS / "build.mjs"), *(["--check"] if check else []))


def main() -> int:
    """The command line; 0 when all is well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contracts", action="store_true", help="rebuild the artifacts")
    parser.add_argument("--check", action="store_true", help="compare the artifacts with a rebuild")
    options = parser.parse_args()
    try:
        if options.contracts or options.check:
            print(build_contracts(options.check), end="")
        else:
            print(f"anvil: {prepare()}")
    except (PackageError, NodeError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
