"""`python -m patron`."""

from patron.cli.main import main

if __name__ == "__main__":
    main()
