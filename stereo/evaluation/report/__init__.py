"""The report of an evaluation: one page of HTML that needs nothing else."""

from __future__ import annotations

from stereo.evaluation.report.page import write_report

__all__ = ["write_report"]
