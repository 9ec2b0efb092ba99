"""Who watches is asked anew who they are and what they may see; what is too much, too slow or broken ends."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model, Q

from nuages import API, Resource, anyone, value
from nuages.errors import DeclarationError, NotIdentified
from nuages.http.request import Request
from nuages.identify.chain import Authenticator
from nuages.identify.principal import Principal
from nuages.live.triggers import ensure_triggers
from shop.models import Tag
from tests.http.asking import send, serve
from tests.http.watching import Watcher, wait_until_nobody_watches
from tests.zoo.models import Parrot, Shelf

known: dict[str, dict[str, Any]] = {}


class ByWord(Authenticator):
    """Whoever says a word that is known has its claims."""

    def identify(self, request: Request) -> Principal | None:
        """Look it up."""
        word = request.header("x-word") or ""
        if word not in known:
            raise NotIdentified("Who?")
        return Principal(None, "word", dict(known[word]))


def sees(principal: Principal) -> Any:
    """What the principal's claims say."""
    letter = principal.claims["sees"]
    return letter if isinstance(letter, bool) else Q(name__startswith=letter)


def told_by(row: dict[str, Any]) -> str:
    """Fail for one name."""
    if row["name"] == "a broken one":
        raise RuntimeError("a fault of the author's")
    return str(row["name"])


api = API(title="Watched by word", authenticate=[ByWord()])


@api.resource(Tag)
class Tags(Resource):
    fields = ["id", "name", value("said", python=told_by)]
    filters = ["name"]
    rules = {"read": sees}
    live = True


@pytest.fixture
def tags(database: Any, transactional_db: None, settings: Any) -> Iterator[Any]:
    """Nothing yet; each change is logged, and who watches is asked often."""
    settings.NUAGES_STREAM_HEARTBEAT_S = 0.1
    known.clear()
    known.update(one={"sees": "a"}, other={"sees": "a"}, third={"sees": True})
    ensure_triggers(database.alias, [Tag])
    yield database
    wait_until_nobody_watches(database.alias)
    ensure_triggers(database.alias, [])


def test_a_stream_ends_with_the_right_to_it(tags: Any) -> None:
    """Who is nobody any more, or may see something else, hears nothing more; the others go on."""
    with (
        Watcher(api, "/tags", x_word="one") as one,
        Watcher(api, "/tags", x_word="other") as other,
        Watcher(api, "/tags", x_word="third") as third,
    ):
        Tag.objects.create(name="a1")
        for watcher in (one, other, third):
            watcher.wait(2)
        del known["one"]
        known["other"] = {"sees": "b"}
        one.wait_until_ended()
        other.wait_until_ended()
        Tag.objects.create(name="a2")
        assert [event.data["name"] for event in third.wait(3)[1:]] == ["a1", "a2"]
        assert len(one.events) == len(other.events) == 2
        again = send(api, "/tags", accept="text/event-stream", x_word="one", last_event_id=one.reader.last_id)
        assert again.status == 401
        known["third"] = {"sees": False}
        third.wait_until_ended()


def test_a_stream_ends_with_its_token_and_its_time(tags: Any, settings: Any) -> None:
    """A token's `exp` ends it to the moment; NUAGES_LIVE_MAX_S ends every one."""
    settings.NUAGES_STREAM_HEARTBEAT_S = 60
    known["one"] = {"sees": True, "exp": int(time.time()) + 1}
    with Watcher(api, "/tags", x_word="one") as watcher:
        watcher.wait_until_ended()
        assert known["one"]["exp"] <= time.time()
    settings.NUAGES_LIVE_MAX_S = 0.2
    with Watcher(api, "/tags", x_word="third") as watcher:
        watcher.wait_until_ended()


def test_a_silent_stream_tells_up_to_where_it_is_all(tags: Any) -> None:
    """So that what a client asks for when it comes again is never old."""
    with Watcher(api, "/tags?name=never", x_word="third") as watcher:
        (page,) = watcher.wait(1)
        Tag.objects.create(name="a1")
        watcher.wait_for(lambda _: watcher.reader.last_id != page.id)
        last_id = watcher.reader.last_id
        assert len(watcher.events) == 1
    Tag.objects.create(name="a2")
    with Watcher(api, "/tags", x_word="third", last_event_id=last_id) as again:
        assert [event.data["name"] for event in again.wait(1)] == ["a2"]


def test_who_does_not_read_comes_again_for_the_rest(tags: Any, settings: Any) -> None:
    """What waits for a client is bounded, and nothing of it is lost."""
    settings.NUAGES_LIVE_MAX_BEHIND = 5
    with Watcher(api, "/tags", x_word="third") as slow:
        slow.wait(1)
        slow.may_read.clear()
        for number in range(40):
            Tag.objects.create(name=f"a{number}")
        time.sleep(0.5)
        slow.may_read.set()
        slow.wait_until_ended()
    names = [event.data["name"] for event in slow.events[1:]]
    last_id = slow.reader.last_id
    assert len(names) < 40
    while len(names) < 40:
        with Watcher(api, "/tags", x_word="third", last_event_id=last_id) as again:
            again.wait_for(lambda events: again.has_ended or len(names) + len(events) >= 40)  # noqa: B023
            names += [event.data["name"] for event in again.events]
            last_id = again.reader.last_id
    assert names == [f"a{number}" for number in range(40)]


def test_what_cannot_be_judged_ends_for_those_alone_who_watch_it(tags: Any) -> None:
    """A row that cannot be shown: who would see it begins with a page again, all others hear on."""
    with Watcher(api, "/tags", x_word="third") as all_of_it, Watcher(api, "/tags?fields=id", x_word="third") as keys:
        all_of_it.wait(1)
        keys.wait(1)
        tag = Tag.objects.create(name="a broken one")
        all_of_it.wait_until_ended()
        assert all_of_it.reader.last_id == ""
        assert [event.data for event in keys.wait(2)[1:]] == [{"id": tag.pk}]


def test_after_a_truncate_everybody_begins_again(tags: Any) -> None:
    """There are no rows to tell of; the next page stands for everything."""
    with Watcher(api, "/tags", x_word="third") as watcher:
        Tag.objects.create(name="a1")
        watcher.wait(2)
        ensure_triggers(tags.alias, [])
        ensure_triggers(tags.alias, [Tag])  # which logs the same as a TRUNCATE
        watcher.wait_until_ended()
        assert watcher.reader.last_id == ""


def test_a_process_follows_so_many_interests_and_no_more(tags: Any, settings: Any) -> None:
    """Another one is a 503 that says so; one that is followed already is not, whoever asks."""
    settings.NUAGES_LIVE_MAX_INTERESTS = 2
    with Watcher(api, "/tags", x_word="one") as one, Watcher(api, "/tags?name=x", x_word="one") as second:
        one.wait(1)
        second.wait(1)
        refused = send(api, "/tags?name=y", accept="text/event-stream", x_word="one")
        assert (refused.status, refused.header("retry-after")) == (503, "10")
        assert json.loads(refused.body)["type"] == "urn:nuages:problem:too-many-interests"
        with Watcher(api, "/tags?limit=1", x_word="other") as third:
            third.wait(1)


def test_a_table_with_policies_of_the_databases_own_is_not_watched(database: Any) -> None:
    """406: the images of its rows in the log have been looked at by no policy of PostgreSQL's."""
    if database.vendor != "postgresql":
        pytest.skip("SQLite has no row-level security.")
    known["third"] = {"sees": True}
    with database.cursor() as cursor:
        cursor.execute("CREATE ROLE nuages_watcher; GRANT SELECT ON shop_tag TO nuages_watcher")
        cursor.execute("ALTER TABLE shop_tag ENABLE ROW LEVEL SECURITY; SET LOCAL ROLE nuages_watcher")
        refused = send(api, "/tags", accept="text/event-stream", x_word="third")
        cursor.execute("RESET ROLE")
    assert (refused.status, b"policy" in refused.body) == (406, True)


class Seen(Model):
    """What may be a view."""

    class Meta:
        app_label = "zoo"
        managed = False


@pytest.mark.parametrize(
    ("model", "attributes", "said"),
    [
        (Tag, {"live": "yes"}, "E070"),
        (Tag, {"live": 1}, "E070"),
        (Tag, {"live": True, "rules": {"create": anyone}}, "E070"),
        (Seen, {"live": True}, "E071"),
        (Parrot, {"live": True}, "E071"),
    ],
)
def test_a_list_that_cannot_be_watched_stops_the_start(model: Any, attributes: dict[str, Any], said: str) -> None:
    """E070 for what means nothing, E071 for what no trigger can tell of."""
    with pytest.raises(DeclarationError) as caught:
        serve(rows=(model, {"fields": ["pk"], **attributes})).build()
    assert f"nuages.{said}" in {each.id for each in caught.value.mistakes}


def test_a_list_whose_changes_nothing_logs_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """E071, which names the app that is missing."""
    monkeypatch.setattr(apps, "is_installed", lambda name: name != "nuages")
    with pytest.raises(DeclarationError, match='"nuages" into INSTALLED_APPS'):
        serve(rows=(Tag, {"fields": ["pk"], "live": True})).build()


@pytest.mark.parametrize("name", ["NUAGES_LIVE_MAX_S", "NUAGES_LIVE_MAX_INTERESTS", "NUAGES_LIVE_MAX_BEHIND"])
def test_a_setting_that_is_no_number_stops_the_start(name: str, settings: Any) -> None:
    """E070, by name; a list that is live wants a loop."""
    built = serve(shelves=(Shelf, {"fields": ["room"], "live": True})).build()
    assert built.needs_loop
    setattr(settings, name, 0)
    with pytest.raises(DeclarationError, match=name):
        serve(shelves=(Shelf, {"fields": ["room"]})).build()
