"""The audit trail for those who read it: search, verification, signed checkpoints, exports, figures of the week."""

from bot.audit.chain import TrailBroken
from bot.audit.checkpoint import Checkpoint
from bot.audit.evidence import Purged, compare, evidence_digest, purge, purge_by
from bot.audit.exporting import Exporter
from bot.audit.figures import Figures
from bot.audit.filters import moment, understand
from bot.audit.keys import Folder
from bot.audit.notary import Notary, checkpoint_always
from bot.audit.reporting import report_always
from bot.audit.trail import AuditTrail
from bot.audit.verifying import verify
from bot.audit.walk import Verified

__all__ = [
    "AuditTrail", "Checkpoint", "Exporter", "Figures", "Folder", "Notary", "Purged", "TrailBroken", "Verified",
    "checkpoint_always", "compare", "evidence_digest", "moment", "purge", "purge_by", "report_always", "understand",
    "verify",
]  # fmt: skip
