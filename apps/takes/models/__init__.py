"""Runs, their batches, the takes in them, what was measured on each and how they were ranked."""

from apps.takes.models.audio import MeasuredAudio, Waveform
from apps.takes.models.ranking import RankingAct
from apps.takes.models.runs import Batch, Run
from apps.takes.models.takes import Finding, Take

__all__ = ["Batch", "Finding", "MeasuredAudio", "RankingAct", "Run", "Take", "Waveform"]
