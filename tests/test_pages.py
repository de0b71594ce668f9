"""Every page has the anatomy of a chapter, and true outputs that suit any reader."""

from functools import cache

import pytest
import yaml

from tools.checks import anatomy, fail_on, figures, outputs, references, trained
from tools.checks.pages import ROOT, markdown_paths, notebook_paths, read

BACK_MATTER = ROOT / "chapters" / "appendix"
CHAPTERS = [path for path in notebook_paths() if BACK_MATTER not in path.parents]
read = cache(read)


def page_name(path):
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("check", anatomy.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("path", CHAPTERS, ids=page_name)
def test_chapter_has_its_parts_in_order(path, check):
    fail_on(check(read(path)))


@pytest.mark.parametrize(
    "check",
    outputs.CHECKS + figures.CHECKS + trained.CHECKS,
    ids=lambda check: check.__name__,
)
@pytest.mark.parametrize("path", notebook_paths(), ids=page_name)
def test_notebook_stores_sound_outputs(path, check):
    fail_on(check(read(path)))


@pytest.mark.parametrize("path", notebook_paths() + markdown_paths(), ids=page_name)
def test_citations_and_links_lead_somewhere(path):
    page = read(path)
    keys = references.bibliography_keys(ROOT / "references.bib")
    problems = references.citation_problems(page, keys)
    fail_on(problems + references.relative_link_problems(page))


def test_every_work_of_the_bibliography_is_cited():
    keys = references.bibliography_keys(ROOT / "references.bib")
    themes = yaml.safe_load((BACK_MATTER / "common_errors.yml").read_text("utf-8"))
    generated = {k for t in themes for e in t["errors"] for k in e.get("cite", [])}
    pages = map(read, notebook_paths() + markdown_paths())
    fail_on(references.uncited_problems(keys, pages, generated))
