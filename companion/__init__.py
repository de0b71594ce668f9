"""The tested code behind the course *Autoencoders and the Brain*.

Importing any part of this package first makes TensorFlow's native logging silent and
turns its oneDNN reordering off, so that outputs stay free of log lines and runs agree
better between machines. NumPy's matrix products get one thread each: the course's are
small, and several threads would spend their time waiting for one another, above all where
cores are few. A value set in the environment beforehand is respected.
"""

import os

__version__ = "0.1.0"

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
