"""The guards of kept answers, by section 2.9 of the list of threats: who must not share, and what must not be old."""

from tests.guards.guard import Cut, Guard

_CHANGES = "http/test_cache_changes.py"
_SHARING = "http/test_cache_sharing.py"
_FUNCTIONS = "http/test_cache_endpoints.py"
_REDIS = "unit/cache/test_redis.py"


def _one(name: str, module: str, there: str, without: str, *tests: str) -> Guard:
    return Guard(name, (Cut(f"nuages.{module}", there, without),), tests)


CACHED = (
    _one(
        "K01 the rules' values tell who shares",
        "kept_reads",
        "(name, guard.shape, guard.values, tuple(map(type, guard.values))) for",
        "(name, guard.shape, (), ()) for",
        f"{_SHARING}::test_who_may_see_the_same_shares_it_and_nobody_else_does",
    ),
    _one(
        "K01 the rules of what is nested",
        "kept_reads",
        "_key(place, read.guards)",
        "_key(place, {})",
        f"{_SHARING}::test_the_rules_of_what_is_nested_count_too",
    ),
    _one(
        "K01 who does not see a field",
        "kept_reads",
        "        asked.operation.spec.plan_name,\n        *place_of",
        "        asked.operation.kind,\n        *place_of",
        f"{_SHARING}::test_hidden_fields_are_not_shared",
    ),
    _one(
        "views are not kept",
        "cache.unkept",
        "return not unkept or unkept.isdisjoint(tables)",
        "return True",
        f"{_SHARING}::test_nothing_is_kept_of_a_view",
    ),
    _one(
        "K04 the host of links",
        "kept",
        'origin_of(request) if is_absolute else "",',
        '"",',
        f"{_SHARING}::test_the_spelling_of_an_address_poisons_nobody",
    ),
    _one(
        "K06 what is committed ends answers",
        "cache.noticing",
        "            _transaction_of(connection).end()\n",
        "            pass\n",
        f"{_CHANGES}::test_every_committed_change_ends_what_it_touches[sqlite-transaction]",
        f"{_CHANGES}::test_every_committed_change_ends_what_it_touches[sqlite-cascade]",
    ),
    _one(
        "K06 what is changed by one statement",
        "execute.run",
        "    finally:\n        notice(connection, text)\n",
        "    finally:\n        pass\n",
        f"{_CHANGES}::test_the_changes_of_the_api_itself_end_answers",
    ),
    _one(
        "K07 versions of before the statement",
        "cache.keeper",
        "memory().put(key, Entry(answer, *noted,",
        "memory().put(key, Entry(answer, noted[0], versions().current(noted[0]) or noted[1],",
        f"{_CHANGES}::test_a_change_while_it_is_computed_ends_an_answer",
        f"{_FUNCTIONS}::test_a_change_while_it_is_called_ends_an_answer",
    ),
    _one(
        "K08 nothing kept inside a transaction",
        "kept_reads",
        "if is_changing(connection):",
        "if False:",
        f"{_CHANGES}::test_what_was_rolled_back_ends_nothing_and_is_seen_by_nobody",
    ),
    _one(
        "F05 each run of a server by itself",
        "cache.server",
        'answer = question(f"{_PREFIX}{run}:")',
        "answer = question(_PREFIX)",
        f"{_REDIS}::test_what_a_server_brings_back_from_its_disk_is_out_of_reach",
    ),
    _one(
        "a change that is owed",
        "cache.redis_versions",
        "            self._owe(changed)\n",
        "            pass\n",
        f"{_REDIS}::test_a_change_that_could_not_be_told_is_told_later",
    ),
    _one(
        "K01 who asks a function",
        "functions.kept",
        'as_asked(principal) if target.is_personal else ("", principal)',
        '"", principal',
        f"{_FUNCTIONS}::test_who_asks_is_told_apart_where_it_could_matter",
    ),
    _one(
        "K02 the headers that a function takes",
        "functions.kept",
        "for name in target.kept_headers",
        "for name in ()",
        f"{_FUNCTIONS}::test_headers_and_cookies_of_the_signature_tell_answers_apart",
    ),
    _one(
        "what was looked up of a user before a call",
        "functions.asking",
        "replace(principal, user=_anew(user))",
        "principal",
        f"{_FUNCTIONS}::test_what_is_known_of_a_user_is_never_old",
    ),
    _one(
        "K11 the rule before what is kept",
        "functions.call",
        "    _demand(target, principal)\n    if target.job",
        "    if target.job",
        f"{_FUNCTIONS}::test_a_right_that_is_gone_is_gone_at_once_for_functions_too",
    ),
    _one(
        "K08 what a call does besides reading",
        "cache.reads",
        "if is_changing or read is None or tables_changed(text):",
        "if read is None:",
        f"{_FUNCTIONS}::test_what_cannot_be_kept_is_not[sqlite-transaction]",
        f"{_FUNCTIONS}::test_what_cannot_be_kept_is_not[sqlite-writing]",
    ),
    _one(
        "views that a call reads",
        "cache.reads",
        "read | self._words[alias]",
        "read",
        f"{_FUNCTIONS}::test_nothing_is_kept_of_a_view_by_a_function",
    ),
    _one(
        "K06 statements past Django's cursors",
        "execute.run",
        "    note_read(connection, text)\n",
        "",
        f"{_FUNCTIONS}::test_the_straight_path_is_seen_too",
    ),
)
