"""The guards of tokens, logins, browsers, rules, exports and against faults, by the sections of the list of threats.


Those of passkeys stand in no list; their names are what Web Authentication demands.
"""

from tests.guards.cached import CACHED
from tests.guards.guard import Cut, Guard
from tests.guards.webhooks import WEBHOOKS

_TOKENS = "http/test_threats_tokens.py"
_BEARER = "http/test_tokens.py"
_KEYS = "unit/identify/test_keys.py"
_LOGINS = "http/test_logins.py"
_LIMITS = "http/test_login_limits.py"
_COOKIES = "http/test_login_cookies.py"
_CSRF = "http/test_csrf_cases.py"
_CORS = "http/test_cors.py"
_ACCESS = "http/test_threats_access.py"
_RULES = "http/test_rules.py"
_VISIBLE = "http/test_visible.py"
_PASSKEYS = "http/test_passkeys.py"
_SILENCE = "unit/execute/test_silence.py"
_STORES = "unit/limit/test_stores.py"
_EXPORTS = "http/test_exports.py"
_COMPRESSION = "http/test_compression.py"


def _one(name: str, module: str, there: str, without: str, *tests: str) -> Guard:
    """A guard that stands in one place."""
    return Guard(name, (Cut(f"nuages.{module}", there, without),), tests)


TOKENS = (
    _one(
        "J02 J04 one key, one algorithm",
        "identify.sources",
        "if key is None or key.algorithm != algorithm or algorithm not in self.algorithms:",
        "if key is None:",
        f"{_TOKENS}::test_header_is_refused[J02 alg HS257]",
        f"{_TOKENS}::test_header_is_refused[J04 alg ES256]",
    ),
    _one(
        "J01 J05 J06 the signature",
        "identify.sources",
        "if not key.is_signature(parts.signature, parts.signed):",
        "if False:",
        f"{_TOKENS}::test_j01_no_signature_is_refused",
        f"{_TOKENS}::test_j05_signature_of_another_key_or_text",
        f"{_TOKENS}::test_j06_each_flipped_bit_is_seen",
    ),
    _one(
        "J08 the kid names the key",
        "identify.sources",
        "key = self.find_key(kid) if isinstance(kid, str) else None",
        "key = (self.find_key(kid) if isinstance(kid, str) else None) or next(iter(self.find_key.__self__.values()))",
        f"{_TOKENS}::test_header_is_refused[J08 unknown kid]",
        f"{_TOKENS}::test_header_is_refused[J08 no kid]",
    ),
    _one(
        "J10 J11 J12 headers that are not understood",
        "identify.compact",
        "if not _REFUSED.isdisjoint(header):",
        "if False:",
        f"{_TOKENS}::test_header_is_refused[J10 jku]",
        f"{_TOKENS}::test_header_is_refused[J11 crit unknown]",
        f"{_TOKENS}::test_header_is_refused[J12 zip]",
    ),
    _one(
        "J13 the end of a token",
        "identify.demands",
        "if now_s >= self.end_s(claims):",
        "if False:",
        f"{_TOKENS}::test_j13_expiry_has_a_code_of_its_own",
    ),
    _one(
        "J14 exp must be there",
        "identify.demands",
        '("iat", "exp")\n',
        '("iat",)\n',
        f"{_TOKENS}::test_claims_are_refused[J14 no exp]",
    ),
    _one(
        "J15 times are whole numbers",
        "identify.demands",
        "if type(given) is not int or not 0 <= given < _MAX_TIME_S:",
        "if False:",
        f"{_TOKENS}::test_claims_are_refused[J15 exp float]",
        f"{_TOKENS}::test_claims_are_refused[J15 exp True]",
        f"{_TOKENS}::test_claims_are_refused[J15 exp text]",
    ),
    _one(
        "J16 nbf and iat",
        "identify.demands",
        'if claims.get("nbf", 0) > now_s + self.leeway_s or claims.get("iat", 0) > now_s + self.leeway_s + CLOCK_S:',
        "if False:",
        f"{_TOKENS}::test_claims_are_refused[J16 nbf ahead]",
        f"{_TOKENS}::test_claims_are_refused[J16 iat far ahead]",
    ),
    Guard(
        "J18 the issuer",
        (
            Cut(
                "nuages.identify.bearer",
                "self._sources.get(issuer) if isinstance(issuer, str) else None",
                "next(iter(self._sources.values()))",
            ),
            Cut("nuages.identify.demands", ' or claims.get("iss") != self.issuer', ""),
        ),
        (
            f"{_TOKENS}::test_claims_are_refused[J18 iss 'other']",
            f"{_TOKENS}::test_claims_are_refused[J18 iss 'nuages/']",
        ),
    ),
    _one(
        "J19 the audience",
        "identify.demands",
        "if self.audience not in named or not all(isinstance(name, str) for name in named):",
        "if False:",
        f"{_TOKENS}::test_claims_are_refused[J19 aud 'other']",
        f"{_TOKENS}::test_claims_are_refused[J19 aud '[]']",
    ),
    _one(
        "J20 the type",
        "identify.demands",
        'str(header.get("typ")).lower() not in self.types or ',
        "",
        f"{_TOKENS}::test_header_is_refused[J20 typ JWT]",
        f"{_TOKENS}::test_header_is_refused[J20 no typ]",
    ),
    _one(
        "J22 whether the login stands",
        "identify.logins",
        "pk=key, ended_at__isnull=True, expires_at__gt=timezone.now()",
        "pk=key",
        f"{_BEARER}::test_j22_token_of_a_login_that_does_not_stand[sqlite-ended]",
        f"{_BEARER}::test_j22_token_of_a_login_that_does_not_stand[sqlite-over]",
    ),
    _one(
        "J22 whose login it is",
        "identify.logins",
        "and str(found.user.pk) == subject and",
        "and",
        f"{_BEARER}::test_j22_token_of_a_login_that_does_not_stand[sqlite-other user]",
    ),
    _one(
        "J22 R14 an active user with the password of then",
        "identify.logins",
        "return bool(login.user.is_active) and any(",
        "return True or any(",
        f"{_BEARER}::test_j22_token_of_a_login_that_does_not_stand[sqlite-inactive]",
        f"{_BEARER}::test_j22_token_of_a_login_that_does_not_stand[sqlite-password]",
        f"{_LOGINS}::test_who_the_user_is_no_more_gets_nothing[sqlite-password]",
    ),
    _one(
        "J23 no name twice",
        "identify.compact",
        "if len(found) != len(pairs):",
        "if False:",
        f"{_TOKENS}::test_header_is_refused[J23 alg twice]",
        f"{_TOKENS}::test_claims_are_refused[J23 sub twice]",
    ),
    _one(
        "J25 how long a token may be",
        "identify.compact",
        "MAX_CHARS = 8192",
        "MAX_CHARS = 1 << 30",
        f"{_TOKENS}::test_j25_long_header_is_not_looked_at",
    ),
    _one(
        "J26 J27 one spelling",
        "identify.compact",
        'if base64.urlsafe_b64encode(raw).rstrip(b"=") != text.encode():',
        "if False:",
        f"{_TOKENS}::test_j26_only_one_spelling_is_read",
    ),
    _one(
        "J28 what is no object",
        "identify.compact",
        "if not isinstance(found, dict):",
        "if False:",
        f"{_TOKENS}::test_claims_are_refused",
    ),
    _one(
        "J29 two tokens",
        "identify.credentials",
        'if "," in value:',
        "if False:",
        f"{_TOKENS}::test_j29_scheme",
    ),
    _one(
        "J31 how long a secret must be",
        "identify.keys",
        "MIN_SECRET_BYTES = 32",
        "MIN_SECRET_BYTES = 1",
        f"{_KEYS}",
    ),
    _one("J31 how long RSA keys must be", "identify.keys", "_MIN_RSA_BITS, ", "_MIN_RSA_BITS = 512; _, ", f"{_KEYS}"),
    _one(
        "J32 no kid twice",
        "identify.keys",
        "if len({key.kid for key in keys}) != len(keys):",
        "if False:",
        f"{_KEYS}",
    ),
    _one(
        "J35 a remembered token ends with its time",
        "identify.verified",
        "return now_s < self.end_s and ",
        "return ",
        f"{_BEARER}::test_j35_remembered_token_ends_with_its_time[sqlite]",
    ),
    _one(
        "J35 no more tokens than may be are remembered",
        "identify.verified",
        "if len(self._entries) >= self._most:",
        "if False:",
        f"{_BEARER}::test_j35_memory_is_bounded[sqlite]",
    ),
)

LOGINS = (
    _one(
        "R04 one of many consumes a token",
        "logins.families",
        "filter(pk=digest, consumed_at__isnull=True, expires_at__gt=now)",
        "filter(pk=digest, expires_at__gt=now)",
        f"{_LOGINS}::test_a_lost_answer_is_given_again[sqlite]",
        f"{_LOGINS}::test_without_grace_a_lost_answer_ends_the_login[sqlite]",
    ),
    _one(
        "R02 reuse ends the login",
        "logins.families",
        "or _end_reused(family, row)",
        "or Refused()",
        f"{_LOGINS}::test_a_token_that_comes_again_late_ends_the_login[sqlite]",
        f"{_LOGINS}::test_grace_shields_the_last_predecessor_alone[sqlite]",
    ),
    _one(
        "R03 grace for the last predecessor alone",
        "logins.families",
        "if successor.consumed_at is not None:",
        "if False:",
        f"{_LOGINS}::test_grace_shields_the_last_predecessor_alone[sqlite]",
        f"{_LOGINS}::test_two_refreshes_in_one_second_leave_nothing_to_replay[sqlite]",
    ),
    _one(
        "R06 the end of the grace",
        "logins.families",
        " or now >= row.consumed_at + dt.timedelta(seconds=self._terms.grace_s)",
        "",
        f"{_LOGINS}::test_a_lost_answer_is_given_again[sqlite]",
        f"{_LOGINS}::test_a_token_that_comes_again_late_ends_the_login[sqlite]",
    ),
    _one(
        "R11 no grace at all",
        "logins.families",
        "if not self._terms.grace_s or ",
        "if ",
        f"{_LOGINS}::test_no_grace_is_none_whatever_the_clocks_say[sqlite]",
    ),
    _one(
        "R07 an expired token",
        "logins.families",
        "if not is_alive or row.expires_at <= now:",
        "if not is_alive:",
        f"{_LOGINS}::test_an_expired_token_is_refused_within_the_grace[sqlite]",
    ),
    _one(
        "R12 R13 an ended login",
        "logins.families",
        "family.filter(ended_at__isnull=True, expires_at__gt=now).update(last_used_at=now)",
        "family.update(last_used_at=now)",
        "http/test_logouts.py::test_a_logout_ends_the_login_at_once",
        f"{_LOGINS}::test_rotation_does_not_prolong_a_login[sqlite]",
    ),
    _one(
        "R21 rotation prolongs nothing",
        "logins.families",
        "min(now + dt.timedelta(seconds=self._terms.idle_s), login.expires_at)",
        "now + dt.timedelta(seconds=self._terms.idle_s)",
        f"{_LOGINS}::test_rotation_does_not_prolong_a_login[sqlite]",
    ),
    _one(
        "R14 whose password has changed",
        "logins.families",
        "if not is_sound(row.login):",
        "if False:",
        f"{_LOGINS}::test_who_the_user_is_no_more_gets_nothing[sqlite-password]",
    ),
    _one(
        "R19 digests are stored",
        "logins.refresh_tokens",
        "return hashlib.sha256(token.encode()).hexdigest()",
        "return token",
        f"{_LOGINS}::test_nothing_that_is_stored_is_a_token[sqlite]",
    ),
    _one(
        "R20 the cookie's attributes",
        "logins.cookies",
        "Path=/; Secure; HttpOnly; SameSite=Strict",
        "Path=/",
        f"{_COOKIES}::test_a_cookie_holds_the_refresh_token[sqlite]",
    ),
    _one(
        "R20 C05 another site's refresh by the cookie",
        "logins.entering",
        "        if in_cookie:\n            demand_own_page(request)\n",
        "",
        f"{_COOKIES}::test_another_site_cannot_use_the_cookie",
    ),
    _one(
        "R01 tokens are kept nowhere",
        "logins.routes",
        "response.headers.append(_NO_STORE)",
        "pass",
        f"{_LOGINS}::test_a_refresh_gives_the_next_tokens[sqlite]",
    ),
    _one(
        "R23 an inactive user",
        "logins.passwords",
        "return user if user is not None and user.is_active else None",
        "return user",
        f"{_LIMITS}::test_an_inactive_user_is_refused_whatever_the_backend_says[sqlite]",
    ),
    _one(
        "R24 how many guesses there are",
        "logins.limits",
        "    if not row.filter(count__lt=most).update",
        "    if row.filter(count=-1).update",
        f"{_LIMITS}::test_the_eleventh_guess_is_not_looked_at[sqlite]",
        f"{_LIMITS}::test_an_address_that_tries_everybody_is_stopped[sqlite]",
    ),
    _one(
        "R18 tokens that were never given out are counted",
        "logins.entering",
        "if found.is_unknown:",
        "if False:",
        f"{_LIMITS}::test_tokens_out_of_thin_air_are_limited[sqlite]",
    ),
    _one(
        "R22 used tokens are kept as long as their login",
        "logins.purge",
        "now, last, count = timezone.now(), None, 0\n",
        "now, last, count = timezone.now(), None, 0\n    token_rows().filter(expires_at__lte=now).delete()\n",
        "management/test_nuages_purge.py::test_what_is_over_is_deleted",
    ),
)

BROWSERS = (
    _one(
        "C01 C02 C03 a page of this site",
        "identify.csrf",
        "check.process_view(djangos, _unused, (), {}) is not None or ",
        "",
        f"{_CSRF}::test_verdicts_are_djangos[tokens]",
        f"{_CSRF}::test_verdicts_are_djangos[origins]",
        f"{_CSRF}::test_verdicts_are_djangos[referers]",
    ),
    _one(
        "C07 the browser's word",
        "identify.csrf",
        " or _is_from_afar(request)",
        "",
        f"{_CSRF}::test_browsers_word_of_another_site_stands",
    ),
    _one(
        "C01 every change is looked at",
        "pipeline",
        "demand_own_site(request, principal)",
        "pass",
        f"{_CSRF}::test_every_unsafe_method_is_looked_at",
    ),
    _one(
        "C09 a bad credential never falls through",
        "identify.chain",
        "            principal = identify(request)\n",
        "            try:\n                principal = identify(request)\n"
        "            except Exception:\n                continue\n",
        f"{_CSRF}::test_one_credential_decides_alone",
    ),
    _one(
        "C06 JSON alone logs in",
        "logins.documents",
        "if media_type(request) != _TYPE:",
        "if False:",
        "http/test_browser_sessions.py::test_only_json_logs_in",
        f"{_LIMITS}::test_a_body_of_another_kind_is_refused",
    ),
    _one(
        "C12 origins that are listed",
        "servers.cors",
        "if not origin or not self._lets_in(origin):",
        "if not origin:",
        f"{_CORS}::test_unlisted_origin_is_told_nothing",
    ),
    _one(
        "C12 a pattern is of the whole origin",
        "servers.cors",
        "each.fullmatch(origin)",
        "each.match(origin)",
        f"{_CORS}::test_pattern_must_match_the_whole_origin",
    ),
    _one(
        "C14 nosniff",
        "pipeline",
        '("X-Content-Type-Options", "nosniff"), ',
        "",
        f"{_CSRF}::test_answers_are_nothing_a_browser_runs",
    ),
)

RULES = (
    _one(
        "Z02 rows that a rule hides",
        "plan.guards",
        "    filtered = rows.filter(condition)\n",
        "    return rows\n    filtered = rows.filter(condition)\n",
        f"{_ACCESS}::test_a_row_of_somebody_else_is_not_there",
        f"{_RULES}::test_a_list_shows_what_the_rule_lets_through",
    ),
    _one(
        "Z06 a resource that says no",
        "permit.access",
        "if opening.verdict is False:",
        "if False:",
        f"{_RULES}::test_a_resource_that_says_no_answers_401_to_anybody_and_403_to_somebody",
    ),
    _one(
        "Z02 rows that may not be changed",
        "change.rows",
        "return restrict(these, verdict) if isinstance(verdict, Q) else these",
        "return these",
        "http/test_writes.py::test_a_rule_that_answers_a_q_guards_the_row_before_and_after",
    ),
    _one(
        "Z04 the row as it was written",
        "change.rows",
        "    if not are_allowed(rows, verdict, alias):",
        "    if False:",
        "http/test_writes.py::test_a_rule_that_answers_a_q_guards_the_row_before_and_after",
    ),
    _one(
        "Z04 rows that may be pointed at",
        "change.references",
        "rows = visible(part.target, part.resource).filter",
        "rows = visible(part.target, None).filter",
        f"{_ACCESS}::test_nothing_can_point_at_a_row_of_somebody_else",
    ),
    _one(
        "Z05 one spelling of a key",
        "parse.key",
        "if isinstance(value, int | UUID) and str(value) != text:",
        "if False:",
        "unit/parse/test_key.py",
    ),
    _one(
        "Z10 cursors are signed",
        "parse.cursor",
        " and hmac.compare_digest(mac, _sign(payload, scope, key))",
        "",
        "unit/parse/test_cursor.py",
        f"{_VISIBLE}::test_a_cursor_of_as_many_columns_is_none_of_another_audience_either",
    ),
    _one(
        "Z13 filters through rows that are hidden",
        "plan.guards",
        "return target in self._guards",
        "return False",
        f"{_RULES}::test_filters_see_only_rows_that_the_principal_may_see",
    ),
    _one(
        "Z14 members that a rule hides",
        "pipeline",
        "        if target.audiences is not None:\n            target = seen_by(target, principal)\n",
        "",
        f"{_VISIBLE}::test_hidden_members_are_absent_everywhere",
        f"{_VISIBLE}::test_a_hidden_name_is_an_unknown_name",
    ),
    _one(
        "Z07 hidden members are not written",
        "writes.journey",
        "operation = seen_by(operation, principal)",
        "pass",
        f"{_VISIBLE}::test_a_hidden_member_cannot_be_written",
    ),
    _one(
        "Z16 a deletion wants a filter",
        "parse.deletion",
        "if question.asked.condition() is None:",
        "if False:",
        "http/test_delete_many.py::test_what_is_no_deletion",
    ),
    _one(
        "Z19 a rule that fails refuses",
        "permit.rules",
        'raise RuleFailed(f"The rule {self.name!r} failed.") from error',
        "return True",
        "http/test_principals.py::test_a_rule_that_cannot_answer_refuses_everybody",
        f"{_RULES}::test_a_rule_that_answers_nonsense_opens_nothing",
    ),
    _one(
        "Z07 a change wants its rule",
        "writes.journey",
        "    if verdict is False:\n        raise refusal(principal, operation.rule)\n",
        "",
        "bookshop/test_access.py::test_each_cell_of_the_table_holds",
    ),
)

PASSKEYS = (
    _one(
        "passkeys: pages that are named",
        "factors.ceremonies",
        "PublicKeyCredentialRpEntity(id=party.id, name=party.name), verify_origin=party.origins.__contains__",
        "PublicKeyCredentialRpEntity(id=party.id, name=party.name)",
        f"{_PASSKEYS}::test_what_another_page_has_got_lets_nobody_in[sqlite-sub-domain]",
        f"{_PASSKEYS}::test_what_another_page_has_got_lets_nobody_in[sqlite-port]",
    ),
    _one(
        "passkeys: no frame",
        "factors.ceremonies",
        'return said.get("crossOrigin", False) is not False or "topOrigin" in said',
        "return False",
        f"{_PASSKEYS}::test_what_another_page_has_got_lets_nobody_in[sqlite-framed]",
        f"{_PASSKEYS}::test_what_another_page_has_got_lets_nobody_in[sqlite-framed by]",
    ),
    _one(
        "passkeys: an answer once",
        "factors.passkeys",
        "        return False\n    return True\n\n\ndef _note_use",
        "        return True\n    return True\n\n\ndef _note_use",
        f"{_PASSKEYS}::test_an_answer_counts_once",
        f"{_PASSKEYS}::test_what_was_not_made_for_this_is_refused[sqlite-twice]",
    ),
    _one(
        "passkeys: a ceremony for one thing",
        "factors.ceremonies",
        'return said if (said["for"], said["rp"]) == (purpose, party.id) else None',
        "return said",
        f"{_PASSKEYS}::test_ceremonies_are_for_one_thing",
    ),
    _one(
        "passkeys: an enrolment of one user",
        "factors.ceremonies",
        'if said is None or state is None or said["user"] != str(user.pk):',
        "if said is None or state is None:",
        f"{_PASSKEYS}::test_what_was_not_made_for_this_is_refused[sqlite-another's]",
    ),
    _one(
        "passkeys: algorithms",
        "factors.ceremonies",
        "if key is None or key.public_key.get(3) not in _ALGORITHMS or",
        "if key is None or",
        f"{_PASSKEYS}::test_what_was_not_made_for_this_is_refused[sqlite-algorithm]",
    ),
    _one(
        "passkeys: counters",
        "factors.passkeys",
        "if (counter or before) and counter <= before:",
        "if False:",
        f"{_PASSKEYS}::test_a_copy_that_counts_backwards_is_refused",
    ),
    _one(
        "passkeys: alone they verify their user",
        "factors.ceremonies",
        "wanted = UserVerificationRequirement.REQUIRED if user is None else UserVerificationRequirement(verification)",
        "wanted = UserVerificationRequirement(verification)",
        f"{_PASSKEYS}::test_who_was_not_verified_needs_the_password",
    ),
    _one(
        "passkeys: a fresh proof before a change",
        "factors.enrolment",
        "    if _RECENT(principal) is not True:\n        raise refusal(principal, _RECENT)\n",
        "",
        f"{_PASSKEYS}::test_each_change_wants_a_fresh_proof",
    ),
)
EXPORTS = (
    _one(
        "export: hidden members",
        "narrowing",
        'reads["export"] = export_of(reads["list"], cursor_key)',
        'reads["export"] = page.export',
        f"{_EXPORTS}::test_hidden_members_are_in_no_file[sqlite]",
    ),
    _one(
        "export: rules narrow the rows",
        "preparation",
        "compile_list(operation.spec, question, guards, connection, is_whole=is_whole)",
        "compile_list(operation.spec, question, {} if is_whole else guards, connection, is_whole=is_whole)",
        f"{_EXPORTS}::test_rules_narrow_the_rows[sqlite]",
    ),
    _one(
        "export: rules close the list",
        "pipeline",
        "own = guard_resource(target, principal)\n        if target.audiences",
        'own = {} if target.kind == "export" else guard_resource(target, principal)\n        if target.audiences',
        f"{_EXPORTS}::test_rules_close_the_list[sqlite]",
    ),
    Guard(
        "export: only where it is declared",
        (
            Cut(
                "nuages.assembly.operations",
                "export_of(page, cursor_key) if spec.export.formats else None",
                "export_of(page, cursor_key)",
            ),
            Cut(
                "nuages.exports.answer",
                "[FORMATS[name] for name in operation.spec.export.formats]",
                "list(FORMATS.values())",
            ),
        ),
        (f"{_EXPORTS}::test_nothing_is_exported_unless_it_says_so[sqlite]",),
    ),
    _one(
        "export: no text is a formula",
        "exports.table",
        "if self._guards_text and place.is_text and text.startswith(_FORMULAS)",
        "if False",
        f"{_EXPORTS}::test_no_text_is_a_formula[sqlite-=]",
    ),
    _one(
        "export: so many rows",
        "exports.answer",
        "        if is_whole:\n            _demand_few(operation, question, read, plans)\n",
        "",
        f"{_EXPORTS}::test_a_list_that_is_too_long_is_refused[sqlite]",
    ),
    _one(
        "export: no end that only looks like one",
        "exports.outgoing",
        "if self._is_whole and documents and not self._left:",
        "if False:",
        f"{_EXPORTS}::test_a_list_that_grows_meanwhile_is_broken_off[sqlite]",
    ),
    _one(
        "export: so many at once",
        "exports.slots",
        "if _taken >= max_exports():",
        "if False:",
        f"{_EXPORTS}::test_only_so_many_at_once[sqlite]",
    ),
    _one(
        "export: made before it is sent where a break would not show",
        "servers.pieces",
        """return version in SHOWING and str(environ.get("SERVER_SOFTWARE", "")).startswith("gunicorn/")""",
        "return version in SHOWING",
        f"{_EXPORTS}::test_django_serves_it[sqlite]",
    ),
    _one(
        "BREACH: no cookie",
        "respond.compression",
        'principal.method == "session" or not takes_gzip',
        "not takes_gzip",
        f"{_COMPRESSION}::test_no_cookie_brings_a_compressed_answer[sqlite]",
    ),
    _one(
        "BREACH: reads of resources alone",
        "pipeline",
        "if self._compression is not None and isinstance(target, Operation):",
        "if self._compression is not None:",
        f"{_COMPRESSION}::test_nothing_but_reads_of_resources_is_compressed[sqlite]",
    ),
)

FAULTS = (
    _one(
        "F02 a silent database keeps nobody",
        "execute.silence",
        "held.shutdown(socket.SHUT_RDWR)",
        "pass",
        f"{_SILENCE}::test_a_server_that_is_silent",
    ),
    _one(
        "F02 a slow statement is not silence",
        "execute.silence",
        "if _answers(peer):",
        "if False:",
        f"{_SILENCE}::test_a_server_that_answers_may_take_its_time",
    ),
    _one(
        "L05 a clock that was set back",
        "limit.redis",
        " or n > part then",
        " then",
        f"{_STORES}::test_a_clock_that_is_set_back_blocks_nobody",
    ),
)

GUARDS = (*TOKENS, *LOGINS, *BROWSERS, *RULES, *PASSKEYS, *CACHED, *EXPORTS, *FAULTS, *WEBHOOKS)
