"""Every topic of the outline is covered by a page."""

from tools.checks import fail_on, topics


def test_topic_list_is_complete_and_well_formed():
    listed = topics.load_topics()
    fail_on(topics.topic_list_problems(listed) + topics.topic_ids_problems(listed))


def test_every_topic_is_covered():
    fail_on(topics.coverage_problems(topics.load_topics(), topics.covering_pages()))
