"""Every bold number in the prose stands in a stored output of the same page."""

import pytest

from tools.checks import fail_on
from tools.checks.pages import ROOT, markdown_paths, notebook_paths, read
from tools.checks.prose import prose_problems


@pytest.mark.parametrize(
    "path",
    notebook_paths() + markdown_paths(),
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_bold_numbers_stand_in_the_outputs(path):
    fail_on(prose_problems(read(path)))
