"""The specification of an interactive figure reaches the page whole."""

import json
import shutil
import subprocess

import pytest

from companion.plots.vega import MIME
from tools.execute import ROOT

interactive = pytest.importorskip("tools.interactive", reason="needs the book's packages")

# As much of a browser as the script asks for; the sentence on the figure changes.
STAGE = """
const img = {hidden: false}, heard = [], says = {ariaLabel: "says: as it opens"};
let changed;
const element = () => ({setAttribute() {}, querySelector: () => says,
                        set textContent(t) { heard.push(t); }});
const data = {closest: () => ({querySelector: () => img}), textContent: "{}",
              replaceWith() {}};
globalThis.document = {querySelectorAll: () => [data], createElement: element};
globalThis.MutationObserver = class {
  constructor(f) { changed = f; }
  observe() {}
};
globalThis.vegaEmbed = async () => ({});
require(process.argv[1]);
setTimeout(() => {
  for (const text of ["as it opens", "one", "one", "two"]) {
    says.ariaLabel = `says: ${text}`;
    changed();
  }
  console.log(JSON.stringify({hidden: img.hidden, heard}));
}, 10);
"""


def test_specification_survives_the_way_into_html_and_cannot_end_it():
    spec = {"says": "0 < 1 </script><b>", "values": [1.5, -2]}
    script = interactive.script_of(spec)
    inside = script.removeprefix(
        '<script type="application/json" class="interactive-form">'
    )
    assert inside.count("</") == 1
    assert json.loads(inside.removesuffix("</script>")) == spec


def test_specifications_are_found_by_the_text_of_their_picture():
    spec = {"description": "A trace."}
    outputs = [{"data": {"image/png": ""}}, {"data": {MIME: spec}}, {"name": "stdout"}]
    notebook = {"cells": [{"cell_type": "markdown"}, {"outputs": outputs}]}
    assert interactive.specifications(notebook) == {"A trace.": spec}


def test_names_agree_across_python_script_and_style():
    assert interactive.MIME == MIME
    script = (ROOT / "tools" / interactive.SCRIPTS[1]).read_text(encoding="utf-8")
    assert f"script.{interactive.MARK}" in script
    style = (ROOT / "_static" / "book.css").read_text(encoding="utf-8")
    assert all(f".{name} " in style for name in ("interactive", "heard"))


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_script_hides_the_picture_and_says_every_new_sentence_once():
    command = ["node", "-e", STAGE, str(ROOT / "tools" / interactive.SCRIPTS[1])]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(run.stdout) == {"hidden": True, "heard": ["one", "two"]}
