"""Models with every kind of field and relation that real projects have; no migrations, tables come from here."""

import uuid

from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, IntegerRangeField, RangeOperators
from django.core.validators import FileExtensionValidator
from django.db import models
from django.db.models.functions import Lower, Now

_PAPERS = FileExtensionValidator(["pdf", "txt"])


class Note(models.Model):
    """Written about anything: the far end of a generic relation."""

    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    about = GenericForeignKey("content_type", "object_id")
    text = models.TextField()


class Specimen(models.Model):
    """A field of every type that both databases have; all may be null."""

    class Size(models.TextChoices):
        SMALL = "s", "small"
        LARGE = "l", "large"

    integer = models.IntegerField(null=True)
    big = models.BigIntegerField(null=True)
    small = models.PositiveSmallIntegerField(null=True)
    char = models.CharField(max_length=100, null=True)
    text = models.TextField(null=True)
    slug = models.SlugField(null=True)
    email = models.EmailField(null=True)
    url = models.URLField(null=True)
    size = models.CharField(max_length=1, choices=Size.choices, null=True)
    boolean = models.BooleanField(null=True)
    decimal = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    float = models.FloatField(null=True)
    date = models.DateField(null=True)
    datetime = models.DateTimeField(null=True)
    time = models.TimeField(null=True)
    duration = models.DurationField(null=True)
    uuid = models.UUIDField(null=True)
    binary = models.BinaryField(null=True)
    json = models.JSONField(null=True, blank=True)
    address = models.GenericIPAddressField(null=True)
    file = models.FileField(upload_to="files", null=True)
    image = models.ImageField(upload_to="images", null=True)
    doubled = models.GeneratedField(
        expression=models.F("integer") * 2, output_field=models.BigIntegerField(), db_persist=True
    )
    notes = GenericRelation(Note)


class Country(models.Model):
    """A text key, and a unique column that others refer to."""

    code = models.CharField(max_length=2, primary_key=True)
    number = models.IntegerField(unique=True)
    name = models.CharField(max_length=50)


class Keeper(models.Model):
    """A UUID key, a self-relation, a foreign key by to_field, symmetrical and hidden many-to-many."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=50)
    chief = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="staff")
    country = models.ForeignKey(Country, on_delete=models.CASCADE, to_field="number", null=True)
    friends = models.ManyToManyField("self")
    likes = models.ManyToManyField(Country, related_name="+")


class Badge(models.Model):
    """One-to-one with its keeper, whose key it shares."""

    keeper = models.OneToOneField(Keeper, on_delete=models.CASCADE, primary_key=True)
    number = models.IntegerField()


class LivingManager(models.Manager["Animal"]):
    """Only animals that live."""

    def get_queryset(self) -> models.QuerySet["Animal"]:
        return super().get_queryset().filter(died__isnull=True)


class Animal(models.Model):
    """A default manager that hides rows, and an order of its own."""

    name = models.CharField(max_length=50, unique=True)
    died = models.DateField(null=True)
    keeper = models.ForeignKey(Keeper, on_delete=models.CASCADE, related_name="animals", null=True)

    objects = LivingManager()
    everything = models.Manager()

    class Meta:
        ordering = ("-name",)


class Bird(Animal):
    """Multi-table: an animal with a table of its own beside."""

    wingspan = models.DecimalField(max_digits=5, decimal_places=2)
    meals = models.ManyToManyField("Food", through="Meal", related_name="eaters")


class Parrot(Bird):
    """A proxy of a multi-table child."""

    class Meta:
        proxy = True


class Food(models.Model):
    """The far end of a many-to-many through a model of its own."""

    name = models.CharField(max_length=50)


class Meal(models.Model):
    """Joins birds and foods; the same pair may come twice."""

    bird = models.ForeignKey(Bird, on_delete=models.CASCADE)
    food = models.ForeignKey(Food, on_delete=models.CASCADE)
    grams = models.IntegerField(default=0)


class Shelf(models.Model):
    """A composite key."""

    pk = models.CompositePrimaryKey("room", "place")
    room = models.IntegerField()
    place = models.CharField(max_length=10)
    label = models.CharField(max_length=50)


class Box(models.Model):
    """Stands on a shelf, by both columns of its key."""

    room = models.IntegerField()
    place = models.CharField(max_length=10)
    shelf = models.ForeignObject(
        Shelf,
        on_delete=models.CASCADE,
        from_fields=("room", "place"),
        to_fields=("room", "place"),
        related_name="boxes",
    )
    weight = models.FloatField(default=0)


class Odd(models.Model):
    """Names of table and columns with quotes' relatives: blanks, percent signs, `%s`, apostrophes."""

    select = models.CharField(max_length=50, db_column="sel ect")
    percent = models.IntegerField(db_column="100% of %s", null=True)
    apostrophe = models.IntegerField(db_column="it's %% odd", null=True)
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, db_column="the parent's", related_name="kids"
    )

    class Meta:
        db_table = "zoo odd's 100%"


class Listing(models.Model):
    """Fields that only PostgreSQL has."""

    numbers = ArrayField(models.IntegerField(), null=True)
    prices = ArrayField(models.DecimalField(max_digits=8, decimal_places=2), null=True)
    matrix = ArrayField(ArrayField(models.IntegerField()), null=True)
    span = IntegerRangeField(null=True)
    days = DateRangeField(null=True)

    class Meta:
        required_db_vendor = "postgresql"


class Claim(models.Model):
    """A constraint of every kind that both databases have."""

    code = models.CharField(max_length=10, unique=True)
    name = models.CharField(max_length=50, default="", blank=True)
    room = models.IntegerField(default=0)
    place = models.IntegerField(default=0)
    low = models.IntegerField(default=0)
    high = models.IntegerField(default=0)
    spot = models.IntegerField(default=0)
    is_open = models.BooleanField(default=False)
    country = models.ForeignKey(Country, on_delete=models.CASCADE, null=True)

    class Meta:
        unique_together = [("room", "place")]
        constraints = [
            models.CheckConstraint(condition=models.Q(low__lte=models.F("high")), name="zoo_claim_low_to_high"),
            models.UniqueConstraint(Lower("name"), name="zoo_claim_name", condition=~models.Q(name="")),
            models.UniqueConstraint(fields=["spot"], name="zoo_claim_open_spot", condition=models.Q(is_open=True)),
        ]


class Ledger(models.Model):
    """Written beside a claim by whoever likes; its columns are named as a claim's are."""

    code = models.CharField(max_length=10, unique=True)


class Depot(models.Model):
    """Unique columns of many kinds that others refer to."""

    number = models.DecimalField(max_digits=8, decimal_places=2, unique=True)
    address = models.GenericIPAddressField(unique=True)
    moment = models.DateTimeField(unique=True)
    day = models.DateField(unique=True)
    uid = models.UUIDField(unique=True)
    word = models.CharField(max_length=20, unique=True)
    weight = models.FloatField(unique=True)


class Delivery(models.Model):
    """Refers to a depot by each of them."""

    number = models.ForeignKey(Depot, models.CASCADE, to_field="number", null=True, related_name="+")
    address = models.ForeignKey(Depot, models.CASCADE, to_field="address", null=True, related_name="+")
    moment = models.ForeignKey(Depot, models.CASCADE, to_field="moment", null=True, related_name="+")
    day = models.ForeignKey(Depot, models.CASCADE, to_field="day", null=True, related_name="+")
    uid = models.ForeignKey(Depot, models.CASCADE, to_field="uid", null=True, related_name="+")
    word = models.ForeignKey(Depot, models.CASCADE, to_field="word", null=True, related_name="+")
    weight = models.ForeignKey(Depot, models.CASCADE, to_field="weight", null=True, related_name="+")


class Firm(models.Model):
    """A field of every kind that a client may write; none may be null, all may be empty."""

    integer = models.IntegerField()
    text = models.TextField(blank=True)
    boolean = models.BooleanField()
    decimal = models.DecimalField(max_digits=12, decimal_places=3)
    float = models.FloatField()
    date = models.DateField()
    datetime = models.DateTimeField()
    time = models.TimeField()
    duration = models.DurationField()
    uuid = models.UUIDField()
    binary = models.BinaryField(blank=True)
    json = models.JSONField(blank=True)
    address = models.GenericIPAddressField()


class Lesson(models.Model):
    """Two cannot take the same hours of a room."""

    room = models.IntegerField()
    begins = models.IntegerField()
    ends = models.IntegerField()

    class Meta:
        required_db_vendor = "postgresql"
        constraints = [
            ExclusionConstraint(
                name="zoo_lesson_hours",
                expressions=[
                    (
                        models.Func("begins", "ends", function="int4range", output_field=IntegerRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        models.Func("room", "room", models.Value("[]"), function="int4range"),
                        RangeOperators.EQUAL,
                    ),
                ],
            )
        ]


class Sample(models.Model):
    """A value of every kind that one statement may store, and nothing that its model would have to do."""

    number = models.IntegerField(null=True)
    big = models.BigIntegerField(default=2**62)
    price = models.DecimalField(max_digits=9, decimal_places=3, default="0.125")
    weight = models.FloatField(default=0.1)
    is_open = models.BooleanField(default=True)
    word = models.CharField(max_length=20, blank=True)
    day = models.DateField(null=True)
    moment = models.DateTimeField(null=True)
    clock = models.TimeField(null=True)
    length = models.DurationField(null=True)
    uid = models.UUIDField(default=uuid.uuid4)
    raw = models.BinaryField(null=True)
    json = models.JSONField(default=dict, blank=True)
    address = models.GenericIPAddressField(null=True)
    made_at = models.DateTimeField(auto_now_add=True)
    touched = models.DateField(auto_now=True)
    doubled = models.GeneratedField(
        expression=models.F("number") * 2, output_field=models.IntegerField(), db_persist=True
    )
    level = models.IntegerField(db_default=7)


class Leaf(models.Model):
    """Part of a sample, with a document of its own."""

    sample = models.ForeignKey(Sample, on_delete=models.CASCADE, related_name="leaves")
    data = models.JSONField(default=dict, blank=True)
    size = models.IntegerField(db_default=3)
    seen = models.DateTimeField(db_default=Now())


class Tick(models.Model):
    """A key that every driver spells in its own way."""

    at = models.DateTimeField(primary_key=True)
    word = models.CharField(max_length=20, blank=True)


class Exhibit(models.Model):
    """Files: one that must be there, an image that need not, and one that rows share until they have their own."""

    label = models.CharField(max_length=50, unique=True)
    width = models.IntegerField(null=True, editable=False)
    height = models.IntegerField(null=True, editable=False)
    sheet = models.FileField(upload_to="sheets")
    photo = models.ImageField(upload_to="photos", null=True, blank=True, width_field="width", height_field="height")
    badge = models.FileField(upload_to="badges", default="badges/none.txt", blank=True)
    seen_on = models.DateField(null=True, blank=True)
    price = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    is_open = models.BooleanField(default=False)
    uid = models.UUIDField(null=True, blank=True)
    data = models.JSONField(default=dict, blank=True)
    countries = models.ManyToManyField(Country, blank=True)


class Paper(models.Model):
    """Its file has the name that a form's JSON would have; a reference has a default."""

    title = models.CharField(max_length=50)
    document = models.FileField(
        upload_to="papers/%Y", max_length=60, validators=[FileExtensionValidator(["pdf", "txt"])]
    )
    scan = models.FileField(upload_to="", blank=True)
    country = models.ForeignKey(Country, models.CASCADE, null=True, default=None)
