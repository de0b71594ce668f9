"""nbgrader's settings for its commands and its page in JupyterLab."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from assignments.grader.gradebook import settings  # noqa: E402

get_config().merge(settings(os.environ.get("COURSE", ROOT / "course")))  # noqa: F821
