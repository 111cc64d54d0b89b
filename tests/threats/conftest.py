"""What the threats share."""

from tests.rest.fixtures import edge, same_edge

__all__ = ["edge", "same_edge"]
