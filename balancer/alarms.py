"""What operators are told without asking: a look at everything, and messages about what it found; and what is counted on."""

from balancer.conditions.survey import survey as look
from balancer.metrics.tallies import tallies_advance
from balancer.notices.writing import notices_write


def survey() -> int:
    """Tell operators of everything that is newly wrong and of everything that is over; how many alerts that made."""
    told = look()
    notices_write()
    tallies_advance()
    return told
