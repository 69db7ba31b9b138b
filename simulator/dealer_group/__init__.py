"""A dealer group's night of files, as large and as untidy as real ones, with the truth of who is who kept apart."""

from simulator.dealer_group.files import write_night, write_truth

__all__ = ["write_night", "write_truth"]
