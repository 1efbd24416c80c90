"""What the history of invalidations says, and when it says nothing."""

from app.infrastructure.cache.advice import OFTEN, OFTEN_SECONDS, Invalidated, advise, by_selector

NOW = 1_000_000.0


def past(selector: str, *ages: float, removed: int = 1) -> list[Invalidated]:
    return [Invalidated(NOW - age, selector, removed, complete=True) for age in ages]


def test_nothing_is_said_about_nothing_or_little() -> None:
    assert advise([], NOW) == []
    assert advise(past("tag=x", *range(OFTEN - 1)), NOW) == []


def test_a_frequent_selector_is_named_with_the_gap_between_two() -> None:
    [advice] = advise(past("tag=x", 0, 60, 120, 180, 1000), NOW)
    assert (advice.selector, advice.finding) == ("tag=x", "invalidated often")
    assert advice.numbers == {
        "invalidations": 5,
        "within_seconds": OFTEN_SECONDS,
        "removed": 5,
        "median_gap_seconds": 60,
    }


def test_what_is_long_ago_is_not_often() -> None:
    assert advise(past("tag=x", *(OFTEN_SECONDS + age for age in range(10))), NOW) == []


def test_everything_is_advised_against_in_other_words_than_one_operation() -> None:
    [everything], [one] = (advise(past(selector, *range(OFTEN)), NOW) for selector in ("all", "operation=qa"))
    assert everything.advice != one.advice


def test_a_selector_that_mostly_removes_nothing_is_named() -> None:
    idle, useful = past("tag=x", 0, 1, 2, removed=0), past("tag=x", 3)
    [advice] = advise(idle + useful, NOW)
    assert (advice.finding, advice.numbers) == ("removes nothing", {"invalidations": 4, "removed_nothing": 3})
    assert advise(idle + past("tag=x", *(OFTEN_SECONDS + age for age in range(4))), NOW) == []


def test_the_most_frequent_selector_comes_first_and_each_in_the_order_of_time() -> None:
    groups = by_selector(past("tag=x", 1) + past("tag=y", 1, 5, 3))
    assert list(groups) == ["tag=y", "tag=x"]
    assert [NOW - one.at for one in groups["tag=y"]] == [5, 3, 1]
