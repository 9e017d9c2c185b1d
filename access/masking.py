"""What strangers wrote, before it is shown again or logged: people copy a secret to where an id belongs, and logs are kept."""

import re

# 32 bytes or more in hexadecimal; a part of a longer run counts as the whole of it
LONG_HEX = re.compile(r"(?:0[xX])?[0-9a-fA-F]{48,}")
MASK = "[hex]"


def masked(text: str) -> str:
    """The text without its long runs of hexadecimal digits. Our own ids (`sess_…`, `we_…`) have none."""
    return LONG_HEX.sub(MASK, text)
