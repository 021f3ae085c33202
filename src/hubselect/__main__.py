"""`python -m hubselect` is the command `hubselect`."""

from hubselect.cli import main

main()
