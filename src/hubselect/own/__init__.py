"""A planner's own data: workbooks and folders, checked, laid over the atlas or on their own."""

from hubselect.own.reading import check, read_own, stands_alone
from hubselect.own.template import write_template

__all__ = ["check", "read_own", "stands_alone", "write_template"]
