"""Resources over the zoo: every kind of field and relation once."""

from decimal import Decimal
from typing import Any

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Max, Q, Sum, Value, Window
from django.db.models.functions import Coalesce, Rank, Upper

from nuages import API, Resource, anyone, nested, value
from tests.zoo.models import (
    Animal,
    Badge,
    Bird,
    Box,
    Country,
    Food,
    Keeper,
    Listing,
    Note,
    Odd,
    Parrot,
    Shelf,
    Specimen,
)

api = API(title="Zoo")

EVERY_FIELD = [
    *("id", "integer", "big", "small", "char", "text", "slug", "email", "url", "size", "boolean", "decimal", "float"),
    *("date", "datetime", "time", "duration", "uuid", "binary", "json", "address", "file", "image", "doubled"),
]
COMPARED = [name for name in EVERY_FIELD if name not in ("binary", "json", "file", "image")]


@api.resource(Specimen)
class Specimens(Resource):
    fields = [*EVERY_FIELD, nested("notes", "id", "text")]
    filters = COMPARED
    ordering = COMPARED
    rules = {"read": anyone}


@api.resource(Note)
class Notes(Resource):
    fields = ["id", "text", "object_id", "content_type"]
    rules = {"read": anyone}


@api.resource(Country)
class Countries(Resource):
    fields = ["code", "number", "name", nested("keeper_set", "id", "name")]
    rules = {"read": anyone}


@api.resource(Keeper)
class Keepers(Resource):
    fields = [
        "id",
        "name",
        "chief",
        nested("country", "code", "name"),
        nested("staff", "name", nested("staff", "name", nested("chief", "name"))),
        nested("badge", "number"),
        nested("friends", "name"),
        nested("likes", "code"),
        nested("animals", "name", nested("keeper", "name")),
        value("animal_count", Count("animals")),
        value("shout", Upper("name")),
        value("greeting", python=lambda row: f"Hello {row['name']}, keeper of {len(row['animals'])}"),
    ]
    filters = [
        "name",
        "country",
        "country__name",
        "friends__name",
        "animal_count",
        "badge__number",
        "chief__chief__name",
    ]
    ordering = ["name", "country__name", "animal_count"]
    rules = {"read": anyone}


@api.resource(Badge)
class Badges(Resource):
    fields = ["keeper", "number"]
    rules = {"read": anyone}


@api.resource(Animal)
class Animals(Resource):
    fields = ["id", "name", value("status", python=lambda row: f"died {row['died']}, {sorted(row)}", needs=["died"])]
    rules = {"read": anyone}


@api.resource(Bird)
class Birds(Resource):
    fields = ["id", "name", "wingspan", nested("meals", "name"), value("eaten", Sum("meal__grams"))]
    filters = ["name", "wingspan", "meals__name", "meals"]
    ordering = ["name", "wingspan", "eaten"]
    order = "name"
    rules = {"read": anyone}


@api.resource(Parrot)
class Parrots(Resource):
    fields = ["animal_ptr", "name"]
    path = "clever-parrots"
    key = "name"
    rules = {"read": anyone}

    def queryset(self, principal: Any) -> Any:
        return Parrot.objects.filter(wingspan__gte=10)


@api.resource(Food)
class Foods(Resource):
    fields = ["id", "name", nested("eaters", "name", "wingspan", order="-wingspan", limit=2, filter=Q(wingspan__gt=1))]
    rules = {"read": anyone}


@api.resource(Shelf)
class Shelves(Resource):
    fields = ["room", "place", "label", nested("boxes", "id", "weight"), value("load", Sum("boxes__weight"))]
    filters = ["room", "label", "load"]
    ordering = ["label", "load"]
    rules = {"read": anyone}


@api.resource(Box)
class Boxes(Resource):
    fields = ["id", nested("shelf", "room", "place", "label")]
    filters = ["shelf__label"]
    ordering = ["shelf__label"]
    rules = {"read": anyone}


@api.resource(Odd)
class Odds(Resource):
    fields = ["id", "select", "percent", "apostrophe", nested("parent", "select"), nested("kids", "percent")]
    filters = ["select", "percent", "parent__percent", "kids__percent"]
    ordering = ["percent", "parent__percent"]
    rules = {"read": anyone}


@api.resource(Specimen)
class Figures(Resource):
    """Computed values of every kind."""

    fields = [
        "id",
        value("half", F("decimal") * Decimal("0.5")),
        value("longer", ExpressionWrapper(F("duration") * 2, output_field=DurationField())),
        value("rank", Window(Rank(), order_by=F("integer").desc(nulls_last=True))),
        value("said", Coalesce("char", Value("100% 'quoted' \"name\" %s"))),
        value("note_count", Count("notes")),
        value("first_note", Max("notes__text")),
        value("average_id", Avg("notes__id")),
    ]
    filters = ["rank", "note_count", "said", "half"]
    ordering = ["id", "rank", "note_count", "average_id", "said"]
    rules = {"read": anyone}


postgres_api = API(title="Only on PostgreSQL")


@postgres_api.resource(Listing)
class Listings(Resource):
    fields = ["id", "numbers", "prices", "matrix", "span", "days"]
    rules = {"read": anyone}
