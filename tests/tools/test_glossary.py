"""The glossary: every term stands on the page it names, in words readers search for."""

import re

import pytest

from tools import glossary

TERMS = glossary.load_glossary()
PAGES = {
    "a": "The GAN fails. Two codes\nof one kind.",
    "b": "A code, a Code, decoded.",
    "c": "",
}


def counts(**entry):
    return glossary.uses(entry, "abc", PAGES.get)


def test_terms_are_found_in_the_plural_over_line_ends_and_not_inside_words():
    assert counts(term="code") == {"a": 1, "b": 2}
    assert counts(term="codes of one kind") == {"a": 1}


def test_the_case_of_abbreviations_counts():
    assert counts(term="gan") == {"a": 1}
    assert counts(term="DECODED") == {}
    assert counts(term="generative network", forms=["GAN"]) == {"a": 1}


def test_prose_leaves_out_code_formulas_and_addresses(tmp_path, monkeypatch):
    (tmp_path / "page.md").write_text("See [it](gan.md): `gan` and $gan$.", "utf-8")
    monkeypatch.setattr(glossary, "CHAPTERS", tmp_path)
    glossary.prose.cache_clear()
    assert "gan" not in glossary.prose("page")
    glossary.prose.cache_clear()


def test_pages_come_in_the_order_of_the_contents(tmp_path):
    toc = tmp_path / "_toc.yml"
    toc.write_text(
        "parts:\n- chapters: [{file: chapters/b/x}, {file: chapters/a/y}]\n", "utf-8"
    )
    assert glossary.reading_order(toc) == ["b/x", "a/y"]


def test_terms_stand_below_their_first_letter_in_order():
    assert glossary.by_letter({"a": "1", "Adam": "2", "b": "3"}) == {
        "A": ["1", "2"],
        "B": ["3"],
    }


def test_the_glossary_is_sorted_without_doubles():
    names = [entry["term"].lower() for entry in TERMS]
    assert names == sorted(set(names))


@pytest.mark.parametrize("entry", TERMS, ids=lambda entry: entry["term"])
def test_a_term_is_complete_and_stands_on_the_page_that_explains_it(entry):
    assert re.search("[\u4e00-\u9fff]", entry["zh"])
    assert entry["meaning"].endswith(".")
    assert re.search(r"[.!?] [A-Z]", entry["meaning"]) is None, "more than one sentence"
    assert glossary.pattern(entry).search(glossary.prose(entry["see"]))
