"""What the contract's tests share."""

from tests.rest.fixtures import same_edge

__all__ = ["same_edge"]
