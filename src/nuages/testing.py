"""What a project's own tests may use: who may do and see what, to be compared with a table."""

from nuages.diagnose.access import Matrix, access_matrix

__all__ = ["Matrix", "access_matrix"]
