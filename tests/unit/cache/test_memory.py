"""What a process keeps is bounded by bytes, and what was not asked for longest goes first."""

import threading

from nuages.cache.entries import Answer, Entry, Memory

FOREVER_S = 1e12


def entry(size_bytes: int) -> Entry:
    """An entry with a body of a size."""
    return Entry(Answer(b"x" * size_bytes, '"e"', (), None), (), (), FOREVER_S, FOREVER_S)


def test_a_hundred_thousand_questions_take_no_more_than_their_bytes() -> None:  # K14
    """However many are asked, the sum stays below the bound."""
    memory = Memory(1_000_000)
    for number in range(100_000):
        memory.put(number, entry(500), 10)
    assert memory.used_bytes <= 1_000_000
    assert 500 < len(memory) <= 1_000_000 // 1_510
    assert memory.get(0) is None
    assert memory.get(99_999) is not None


def test_what_is_asked_for_stays() -> None:
    """The one that is used outlives those that are not."""
    memory = Memory(20_000)
    memory.put("used", entry(500), 0)
    for number in range(100):
        memory.put(number, entry(500), 0)
        assert memory.get("used") is not None


def test_a_large_answer_drives_nobody_out() -> None:
    """More than an eighth of the whole is not kept."""
    memory = Memory(80_000)
    memory.put("small", entry(10), 0)
    memory.put("large", entry(10_000), 0)
    assert (memory.get("large"), memory.get("small") is not None) == (None, True)


def test_an_entry_in_anothers_place_counts_once() -> None:
    """Put anew, its bytes are those of the new one."""
    memory = Memory(80_000)
    for size_bytes in (10, 5_000, 20):
        memory.put("one", entry(size_bytes), 0)
    assert (len(memory), memory.used_bytes) == (1, 1_020)
    memory.clear()
    assert (len(memory), memory.used_bytes) == (0, 0)


def test_threads_share_it() -> None:
    """Eight at once, and the sums are right."""
    memory = Memory(50_000)

    def work(start: int) -> None:
        for number in range(start, start + 3_000):
            memory.put(number % 50, entry(number % 700), 0)
            memory.get((number + 7) % 50)

    threads = [threading.Thread(target=work, args=(n * 3_000,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert memory.used_bytes == sum(size for _, size in memory._entries.values()) <= 50_000
