"""Models with every kind of field and relation that real projects have; no migrations, tables come from here."""

import uuid

from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField, DateRangeField, IntegerRangeField
from django.db import models


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
    json = models.JSONField(null=True)
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
