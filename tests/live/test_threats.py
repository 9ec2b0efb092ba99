"""The threats to the provider and to logins by others, O01 to O30, and the tests of each against a live process.

Level A of the list of threats is here whole; O27 and O29 are level B. authlib and joserfc play the app in test_oauth.py
and test_oauth_resources.py, httpx elsewhere, since authlib sends nothing that is wrong.
"""

from pathlib import Path

import pytest

LIVE = Path(__file__).parent
LEVEL_B = {"O27", "O29"}
TESTS: dict[str, tuple[str, ...]] = {
    "O01": ("test_oauth_authorize.py::test_a_request_without_a_sound_challenge_gets_no_code",),
    "O02": (
        "test_oauth_authorize.py::test_a_request_without_a_sound_challenge_gets_no_code",
        "test_oauth_tokens.py::test_a_code_is_worth_nothing_without_its_verifier",
        "test_oauth_tokens.py::test_a_plain_challenge_in_the_database_is_not_taken",
    ),
    "O03": ("test_oauth_tokens.py::test_a_code_from_before_pkce_is_refused",),
    "O04": (
        "test_oauth_authorize.py::test_only_a_registered_redirect_uri_is_gone_to",
        "test_oauth_authorize.py::test_an_app_with_two_redirect_uris_must_name_one",
    ),
    "O05": (
        "test_oauth_authorize.py::test_a_native_app_may_listen_at_any_port",
        "test_oauth_authorize.py::test_nothing_else_passes_for_a_loopback_address",
    ),
    "O06": (
        "test_oauth_tokens.py::test_a_code_that_comes_again_ends_what_came_of_it",
        "test_oauth_races.py::test_one_of_many_gets_tokens_for_a_code",
    ),
    "O07": ("test_oauth_races.py::test_one_of_many_gets_tokens_for_a_code",),
    "O08": ("test_oauth_tokens.py::test_a_code_is_bound_to_its_app_and_address",),
    "O09": (
        "test_oauth_authorize.py::test_there_is_no_other_response_type_than_code",
        "test_oauth_tokens.py::test_no_other_grant_is_given",
        "test_oauth_authorize.py::test_the_metadata_lists_only_what_is_on",
    ),
    "O10": ("test_oauth_authorize.py::test_every_answer_says_who_gives_it",),
    "O11": (
        "test_social.py::test_o11_a_state_that_nobody_has_begun",
        "test_social.py::test_o11_a_state_comes_twice",
        "test_social.py::test_o11_a_state_of_another_session",
        "test_social.py::test_o11_a_code_of_another_flow",
        "test_social.py::test_o11_mix_up",
        "test_social.py::test_o11_an_answer_that_is_not_for_this_flow",
        "test_social.py::test_o11_an_app_with_a_token_for_another",
        "test_social_stand_ins.py::test_a_state_that_is_not_this_flows",
        "test_social_stand_ins.py::test_a_flow_of_one_does_not_end_at_the_other",
        "test_social_stand_ins.py::test_an_app_with_a_token_that_is_none_of_its_own",
    ),
    "O12": (
        "test_social.py::test_o12_an_address_lets_nobody_in",
        "test_social_stand_ins.py::test_an_address_that_is_not_verified_lets_nobody_in",
        "test_social_stand_ins.py::test_an_address_that_github_has_verified_lets_in",
    ),
    "O13": (
        "test_social.py::test_o13_a_login_leads_nowhere_else",
        "test_oauth_authorize.py::test_a_login_leads_nowhere_else",
    ),
    "O14": (
        "test_oauth_authorize.py::test_a_login_leads_nowhere_else",
        "test_oauth_authorize.py::test_a_login_leads_back_to_the_request",
    ),
    "O15": (
        "test_oauth_authorize.py::test_no_scope_beyond_those_that_are_offered",
        "test_oauth_authorize.py::test_an_app_gets_no_scope_beyond_its_own",
        "test_oauth_authorize.py::test_no_scope_is_the_default_one",
        "test_oauth_tokens.py::test_scopes_only_ever_shrink",
    ),
    "O16": ("test_oauth_resources.py::test_a_token_that_may_read_writes_nothing",),
    "O17": ("test_oauth_tokens.py::test_introspection_is_for_apps_about_their_own",),
    "O18": (
        "test_oauth_tokens.py::test_revocation_ends_the_family",
        "test_oauth_tokens.py::test_nobody_revokes_what_is_anothers",
    ),
    "O19": ("test_oauth_authorize.py::test_the_metadata_lists_only_what_is_on",),
    "O20": ("test_oauth_authorize.py::test_the_metadata_knows_no_other_host",),
    "O21": (
        "test_oauth_tokens.py::test_an_app_proves_itself_in_one_way",
        "test_oauth_tokens.py::test_a_secret_is_not_guessed_for_long",
    ),
    "O22": ("test_oauth_authorize.py::test_a_request_that_cannot_be_meant_is_refused",),
    "O23": ("test_oauth_tokens.py::test_the_endpoints_take_posts_alone",),
    "O24": (
        "test_oauth_authorize.py::test_the_page_cannot_be_framed_or_read_by_others",
        "test_oauth_authorize.py::test_nobody_is_made_to_consent",
    ),
    "O25": ("test_oauth_resources.py::test_a_program_is_not_the_user_whose_id_it_has",),
    "O26": ("test_oauth_tokens.py::test_claims_follow_the_scopes",),
    "O28": (
        "test_oauth_tokens.py::test_no_other_grant_is_given",
        "test_oauth_authorize.py::test_what_is_off_is_not_there",
    ),
    "O30": ("test_oauth_resources.py::test_a_deployment_refuses_each_insecure_value",),
}


def test_each_threat_of_level_a_has_a_test() -> None:
    """None is left out."""
    assert TESTS.keys() == {f"O{number:02}" for number in range(1, 31)} - LEVEL_B


@pytest.mark.parametrize("threat", TESTS)
def test_the_tests_of_a_threat_are_there(threat: str) -> None:
    """Whoever renames one changes the table."""
    for test in TESTS[threat]:
        file, _, name = test.partition("::")
        assert f"def {name}(" in (LIVE / file).read_text(), test
