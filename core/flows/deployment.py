"""Deployments that wait for an answer where they run: seen, allowed, and refused."""

from core.flows.context import NamedEffect

see = NamedEffect("deployment.see")
allow = NamedEffect("deployment.allow")
refuse = NamedEffect("deployment.refuse")
