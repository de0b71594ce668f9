# Every command of the project. `make help` lists them.
PYTHON ?= python3
ONLY ?=
ALL ?=
UPGRADE ?=
COURSE ?= course
SUBMISSIONS ?=
ROSTER ?=
ASSIGNMENT ?=
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= $(shell getconf _NPROCESSORS_ONLN)

NBVAL := $(BIN)/python -m pytest -p tools.nbval_tolerance -p tools.notebook_times \
	--nbval chapters -n $(JOBS) --dist loadscope
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--fork-strategy fewest --no-emit-index-url --no-emit-find-links \
	--no-annotate --no-header $(if $(UPGRADE),--upgrade)

# Compiled modules are what makes TensorFlow start in seconds and not in a minute.
unexport PYTHONDONTWRITEBYTECODE
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help book test lint robust notebooks release grade reproduce bench lab serve lock clean

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "%-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
		{ echo "Python 3.11 to 3.13 is needed; choose one with PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "venv failed; on Debian: apt install python3-venv"; exit 1; }

$(VENV)/book.stamp: requirements-book.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet -r requirements-book.txt
	@touch $@

$(VENV)/full.stamp: requirements.txt requirements-cluster.txt requirements-grading.txt \
		requirements-torch.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet -r requirements.txt -r requirements-cluster.txt \
		-r requirements-grading.txt -r requirements-torch.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@ $(VENV)/book.stamp

# Sphinx notices changed pages by itself, but not a change of the extensions in tools/.
_build/tools.stamp: $(wildcard tools/*.py) tools/interactive.js _config.yml
	@rm -rf _build/html _build/.doctrees
	@mkdir -p _build
	@touch $@

book: $(VENV)/book.stamp _build/tools.stamp  ## set up .venv (without TensorFlow) and build the HTML book
	@# A failed build leaves no cache, which would hide its warnings from the next one.
	$(BIN)/jupyter-book build . -W -n --keep-going --quiet || { rm -rf _build; exit 1; }
	@echo "Open $(CURDIR)/_build/html/index.html"

lint: $(VENV)/full.stamp  ## check style of code and notebooks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

test: $(VENV)/full.stamp lint book  ## set up .venv (everything) and run every check
	$(BIN)/python -m pytest tests -n $(JOBS) --dist loadfile
	$(NBVAL)

robust: $(VENV)/full.stamp  ## search settings again; compare outputs under other threads and instruction sets
	$(BIN)/python -m pytest tests -m tuning -n $(JOBS)
	TF_NUM_INTRAOP_THREADS=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(NBVAL)
	@# Four threads each: one notebook after the other, or they wait for one another.
	TF_NUM_INTRAOP_THREADS=4 OMP_NUM_THREADS=4 OPENBLAS_NUM_THREADS=4 $(NBVAL) -n 1
	TF_ENABLE_ONEDNN_OPTS=1 $(NBVAL)
	TF_ENABLE_ONEDNN_OPTS=1 ONEDNN_MAX_CPU_ISA=AVX2 OPENBLAS_CORETYPE=Haswell $(NBVAL)
	if grep -qs avx512f /proc/cpuinfo; then OPENBLAS_CORETYPE=SkylakeX $(NBVAL); fi

notebooks: $(VENV)/full.stamp  ## re-execute stale chapters (ONLY=path, ALL=1)
	$(BIN)/python -m tools.execute $(if $(ALL),--all) $(ONLY)

GRADER := $(BIN)/python -m assignments.grader --course "$(COURSE)"

release: $(VENV)/full.stamp  ## make students' notebooks and the answer key (ASSIGNMENT=name)
	$(GRADER) release $(ASSIGNMENT)

grade: $(VENV)/full.stamp  ## grade SUBMISSIONS=folder (ROSTER=class.csv, ASSIGNMENT=name)
	@test -n "$(SUBMISSIONS)" || { echo "Say which folder: make grade SUBMISSIONS=..."; exit 1; }
	$(GRADER) grade "$(SUBMISSIONS)" --jobs $(JOBS) \
		$(if $(ROSTER),--roster "$(ROSTER)") $(if $(ASSIGNMENT),--assignment $(ASSIGNMENT))

reproduce: $(VENV)/full.stamp  ## run papers again at full size (ONLY=name); resumes
	$(BIN)/python -m reproductions $(ONLY)

bench: $(VENV)/full.stamp  ## measure how fast the companion trains, on two cores
	$(BIN)/python -m reproductions.bench
	$(BIN)/python -m reproductions.bench.brain

lab: $(VENV)/full.stamp  ## open the chapters in JupyterLab (and the grading of COURSE)
	COURSE="$(COURSE)" JUPYTER_CONFIG_PATH="$(CURDIR)/assignments" \
		$(BIN)/jupyter lab --notebook-dir=. --LabApp.default_url=/lab/tree/chapters

serve: book  ## serve the built book on http://127.0.0.1:8000
	$(BIN)/python -m http.server 8000 --bind 127.0.0.1 --directory _build/html

lock: $(BIN)/python  ## write the locks from pyproject.toml (UPGRADE=1: newest versions)
	$(BIN)/python -m pip install --quiet uv
	@mkdir -p _build && cp requirements-torch.txt _build/torch.txt
	sort -u requirements.txt requirements-cluster.txt requirements-grading.txt > _build/all.txt
	$(COMPILE) pyproject.toml --group book --group run --group test --group cluster \
		--group grading -o _build/all.txt
	$(COMPILE) pyproject.toml --group book --group run --group test -c _build/all.txt \
		-o requirements.txt
	$(COMPILE) --group cluster -c _build/all.txt -o requirements-cluster.txt
	$(COMPILE) --group grading -c _build/all.txt -o requirements-grading.txt
	$(COMPILE) --group book -c requirements.txt -o requirements-book.txt
	$(COMPILE) --group torch -c requirements.txt -o _build/torch.txt
	grep -vE '^(nvidia|cuda|triton)' _build/torch.txt > requirements-torch.txt

clean:  ## remove what was built, keep .venv
	rm -rf _build .pytest_cache .ruff_cache .hypothesis
