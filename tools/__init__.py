"""The maintainer's scripts: executing notebooks, checking pages, building the book."""
