"""How fast the service is, beside what could be had: `make bench`. Measured, never tested: no test reads a clock's figure."""
