"""Which cells may state a tolerance: those whose numbers come from training."""

import nbformat
import pytest

from tools.checks.pages import ROOT, Page
from tools.checks.trained import calls_training, tolerance_problems


def problems_of(*cells):
    """Check a page of (source, states a tolerance) cells."""
    nb = nbformat.v4.new_notebook()
    for source, stated in cells:
        metadata = {"companion": {"rtol": 0.02}} if stated else {}
        nb.cells.append(nbformat.v4.new_code_cell(source, metadata=metadata))
    return tolerance_problems(Page(ROOT / "page.ipynb", "page.ipynb", nb))


@pytest.mark.parametrize(
    ("source", "trains"),
    [
        ("model.fit(x)", True),
        ("training.fit(model, x)", True),
        ("ModelTrainer(x)", True),
        ("pretrain(x)", True),
        ("PCA(2).fit(x)", False),
        ("MeanPredictor().fit(x).reconstruct(x)", False),
        ("train_test_split(x)", False),
        ("autopsies.fit_baselines(x)", False),
        ("np.polyfit(x, y)", False),
        ("train_x = x  # fit(x)", False),
    ],
)
def test_training_is_told_from_closed_forms(source, trains):
    assert calls_training(source) is trains


def test_numbers_of_a_trained_model_may_be_printed_later():
    cells = [("m = train(x)", True), ("e = error(m)", False), ("print(e)", True)]
    assert problems_of(*cells) == []


def test_a_list_filled_in_training_is_trained():
    cells = [
        ("errors = {}", False),
        ("errors['a'] = fit(x)", True),
        ("print(errors)", True),
    ]
    assert problems_of(*cells) == []


def test_a_cell_without_trained_numbers_states_no_tolerance():
    [problem] = problems_of(("m = train(x)", True), ("print(x.mean())", True))
    assert problem.startswith("page.ipynb, cell 2: states rtol 0.02")


def test_a_name_assigned_anew_is_no_longer_trained():
    [problem] = problems_of(("m = train(x)", True), ("m = 1.5", False), ("print(m)", True))
    assert problem.startswith("page.ipynb, cell 3")
