"""The brain part beside theory, a neuroscience simulator and published numbers.

One module per chapter measures what its models claim, as a list of `Check`; the appendix
*Brain checks* tabulates them, and the tests hold every one.
"""
