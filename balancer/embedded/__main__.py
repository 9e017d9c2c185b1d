"""`python -m balancer.embedded start|stop|status`: the services of var/services."""

import sys
from pathlib import Path

from balancer.embedded import EmbeddedError, ensure, status, stop

DATA_DIR = Path(__file__).resolve().parents[2] / "var" / "services"


def main() -> int:
    action = sys.argv[1] if len(sys.argv) == 2 else ""
    if action == "start":
        print(ensure(DATA_DIR))
    elif action == "stop":
        print("stopped" if stop(DATA_DIR) else "nothing was running")
    elif action == "status":
        print(status(DATA_DIR) or "not running")
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except EmbeddedError as error:
        sys.exit(str(error))
