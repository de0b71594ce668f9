"""Every topic of the course has a page that says it covers it."""

import hashlib
import re

import yaml

from tools.checks.pages import markdown_paths, notebook_paths, read
from tools.execute import ROOT

TOPICS = ROOT / "chapters" / "appendix" / "topics.yml"
N_TOPICS = 179
# Of the sorted ids, one a line: whoever means to add or drop a topic changes both.
IDS_SHA256 = "07ad370a985a409fa59b64747de222bf0a7a4e0618cc955851364eee58440ef0"
ID = re.compile(r"S[0-9]\.[0-9]+\.[0-9]+")
FIELDS = {"id", "kind", "title", "chapter"}


def load_topics(path=TOPICS):
    """Return the list of topics."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


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


def coverage_problems(topics, covering):
    """Each topic is covered by a page, and no page invents one."""
    ids = {topic["id"] for topic in topics}
    problems = [
        f"{page}: covers {topic_id!r}, which is no topic"
        for topic_id, pages in covering.items()
        for page in pages
        if topic_id not in ids
    ]
    for topic in topics:
        if topic["id"] not in covering:
            text = f"must cover {topic['id']} ({topic['title']!r}); no page does"
            problems.append(f"chapters/{topic['chapter']}: {text} (see companion.covers)")
    return problems
