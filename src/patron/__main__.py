"""`python -m patron`."""

from patron.cli.main import main

main()
