"""Every topic of the course has a page, or waits in a list that only shrinks.

python -m tools.checks.topics      removes the ids that pages now cover from the list
"""

import hashlib
import re
import subprocess

import yaml

from tools.checks.pages import markdown_paths, notebook_paths, read
from tools.execute import ROOT

TOPICS = ROOT / "chapters" / "appendix" / "topics.yml"
PENDING = ROOT / "tests" / "topics_pending.txt"
N_TOPICS = 179
# Of the sorted ids, one a line: whoever means to add or drop a topic changes both.
IDS_SHA256 = "07ad370a985a409fa59b64747de222bf0a7a4e0618cc955851364eee58440ef0"
ID = re.compile(r"S[0-9]\.[0-9]+\.[0-9]+")
FIELDS = {"id", "kind", "title", "chapter"}


def sort_key(topic_id):
    """Return the numbers of an id, so that S0.3.10 comes after S0.3.9."""
    return [int(number) for number in re.findall("[0-9]+", topic_id)]


def load_topics(path=TOPICS):
    """Return the list of topics."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def load_pending(path=PENDING):
    """Return the ids that wait for a page, in the order of the file."""
    return path.read_text(encoding="utf-8").split()


def covering_pages(root=ROOT):
    """Return {id: names of the pages that say they cover it}."""
    covering = {}
    for path in notebook_paths(root) + markdown_paths(root):
        page = read(path, root)
        for topic_id in page.about.get("covers") or []:
            covering.setdefault(topic_id, []).append(page.name)
    return covering


def topic_list_problems(topics, name="chapters/appendix/topics.yml"):
    """The data file is complete and well formed."""
    problems = []
    ids = [topic.get("id") for topic in topics]
    for topic in topics:
        label = topic.get("id") or topic.get("title")
        if set(topic) != FIELDS or not all(isinstance(topic[f], str) for f in topic):
            text = (
                f"topic {label} must have the texts {sorted(FIELDS)}; has {sorted(topic)}"
            )
            problems.append(f"{name}: {text}")
        elif not all(topic[field].strip() for field in FIELDS):
            problems.append(f"{name}: topic {label} has an empty text")
        if not ID.fullmatch(str(topic.get("id"))):
            problems.append(f"{name}: {topic.get('id')!r} is no topic id (S0.1.2)")
    twice = sorted({topic_id for topic_id in ids if ids.count(topic_id) > 1}, key=str)
    if twice:
        problems.append(f"{name}: these ids stand twice: {twice}")
    if len(topics) != N_TOPICS:
        problems.append(f"{name}: has {len(topics)} topics; there are {N_TOPICS}")
    return problems


def topic_ids_problems(topics, name="chapters/appendix/topics.yml"):
    """The ids are those of the outline, not others of the same number."""
    listed = "".join(f"{topic_id}\n" for topic_id in sorted(str(t["id"]) for t in topics))
    if hashlib.sha256(listed.encode()).hexdigest() != IDS_SHA256:
        return [f"{name}: an id was added, dropped or renamed (see tools/checks/topics.py)"]
    return []


def coverage_problems(topics, covering, pending):
    """Each topic is covered by a page or pending, never both; no page invents one."""
    problems = []
    ids = {topic["id"] for topic in topics}
    for topic_id, pages in covering.items():
        if topic_id not in ids:
            problems += [
                f"{page}: covers {topic_id!r}, which is no topic" for page in pages
            ]
        elif topic_id in pending:
            text = f"{topic_id} is covered by {', '.join(pages)} and still pending"
            problems.append(f"tests/topics_pending.txt: {text}; remove the line")
    for topic in topics:
        if topic["id"] not in covering and topic["id"] not in pending:
            text = f"must cover {topic['id']} ({topic['title']!r})"
            hint = "no page does (metadata companion.covers), and it is not pending"
            problems.append(f"chapters/{topic['chapter']}: {text}; {hint}")
    return problems


def pending_list_problems(pending, topics, name="tests/topics_pending.txt"):
    """The list is sorted, without doubles, and knows the topics."""
    problems = []
    ids = {topic["id"] for topic in topics}
    if unknown := [topic_id for topic_id in pending if topic_id not in ids]:
        return [f"{name}: these are no topics: {unknown}"]
    if len(set(pending)) != len(pending):
        twice = sorted({i for i in pending if pending.count(i) > 1}, key=sort_key)
        problems.append(f"{name}: these ids stand twice: {twice}")
    if pending != sorted(pending, key=sort_key):
        problems.append(f"{name}: must be sorted by number (S0.3.9 before S0.3.10)")
    return problems


def growth_problems(pending, earlier, when, name="tests/topics_pending.txt"):
    """Nothing was added since an earlier version of the list."""
    added = sorted(set(pending) - set(earlier), key=sort_key)
    if added:
        return [f"{name}: may only shrink, but has {added}, which {when} has not"]
    return []


def git(*command, folder=ROOT):
    """Return what a git command prints, or None where it fails or git is missing."""
    try:
        done = subprocess.run(
            ["git", *command], cwd=folder, capture_output=True, text=True, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def earlier_versions(folder=ROOT, name="tests/topics_pending.txt"):
    """Return {revision: ids} of every commit in which the list changed.

    Empty where there is no git repository, or none has the file yet.
    """
    history = git("log", "--format=%h", "--", name, folder=folder)
    revisions = history.split() if history else []
    texts = {r: git("show", f"{r}:./{name}", folder=folder) for r in revisions}
    return {revision: text.split() for revision, text in texts.items() if text is not None}


def main():
    """Drop the covered ids from the pending list."""
    pending, covered = load_pending(), covering_pages()
    kept = [topic_id for topic_id in pending if topic_id not in covered]
    PENDING.write_text("".join(f"{topic_id}\n" for topic_id in kept), encoding="utf-8")
    print(f"{len(pending) - len(kept)} ids removed, {len(kept)} still pending")


if __name__ == "__main__":
    main()
