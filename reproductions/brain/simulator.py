"""Brian2, set to run without a compiler; import it from here."""

import brian2

brian2.prefs.codegen.target = "numpy"

__all__ = ["brian2"]
