"""A JSON Patch gives what python-json-patch gives, exactly and within bounds, or a problem that names its operation."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonpatch import JsonPatchException
from jsonpatch import apply_patch as apply_theirs
from jsonpointer import JsonPointerException

from nuages.errors import BadRequest, Conflict, Problem, Unprocessable
from nuages.parse.json_body import Number, read_json, read_shown
from nuages.parse.json_patch import MAX_MOVED_BYTES, MAX_OPERATIONS, apply_patch
from nuages.parse.json_values import is_same
from tests.support.json_patches import APPENDIX_A, MALFORMED, patches

DEEP = 900


def as_read(value: Any) -> Any:
    """A value as a body's reader gives it."""
    return read_json(json.dumps(value).encode())


def refused(patch: Any, document: Any) -> tuple[int, str, list[str]]:
    """Status, code and pointers of what a patch is refused with."""
    with pytest.raises(Problem) as caught:
        apply_patch(as_read(patch), as_read(document))
    return caught.value.status, caught.value.code, [fault.pointer for fault in caught.value.faults]


@pytest.mark.parametrize(("section", "document", "patch", "expected"), APPENDIX_A, ids=[case[0] for case in APPENDIX_A])
def test_the_examples_of_the_rfc(section: str, document: Any, patch: Any, expected: Any) -> None:
    """Appendix A."""
    if isinstance(expected, str):
        assert refused(patch, document) == (409, expected, ["/0"])
    else:
        assert is_same(apply_patch(as_read(patch), as_read(document)), as_read(expected))


@pytest.mark.parametrize(("patch", "pointer"), MALFORMED)
def test_what_is_no_patch(patch: Any, pointer: str) -> None:
    """400, whatever the document is."""
    assert refused(patch, {"a": {"b": 1}}) == (400, "invalid-patch", [pointer] if pointer else [])


def test_every_fault_of_a_patch_is_told() -> None:
    """Up to a hundred."""
    patch = [{"op": "add"}, {"op": "copy", "from": "a", "path": "b"}, {"op": "remove", "path": "/a"}, 1]
    assert refused(patch, {})[2] == ["/0/path", "/0/value", "/1/from", "/1/path", "/3"]
    assert len(refused([1] * MAX_OPERATIONS, {})[2]) == 100


@pytest.mark.parametrize(
    ("document", "operation"),
    [
        ({}, {"op": "remove", "path": "/a"}),
        ({}, {"op": "replace", "path": "/a", "value": 1}),
        ({}, {"op": "copy", "from": "/a", "path": "/b"}),
        ({}, {"op": "move", "from": "/a", "path": "/b"}),
        ({}, {"op": "move", "from": "/a", "path": "/a"}),
        ({"a": [1]}, {"op": "add", "path": "/a/2", "value": 1}),
        ({"a": [1]}, {"op": "add", "path": "/a/01", "value": 1}),
        ({"a": [1]}, {"op": "add", "path": "/a/-1", "value": 1}),
        ({"a": [1]}, {"op": "add", "path": "/a/x", "value": 1}),
        ({"a": [1]}, {"op": "replace", "path": "/a/-", "value": 1}),
        ({"a": [1]}, {"op": "remove", "path": "/a/-"}),
        ({"a": [1]}, {"op": "remove", "path": "/a/1"}),
        ({"a": [1]}, {"op": "remove", "path": "/a/\u0660"}),
        ({"a": [1]}, {"op": "copy", "from": "/a/-", "path": "/b"}),
        ({"a": [1]}, {"op": "add", "path": "/a/-/b", "value": 1}),
        ({"a": [1]}, {"op": "remove", "path": f"/a/{'9' * 5_000}"}),
        ({"a": "text"}, {"op": "add", "path": "/a/0", "value": 1}),
        ({"a": 12}, {"op": "add", "path": "/a/0", "value": 1}),
        ({"a": 12}, {"op": "copy", "from": "/a/0", "path": "/b"}),
        ({"a": None}, {"op": "remove", "path": "/a/b"}),
        ({"a": True}, {"op": "replace", "path": "/a/b", "value": 1}),
    ],
)
def test_a_place_that_is_not_there(document: Any, operation: Any) -> None:
    """409: the patch is sound, and what is stored stands against it (RFC 5789 section 2.2)."""
    patch = [{"op": "test", "path": "", "value": document}, operation]
    assert refused(patch, document) == (409, "patch-path-missing", ["/1"])


@pytest.mark.parametrize(
    ("there", "tested", "holds"),
    [
        ("12.50", "12.5", True),
        ("1", "1.0", True),
        ("100", "1e2", True),
        ("9007199254740993", "9007199254740992", False),
        ("0.1", "0.1000000000000000000000000001", False),
        ("1", '"1"', False),
        ('"1"', "1", False),
        ("1", "true", False),
        ("0", "false", False),
        ("0", "null", False),
        ('{"a": 1, "b": [1.0]}', '{"b": [1], "a": 1.0}', True),
        ("[1, 2]", "[2, 1]", False),
        ("[]", "{}", False),
    ],
)
def test_numbers_are_tested_by_their_value(there: str, tested: str, holds: bool) -> None:
    """RFC 6902 section 4.6, without floats in between; text and truths are something else."""
    document, patch = f'{{"a": {there}}}', f'[{{"op": "test", "path": "/a", "value": {tested}}}]'
    if holds:
        assert apply_patch(read_json(patch.encode()), read_json(document.encode())) is not None
        return
    with pytest.raises(Conflict) as caught:
        apply_patch(read_json(patch.encode()), read_json(document.encode()))
    assert caught.value.code == "patch-test-failed"


def test_a_test_of_no_place_fails() -> None:
    """As a test, whichever step is missing."""
    for path in ("/b", "/a/-", "/a/9", "/a/x/y"):
        assert refused([{"op": "test", "path": path, "value": None}], {"a": [1]})[1] == "patch-test-failed"


def test_numbers_stay_as_they_are_spelled() -> None:
    """Also where they are copied."""
    patch = as_read([{"op": "copy", "from": "/a", "path": "/b"}, {"op": "add", "path": "/c", "value": [1]}])
    patched = apply_patch(patch, read_json(b'{"a": {"x": 12.50, "y": 123456789012345678901234567890}}'))
    assert patched["b"] == {"x": "12.50", "y": "123456789012345678901234567890"}
    assert {type(number) for number in (*patched["b"].values(), *patched["c"])} == {Number}


def test_copies_do_not_grow_without_end() -> None:
    """Each doubles the document: twenty of them a text of a megabyte, a thousand of them the universe."""
    doubling = [{"op": "copy", "from": "", "path": f"/copy{number}"} for number in range(50)]
    status, code, (pointer,) = refused(doubling, {"text": "x" * 1_000})
    assert (status, code) == (422, "patch-too-large")
    assert 5 < int(pointer[1:]) < 12
    assert refused([{"op": "copy", "from": "", "path": f"/a{n}"} for n in range(50)], {"list": [0] * 1_000})[0] == 422


def test_moves_are_counted_too() -> None:
    """Each is looked at for its depth."""
    to_and_fro = [{"op": "move", "from": f"/{n}", "path": f"/{n + 1}"} for n in range(100)]
    assert refused(to_and_fro, {"0": "x" * (MAX_MOVED_BYTES // 50)}) == (422, "patch-too-large", ["/49"])
    assert apply_patch(as_read(to_and_fro[:49]), {"0": "x" * (MAX_MOVED_BYTES // 50)}).keys() == {"49"}


@pytest.mark.parametrize(
    "step",
    [
        {"op": "add", "value": {"a": {"a": {"a": {}}}}},
        {"op": "replace", "value": {"a": {"a": {"a": {}}}}},
        {"op": "copy", "from": "/b"},
    ],
)
def test_depth_is_bounded(step: Any) -> None:
    """As that of a body; each operation may go deeper, or none of the library's recursions would be safe."""
    there = [{**step, "path": "/a" * (1 + 3 * number)} for number in range(22)]
    document = {"a": {"a": {}}, "b": {"a": {"a": {"a": {}}}}}
    assert refused(there, document) == (422, "patch-too-large", ["/20"])


def test_moves_into_one_another_are_bounded() -> None:
    """The depth grows, though nothing is added."""
    document = {str(number): {} for number in range(200)}
    nesting = [{"op": "move", "from": f"/{n}", "path": f"/{n + 1}/in"} for n in range(199)]
    status, code, (pointer,) = refused(nesting, document)
    assert (status, code, int(pointer[1:])) == (422, "patch-too-large", 62)


def test_what_was_stored_too_deep_is_refused() -> None:
    """By others, who are not bounded; a place elsewhere may be patched all the same."""
    text = b'{"deep": %b0%b, "b": 1}' % (b"[" * DEEP, b"]" * DEEP)
    patched = apply_patch(as_read([{"op": "remove", "path": "/b"}]), read_shown(text))
    assert patched.keys() == {"deep"}
    assert is_same(patched["deep"], read_shown(text)["deep"])
    with pytest.raises(Unprocessable) as caught:
        apply_patch(as_read([{"op": "copy", "from": "/deep", "path": "/b"}]), read_shown(text))
    assert caught.value.code == "patch-too-large"
    with pytest.raises(BadRequest):
        read_shown(b"[" * 200_000)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "1", "~/"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "~1", "0", ""]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(document=VALUES, data=st.data())
def test_what_comes_of_a_patch_is_what_the_library_makes_of_it(document: Any, data: Any) -> None:
    """Or both refuse it; nothing else is ever raised."""
    patch = data.draw(patches(document, VALUES))
    try:
        expected, fails = apply_theirs(document, patch), False
    except (JsonPatchException, JsonPointerException):
        expected, fails = None, True
    if fails:
        assert refused(patch, document)[0] in {400, 409}, patch
    else:
        assert is_same(apply_patch(as_read(patch), as_read(document)), as_read(expected))
