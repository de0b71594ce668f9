"""The notebook that is handed back: the student's cells, and the grade after each answer.

nbgrader reads points from it: the number that a cell of checks answers with. A list in its
place says for each part what it earned, and the hint where it earned nothing.
"""

import html
import re

import nbformat

MAX_TEXT = 4000  # characters of what a cell printed


def graded(assignment, released, submission, result):
    """Make the notebook of one submission.

    Args:
        assignment: A `questions.Assignment`.
        released: The notebook that students got, as nbgrader made it.
        submission: A `collect.Submission`.
        result: Of `evaluate.evaluate`.

    Returns:
        A notebook with one cell for each question that nbgrader knows.
    """
    ours = {
        cell.metadata.nbgrader.grade_id: cell
        for cell in released.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }
    checks = {_stripped(cell.source) for cell in ours.values() if cell.cell_type == "code"}
    cells, outcomes = [], iter(result["outcomes"])
    answered = {place: name for name, place in submission.texts.items()}
    for place, (kind, source) in enumerate(submission.cells):
        outcome = next(outcomes, None) if kind == "code" else None
        if kind == "code" and _stripped(source) in checks:
            continue
        cells.append(_cell(kind, source, outcome))
        name = answered.get(place)
        if name in ours and ours[name].cell_type == "markdown":
            cells[-1].metadata["nbgrader"] = dict(ours.pop(name).metadata.nbgrader)
    for question in assignment.questions:
        if question.check:
            cell = _checks(ours[question.check], result["grades"][question.name])
            cells.insert(_place(cells, question), cell)
        elif question.name in ours:
            cells.append(nbformat.from_dict(ours[question.name]))
    cells[:0] = _notes(assignment, result)
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=released.metadata)
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return notebook


def _cell(kind, source, outcome):
    if kind == "markdown":
        return nbformat.v4.new_markdown_cell(harmless(source))
    cell = nbformat.v4.new_code_cell(source)
    texts = [outcome["printed"], outcome["error"]] if outcome else []
    shown = "\n".join(text[:MAX_TEXT] for text in texts if text)
    if shown:
        cell.outputs.append(nbformat.v4.new_output("stream", name="stdout", text=shown))
    return cell


def harmless(markdown):
    """Return Markdown in which nothing can run: no tag, no entity, no address of a script.

    A space after the first character takes each of them its meaning, and leaves formulas,
    code and words as they are to a reader. nbgrader shows Markdown as it stands.
    """
    markdown = re.sub(r"<(?=[a-zA-Z/!?])(?!!-- answer)", "< ", markdown)
    markdown = re.sub(r"&(?=#|\w+;)", "& ", markdown)
    return re.sub(r"(?i)(script|data)(?=\s*:)", r"\1 ", markdown)


def _checks(released, grade):
    cell = nbformat.from_dict(released)
    lines = []
    for title, earned, possible, hint in grade["parts"]:
        line = f"{title}: {earned:g} of {possible:g}" + (f". {hint}" if hint else "")
        lines.append(f"<li>{html.escape(line)}</li>")
    data = {"text/plain": f"{grade['points']:g}", "text/html": f"<ul>{''.join(lines)}</ul>"}
    cell.outputs = [
        nbformat.v4.new_output("execute_result", data=data, execution_count=None)
    ]
    return cell


def _notes(assignment, result):
    """Cells to begin with: what went wrong, and the points of every question."""
    lines = ["**What the checks found**", ""]
    for question in assignment.questions:
        points = "graded by a person"
        if question.check:
            points = f"{result['grades'][question.name]['points']:g} of {question.points:g}"
        lines.append(f"- {question.title}: {points}")
    notes = [nbformat.v4.new_markdown_cell("\n".join(lines))]
    if result["problems"]:
        odd = ["**Problems with this submission**", ""]
        odd += [f"- {html.escape(problem)}" for problem in result["problems"]]
        notes.insert(0, nbformat.v4.new_markdown_cell("\n".join(odd)))
    return notes


def _place(cells, question):
    """Return the place after the last cell of the student that names the answer."""
    places = [
        place
        for place, cell in enumerate(cells)
        if cell.cell_type == "code"
        and "nbgrader" not in cell.metadata
        and re.search(rf"\b{question.name}\b", cell.source)
    ]
    return places[-1] + 1 if places else len(cells)


def _stripped(source):
    return "".join(source.split())
