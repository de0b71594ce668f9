"""Release assignments without their answers, grade submissions apart, and feed back.

The modules in the order of the work: `questions` reads a source notebook; `release` makes
what students get; `collect` reads what they hand in; `student`, `worker`, `isolation` and
`wire` run it behind a fence; `evaluate` grades it; `gradebook` keeps the grades with
nbgrader and writes the feedback; `tables` reads the roster and writes grades for others.
"""
