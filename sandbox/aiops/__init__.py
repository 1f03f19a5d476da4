"""An AI-agents platform of the kind that `runbooks/aiops/` is about, small, and breakable on purpose."""

from sandbox.aiops.standin import AiOps, aiops

__all__ = ["AiOps", "aiops"]
