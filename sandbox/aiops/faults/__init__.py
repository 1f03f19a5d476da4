"""The faults that the platform can be given, each named after what somebody notices."""

from sandbox.aiops.faults.panel import Faults

__all__ = ["Faults"]
