"""The examples of RFC 6902, and the patches that a test draws at random."""

from typing import Any

from hypothesis import strategies as st

# The section of Appendix A, a document, a patch of it, and what comes of it: a document, or the code of a refusal.
APPENDIX_A: list[tuple[str, Any, list[dict[str, Any]], Any]] = [
    ("A.1", {"foo": "bar"}, [{"op": "add", "path": "/baz", "value": "qux"}], {"baz": "qux", "foo": "bar"}),
    (
        "A.2",
        {"foo": ["bar", "baz"]},
        [{"op": "add", "path": "/foo/1", "value": "qux"}],
        {"foo": ["bar", "qux", "baz"]},
    ),
    ("A.3", {"baz": "qux", "foo": "bar"}, [{"op": "remove", "path": "/baz"}], {"foo": "bar"}),
    ("A.4", {"foo": ["bar", "qux", "baz"]}, [{"op": "remove", "path": "/foo/1"}], {"foo": ["bar", "baz"]}),
    (
        "A.5",
        {"baz": "qux", "foo": "bar"},
        [{"op": "replace", "path": "/baz", "value": "boo"}],
        {"baz": "boo", "foo": "bar"},
    ),
    (
        "A.6",
        {"foo": {"bar": "baz", "waldo": "fred"}, "qux": {"corge": "grault"}},
        [{"op": "move", "from": "/foo/waldo", "path": "/qux/thud"}],
        {"foo": {"bar": "baz"}, "qux": {"corge": "grault", "thud": "fred"}},
    ),
    (
        "A.7",
        {"foo": ["all", "grass", "cows", "eat"]},
        [{"op": "move", "from": "/foo/1", "path": "/foo/3"}],
        {"foo": ["all", "cows", "eat", "grass"]},
    ),
    (
        "A.8",
        {"baz": "qux", "foo": ["a", 2, "c"]},
        [{"op": "test", "path": "/baz", "value": "qux"}, {"op": "test", "path": "/foo/1", "value": 2}],
        {"baz": "qux", "foo": ["a", 2, "c"]},
    ),
    ("A.9", {"baz": "qux"}, [{"op": "test", "path": "/baz", "value": "bar"}], "patch-test-failed"),
    (
        "A.10",
        {"foo": "bar"},
        [{"op": "add", "path": "/child", "value": {"grandchild": {}}}],
        {"foo": "bar", "child": {"grandchild": {}}},
    ),
    (
        "A.11",
        {"foo": "bar"},
        [{"op": "add", "path": "/baz", "value": "qux", "xyz": 123}],
        {"foo": "bar", "baz": "qux"},
    ),
    ("A.12", {"foo": "bar"}, [{"op": "add", "path": "/baz/bat", "value": "qux"}], "patch-path-missing"),
    ("A.14", {"/": 9, "~1": 10}, [{"op": "test", "path": "/~01", "value": 10}], {"/": 9, "~1": 10}),
    ("A.15", {"/": 9, "~1": 10}, [{"op": "test", "path": "/~01", "value": "10"}], "patch-test-failed"),
    (
        "A.16",
        {"foo": ["bar"]},
        [{"op": "add", "path": "/foo/-", "value": ["abc", "def"]}],
        {"foo": ["bar", ["abc", "def"]]},
    ),
]
A_13 = b'[{"op": "add", "path": "/baz", "value": "qux", "op": "remove"}]'

# Section 4.1 onwards: what is no patch, where it is wrong, and why. "" is the whole of it.
MALFORMED: list[tuple[Any, str]] = [
    ({}, ""),
    ("remove", ""),
    (7, ""),
    (None, ""),
    ([7], "/0"),
    ([[]], "/0"),
    ([None], "/0"),
    ([{}], "/0/op"),
    ([{"op": 5, "path": "/a"}], "/0/op"),
    ([{"op": [], "path": "/a"}], "/0/op"),
    ([{"op": "ADD", "path": "/a", "value": 1}], "/0/op"),
    ([{"op": "append", "path": "/a", "value": "b"}], "/0/op"),
    ([{"op": "test", "path": "/a", "value": 1}, {"op": "remove"}], "/1/path"),
    ([{"op": "add", "path": "/a"}], "/0/value"),
    ([{"op": "replace", "path": "/a"}], "/0/value"),
    ([{"op": "test", "path": "/a"}], "/0/value"),
    ([{"op": "move", "path": "/a"}], "/0/from"),
    ([{"op": "copy", "path": "/a", "from": 3}], "/0/from"),
    ([{"op": "remove", "path": 3}], "/0/path"),
    ([{"op": "remove", "path": None}], "/0/path"),
    ([{"op": "remove", "path": ["a"]}], "/0/path"),
    ([{"op": "remove", "path": "a"}], "/0/path"),
    ([{"op": "remove", "path": "/a~2"}], "/0/path"),
    ([{"op": "remove", "path": "/a~"}], "/0/path"),
    ([{"op": "remove", "path": ""}], "/0/path"),
    ([{"op": "remove", "path": "/a" * 65}], "/0/path"),
    ([{"op": "move", "from": "/a", "path": "/a/b"}], "/0/path"),
    ([{"op": "move", "from": "", "path": "/a"}], "/0/path"),
    ([{"op": "remove", "path": "/a"}] * 1_001, ""),
]


def pointers(value: Any, pointer: str = "") -> list[str]:
    """Every place in a document."""
    steps = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    inner = [(f"{pointer}/{str(step).replace('~', '~0').replace('/', '~1')}", each) for step, each in steps]
    return [pointer, *(found for place, each in inner for found in pointers(each, place))]


@st.composite
def patches(draw: Any, document: Any, values: st.SearchStrategy[Any]) -> list[dict[str, Any]]:
    """Draw operations on places that there are, beside some, and below some."""
    known = pointers(document)
    beside = st.sampled_from(["", "", "", "/-", "/0", "/1", "/new", "/~01", "x", "/99999999999999999999"])
    places = st.tuples(st.sampled_from(known), beside).map("".join)
    found = []
    for name in draw(st.lists(st.sampled_from(["add", "remove", "replace", "move", "copy", "test"]), max_size=6)):
        operation = {"op": name, "path": draw(places)}
        if name in {"add", "replace", "test"}:
            operation["value"] = draw(values)
        if name in {"move", "copy"}:
            operation["from"] = draw(places)
        found.append(operation)
    return found
