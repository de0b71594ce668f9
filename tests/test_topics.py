"""Every topic of the outline is covered by a page, or waits in a list that only shrinks."""

import pytest

from tools.checks import fail_on, topics


def test_topic_list_is_complete_and_well_formed():
    listed = topics.load_topics()
    fail_on(topics.topic_list_problems(listed) + topics.topic_ids_problems(listed))


def test_every_topic_is_covered_or_pending():
    covering = topics.covering_pages()
    fail_on(topics.coverage_problems(topics.load_topics(), covering, topics.load_pending()))


def test_pending_list_is_sorted_and_known():
    fail_on(topics.pending_list_problems(topics.load_pending(), topics.load_topics()))


def test_pending_list_only_shrinks():
    earlier = topics.earlier_versions()
    if not earlier:
        pytest.skip("no git history with tests/topics_pending.txt to compare with")
    problems = []
    for revision, ids in earlier.items():
        problems += topics.growth_problems(topics.load_pending(), ids, revision)
    fail_on(problems)
