"""What the chapters of part 5 run: one module a chapter."""
