"""Brian2, set to run without a compiler: `from reproductions.brain.simulator import brian2`."""

import brian2

brian2.prefs.codegen.target = "numpy"
