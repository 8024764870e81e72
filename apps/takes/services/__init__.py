"""What a person can ask of runs and takes."""

from apps.takes.services.control import Swept, cancel_run, retry_takes, sweep
from apps.takes.services.ordering import generate, order_run

__all__ = ["Swept", "cancel_run", "generate", "order_run", "retry_takes", "sweep"]
