"""The guards of webhooks: O29 of the list of threats, signatures, and who hears of what."""

from tests.guards.guard import Cut, Guard

_ADDRESSES = "unit/webhooks/test_addresses.py"
_CALLING = "unit/webhooks/test_calling.py"
_SIGNING = "unit/webhooks/test_signing.py"
_SENDING = "unit/webhooks/test_sending.py"
_FOUND_UNCHECKED = """addresses = [
            __import__("ipaddress").ip_address(each)
            for each in __import__("nuages.webhooks.resolving", fromlist=["look_up"]).look_up(target.host, target.port)
        ]"""


def _one(name: str, module: str, there: str, without: str, *tests: str) -> Guard:
    return Guard(name, (Cut(f"nuages.webhooks.{module}", there, without),), tests)


WEBHOOKS = (
    _one(
        "O29 closed networks of IPv4",
        "networks",
        "return not _is_in(meant, _CLOSED_4)",
        "return True",
        f"{_ADDRESSES}::test_a_private_address_is_none_in_any_clothes[127.0.0.1]",
        f"{_ADDRESSES}::test_a_private_address_is_none_in_any_clothes[169.254.169.254]",
        f"{_ADDRESSES}::test_a_private_address_is_none_in_any_clothes[100.64.0.1]",
        f"{_ADDRESSES}::test_nothing_is_public_that_python_knows_better_of",
    ),
    _one(
        "O29 only what was given out of IPv6",
        "networks",
        "return meant in _PUBLIC_6 and",
        "return",
        f"{_ADDRESSES}::test_a_private_address_of_ipv6_is_none[::1]",
        f"{_ADDRESSES}::test_a_private_address_of_ipv6_is_none[fd12:3456::1]",
        f"{_ADDRESSES}::test_a_private_address_of_ipv6_is_none[64:ff9b:1::a00:1]",
    ),
    _one(
        "O29 closed networks of IPv6",
        "networks",
        " and not _is_in(meant, _CLOSED_6)",
        "",
        f"{_ADDRESSES}::test_a_private_address_of_ipv6_is_none[2002:7f00:1::]",
        f"{_ADDRESSES}::test_a_private_address_of_ipv6_is_none[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
    ),
    _one(
        "O29 an address of IPv4 inside one of IPv6",
        "networks",
        "    if address in _NAT64:\n        return IPv4Address(int(address) & 0xFFFF_FFFF)\n"
        "    return address.ipv4_mapped or address",
        "    return IPv4Address('8.8.8.8') if address in _NAT64 or address.ipv4_mapped else address",
        f"{_ADDRESSES}::test_a_private_address_is_none_in_any_clothes[10.0.0.1]",
        f"{_ADDRESSES}::test_an_address_inside_another_counts",
    ),
    _one(
        "O29 every address of a name",
        "addresses",
        "not all(may_be_called",
        "not any(may_be_called",
        f"{_ADDRESSES}::test_one_private_address_among_others_is_too_many",
    ),
    _one(
        "O29 numbers are no hosts",
        "addresses",
        'if _NUMBER.fullmatch(host.rpartition(".")[2]):',
        "if False:",
        f"{_ADDRESSES}::test_odd_spellings_are_refused['0x7f.1']",
        f"{_ADDRESSES}::test_odd_spellings_are_refused['2130706433']",
        f"{_ADDRESSES}::test_odd_spellings_are_refused['0177.0.0.1']",
        f"{_ADDRESSES}::test_a_number_is_no_host",
    ),
    _one(
        "O29 names of one spelling",
        "addresses",
        "if not _NAME.fullmatch(host):",
        "if False:",
        f"{_ADDRESSES}::test_odd_spellings_are_refused['localhost.']",
        f"{_ADDRESSES}::test_odd_spellings_are_refused['a%2eb']",
    ),
    _one(
        "O29 nothing but ASCII that is seen",
        "addresses",
        "or not _PLAIN.fullmatch(url)",
        "",
        f"{_ADDRESSES}::test_what_is_no_address_with_tls_is_refused[' https://a.example/']",
        f"{_ADDRESSES}::test_no_text_is_more_than_refused",
    ),
    _one(
        "O29 no user in front of the host",
        "addresses",
        'if "@" in parts.netloc or "#" in url:',
        'if "#" in url:',
        f"{_ADDRESSES}::test_odd_spellings_are_refused['user@a.example']",
    ),
    _one(
        "webhooks go by TLS",
        "addresses",
        "    if not target.is_tls:",
        "    if False:",
        f"{_ADDRESSES}::test_what_is_no_address_with_tls_is_refused['http://a.example:8443/']",
    ),
    _one(
        "webhooks go to few ports",
        "addresses",
        "if target.port not in allowed_ports():",
        "if False:",
        f"{_ADDRESSES}::test_few_ports_are_called[22]",
    ),
    _one(
        "names are looked up in time",
        "resolving",
        "found.result(DEADLINE_S)",
        "found.result()",
        f"{_ADDRESSES}::test_names_are_looked_up_within_a_deadline",
    ),
    _one(
        "names are looked up by few at once",
        "resolving",
        "if not _places.acquire(timeout=DEADLINE_S):",
        "_places._value -= 1\n    if False:",
        f"{_ADDRESSES}::test_names_are_looked_up_within_a_deadline",
    ),
    _one(
        "O29 checked at each attempt",
        "delivery",
        "addresses = find(target)",
        _FOUND_UNCHECKED,
        f"{_SENDING}::test_o29_the_address_is_checked_at_each_attempt[sqlite]",
    ),
    _one(
        "O29 the address that was checked is the one that is called",
        "calling",
        "plain.connect((str(address), self._target.port))",
        "plain.connect((self._target.host, self._target.port))",
        f"{_CALLING}::test_what_is_sent_comes_in",
        f"{_CALLING}::test_no_name_is_looked_up_again",
    ),
    _one(
        "the deadline of a call",
        "calling",
        "self._set_alarm()\n        if",
        "if",
        f"{_CALLING}::test_who_is_slow_is_left_at_the_deadline[/drip]",
        f"{_CALLING}::test_who_is_slow_is_left_at_the_deadline[/continue]",
    ),
    _one(
        "headers that were cut off are no answer",
        "calling",
        "if self.is_over:",
        "if False:",
        f"{_CALLING}::test_who_is_slow_is_left_at_the_deadline[/drip]",
    ),
    _one(
        "the certificate is of the name",
        "calling",
        "server_hostname=self._target.host",
        'server_hostname="hooks.example"',
        f"{_CALLING}::test_tls_is_for_the_name_and_not_for_the_address",
    ),
    _one(
        "a webhook is signed",
        "signing",
        " or not is_signed",
        "",
        f"{_SIGNING}::test_what_was_not_signed_so_is_refused",
        f"{_SIGNING}::test_each_header_must_be_there[webhook-signature]",
    ),
    _one(
        "a webhook is signed now",
        "signing",
        "> tolerance_s:",
        "> 1e15:",
        f"{_SIGNING}::test_a_message_is_good_for_some_minutes",
    ),
    _one(
        "whose events they are",
        "sending",
        "return rows.filter(Q(owner=None) | (Q(owner__in=keys) & _active()))",
        "return rows",
        f"{_SENDING}::test_who_is_told_of_what[sqlite]",
    ),
    _one(
        "who may not log in hears nothing",
        "delivery",
        "return endpoint.is_active and (endpoint.owner is None or endpoint.owner.is_active)",
        "return endpoint.is_active",
        f"{_SENDING}::test_the_owner_who_may_not_log_in_hears_nothing[sqlite]",
    ),
    _one(
        "a disabled endpoint is not called",
        "delivery",
        "return endpoint.is_active and (",
        "return (",
        f"{_SENDING}::test_who_answers_410_is_asked_no_more[sqlite]",
    ),
    _one(
        "what was delivered is not sent again",
        "delivery",
        " or delivery.delivered_at is not None",
        "",
        f"{_SENDING}::test_a_message_that_was_delivered_is_not_sent_again_by_a_job_that_runs_twice[sqlite]",
    ),
    _one(
        "so many endpoints of one owner",
        "registering",
        "            _demand_room(owner)",
        "            pass",
        f"{_SENDING}::test_nobody_has_more_endpoints_than_one_may[sqlite]",
    ),
)
