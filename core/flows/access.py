"""Access as effects: granted, and taken back."""

from core.flows.context import NamedEffect

grant = NamedEffect("access.grant")
revoke = NamedEffect("access.revoke")
reconcile = NamedEffect("access.reconcile")
