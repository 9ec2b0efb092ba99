"""What a throttle may say, and what is told of one that is wrong."""

from typing import Any

import pytest

from nuages import Limit
from nuages.limit.declared import limits_in, throttle_mistakes
from nuages.limit.rates import Rate, read_rate


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("600/min", Rate(600, 60)),
        ("10/s", Rate(10, 1)),
        ("100/15min", Rate(100, 900)),
        (" 5000 / day ", Rate(5000, 86_400)),
        ("3/2hour", Rate(3, 7200)),
    ],
)
def test_a_rate_is_a_quota_and_a_window(text: str, rate: Rate) -> None:
    """In the units that people write."""
    assert read_rate(text) == rate


@pytest.mark.parametrize(
    "text", ["", "600", "600/", "/min", "0/min", "-1/s", "1/0s", "1.5/s", "1/fortnight", "9/40day", "1e3/s"]
)
def test_what_is_no_rate_is_refused_with_the_next_step(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError, match=r"write|rule|window"):
        read_rate(text)


@pytest.mark.parametrize("throttle", [None, "5/s", Limit("5/s", by="address"), ["5/s", Limit("9/min", cost=9)], []])
def test_rates_limits_and_several_of_them_are_right(throttle: Any) -> None:
    """For an API and for a resource."""
    assert list(throttle_mistakes(throttle)) == []
    assert list(throttle_mistakes({"read": throttle}, ["read"])) == []


@pytest.mark.parametrize(
    ("throttle", "told"),
    [
        (5, "5 is no rate."),
        ("5 per second", "is no rate"),
        ([None], "None is no rate."),
        (Limit("5/s", by="usr"), "by='usr' says nobody."),
        (Limit("5/s", cost=0), "cost=0 cannot be paid."),
        (Limit("5/s", cost=6), "cost=6 cannot be paid."),
        (Limit("5/s", cost=True), "cost=True cannot be paid."),
        (Limit("5/s", name='a"b'), "cannot stand in a header"),
    ],
)
def test_a_wrong_limit_is_told(throttle: Any, told: str) -> None:
    """Each by what is wrong with it."""
    (message, _), *more = throttle_mistakes(throttle)
    assert told in message
    assert more == []


def test_an_operation_that_there_is_not_is_told_with_the_nearest() -> None:
    """As in `rules`."""
    assert list(throttle_mistakes({"raed": "5/s"}, ["read", "pay"])) == [
        ("names no operation: 'raed'.", "Did you mean 'read'?")
    ]
    assert [message for message, _ in throttle_mistakes({"read": "5/s"})] == [
        "is a dict; an API has one throttle for all."
    ]


def test_a_rate_alone_stands_for_a_limit() -> None:
    """By whoever asks, a cost of one."""
    assert limits_in("5/s") == (Limit("5/s"),)
    assert limits_in(["5/s", Limit("9/min")]) == (Limit("5/s"), Limit("9/min"))
