"""What the service knows of itself: its processes, whose turn it is to look, what it has told whom."""

from balancer.models.notice import Delivery, Notice
from balancer.models.process import Process, Turn
from balancer.models.tally import Tally, TallyMark
from balancer.models.watch import Watch

__all__ = ["Delivery", "Notice", "Process", "Tally", "TallyMark", "Turn", "Watch"]
