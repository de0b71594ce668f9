"""Assignments: exercises that instructors give out, grade automatically and hand back."""
