"""The one shared models module: every Django peer uses it, every other peer maps the same tables."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone


class Author(models.Model):
    name = models.CharField(max_length=120)
    country = models.CharField(max_length=2)
    born = models.DateField(null=True)


class Publisher(models.Model):
    name = models.CharField(max_length=120)


class Tag(models.Model):
    name = models.CharField(max_length=60, unique=True)


class Book(models.Model):
    title = models.CharField(max_length=200)
    isbn = models.CharField(max_length=13, unique=True)
    price = models.DecimalField(max_digits=8, decimal_places=2)
    published = models.DateField(db_index=True)
    in_print = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")
    publisher = models.ForeignKey(Publisher, on_delete=models.CASCADE, related_name="books")
    tags = models.ManyToManyField(Tag, related_name="books")


class Review(models.Model):
    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="reviews")
    user_name = models.CharField(max_length=80)
    stars = models.SmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    body = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)
