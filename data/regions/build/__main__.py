"""Rebuild the atlas: `python data/regions/build [--out folder] [--refresh]`."""

from __future__ import annotations

import argparse
from pathlib import Path

import atlas
import refresh
import snapshots


def main() -> None:
    """Read snapshots and curated rows, write every table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=snapshots.HOME, help="folder to write to")
    parser.add_argument(
        "--refresh", action="store_true", help="first renew snapshots from installed packages"
    )
    args = parser.parse_args()
    if args.refresh:
        for line in refresh.renew():
            print(line)
    for line in atlas.write(args.out):
        print(line)


if __name__ == "__main__":
    main()
