"""What the chapters of part 6 run: the open problems as experiments."""
