"""The faults that the product can be given, each named after what somebody notices."""

from sandbox.zenamanage.faults.panel import Faults

__all__ = ["Faults"]
