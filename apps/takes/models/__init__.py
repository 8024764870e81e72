"""Runs, their batches, the takes in them and what was measured on each."""

from apps.takes.models.runs import Batch, Run
from apps.takes.models.takes import Finding, Take, Waveform

__all__ = ["Batch", "Finding", "Run", "Take", "Waveform"]
