"""`python -m hubselect` is the command `hubselect`."""

from hubselect.cli import main

if __name__ == "__main__":
    main()
