"""Turn a bookshop into tables: ordinary Django models, knowing nothing of the API in front of them."""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone


class Author(models.Model):
    name = models.CharField(max_length=120, db_index=True)
    country = models.CharField(
        max_length=2,
        blank=True,
        db_index=True,
        validators=[RegexValidator(r"^[A-Z]{2}\Z", "Two capital letters, as in FR.")],
        help_text="ISO 3166-1 code of two letters, as in FR; empty where unknown.",
    )
    born = models.DateField(null=True, blank=True, db_index=True, help_text="Empty where unknown.")

    class Meta:
        verbose_name = "author"
        verbose_name_plural = "authors"

    def __str__(self) -> str:
        return self.name


class Publisher(models.Model):
    name = models.CharField(max_length=120, db_index=True)

    class Meta:
        verbose_name = "publisher"
        verbose_name_plural = "publishers"

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    name = models.CharField(max_length=60, unique=True)

    class Meta:
        verbose_name = "tag"
        verbose_name_plural = "tags"

    def __str__(self) -> str:
        return self.name


class Book(models.Model):
    title = models.CharField(max_length=200)
    isbn = models.CharField(
        "ISBN",
        max_length=13,
        unique=True,
        null=True,  # not "": two books without an ISBN would collide
        blank=True,
        validators=[RegexValidator(r"^97[89][0-9]{10}\Z", "Thirteen digits, beginning with 978 or 979.")],
        help_text="ISBN-13 without hyphens; empty where unknown.",
    )
    price = models.DecimalField(max_digits=8, decimal_places=2, validators=[MinValueValidator(Decimal(0))])
    cost = models.DecimalField(
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text="What the shop pays for one; empty where unknown. Seen by staff alone.",
    )
    published = models.DateField(
        null=True, blank=True, db_index=True, help_text="January 1st where only the year is known."
    )
    in_print = models.BooleanField(default=True)
    stock = models.PositiveIntegerField(
        default=10,
        db_default=10,  # for rows that come by SQL alone
        help_text="Copies that can be sold; orders take theirs when they are paid.",
    )
    created_at = models.DateTimeField(default=timezone.now)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")
    coauthors = models.ManyToManyField(
        Author, related_name="coauthored", blank=True, help_text="Further authors, illustrators and translators."
    )
    publisher = models.ForeignKey(Publisher, on_delete=models.SET_NULL, null=True, blank=True, related_name="books")
    tags = models.ManyToManyField(Tag, related_name="books", blank=True)

    class Meta:
        verbose_name = "book"
        verbose_name_plural = "books"
        constraints = [
            # PositiveIntegerField has a check of its own; this one has words, and a name on every database.
            models.CheckConstraint(
                condition=models.Q(stock__gte=0),
                name="shop_book_stock_not_negative",
                violation_error_message="There are not so many copies.",
            ),
        ]
        # With the key as tie-breaker, a page in order of price is read off the index.
        indexes = [models.Index(fields=["price", "id"], name="shop_book_price_id")]

    def __str__(self) -> str:
        return self.title


class Review(models.Model):
    book = models.ForeignKey(
        Book,
        on_delete=models.CASCADE,
        related_name="reviews",
        db_index=False,  # shop_review_book_id below begins with the book and serves both
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="reviews",
        help_text="Who may change the review; empty when that account is gone or never was.",
    )
    user_name = models.CharField(max_length=80, help_text="The name shown beside the review.")
    stars = models.SmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)], help_text="1 to 5.")
    body = models.TextField()
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = "review"
        verbose_name_plural = "reviews"
        constraints = [
            models.CheckConstraint(condition=models.Q(stars__range=(1, 5)), name="shop_review_stars_1_to_5"),
        ]
        indexes = [
            # A book's latest reviews are the end of its stretch of this index.
            models.Index(fields=["book", "id"], name="shop_review_book_id"),
            models.Index(fields=["stars", "id"], name="shop_review_stars_id"),
        ]

    def __str__(self) -> str:
        return f"{self.stars} of 5 by {self.user_name}"


class Order(models.Model):
    customer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    paid_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="Empty until it is paid.")

    class Meta:
        verbose_name = "order"
        verbose_name_plural = "orders"

    def __str__(self) -> str:
        return f"Order {self.pk}"


class OrderItem(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="items")
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="order_items")
    quantity = models.PositiveIntegerField(default=1, validators=[MinValueValidator(1)])
    price = models.DecimalField(
        max_digits=8, decimal_places=2, editable=False, help_text="Of one copy, when the book was put into the order."
    )

    class Meta:
        verbose_name = "order item"
        verbose_name_plural = "order items"
        constraints = [
            models.CheckConstraint(condition=models.Q(quantity__gte=1), name="shop_order_item_quantity_from_1")
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of book {self.book_id}"
