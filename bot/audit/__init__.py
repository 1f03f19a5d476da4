"""The audit trail for those who read it: search, verification, signed checkpoints, exports, figures of the week."""

from bot.audit.trail import AuditTrail
from bot.audit.verifying import Verified, verify

__all__ = ["AuditTrail", "Verified", "verify"]
