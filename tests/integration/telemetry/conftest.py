"""Something that listens where telemetry goes, in this process."""

from tests.telemetry import collector  # noqa: F401  (a fixture)
