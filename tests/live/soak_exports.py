"""What takes too long for every commit: a million rows, exported by every server from both databases. `make soak`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.exporting import FIRST, SERVERS, Growth, asked, count_lines, exporting, fill
from tests.live.racing import temp_url

ROWS = 1_000_000
MOST_BYTES = 32 << 20


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a database with a million authors."""
    seeded, directory = request.getfixturevalue("seeded"), tmp_path_factory.mktemp(request.param)
    with temp_url(request.param, directory, seeded) as url:
        fill(directory, url, ROWS)
        yield url


@pytest.mark.parametrize("kind", SERVERS)
@pytest.mark.parametrize(("accept", "head"), [("text/csv", 1), ("application/x-ndjson", 0)])
def test_a_million_rows_take_little_memory(url: str, tmp_path: Path, kind: str, accept: str, head: int) -> None:
    """Less than 32 MB beyond what a short export takes, and all of them arrive."""
    with exporting(kind, tmp_path, url) as server:
        with asked(server, f"?id__gt={FIRST}&limit=10", accept) as response:
            assert count_lines(response) == (10 + head, b"")
        growth = Growth(server)
        with asked(server, f"?id__gt={FIRST}", accept) as response:
            growth.look()
            assert count_lines(response, growth.look) == (ROWS + head, b"")
        print(f"{kind} {accept}: {growth.most_bytes / (1 << 20):.1f} MB")
        assert growth.most_bytes < MOST_BYTES
