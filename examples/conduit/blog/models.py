"""Turn people, articles and comments into tables, and rows into what somebody sees of them. It knows no request."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import Count, Exists, OuterRef, Prefetch, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.text import slugify

RESERVED = frozenset({"feed"})  # a slug that would be another path
SLUG_CHARS = 80


class People(models.QuerySet["User"]):
    def seen_by(self, viewer: User | None) -> People:
        """Tell of each whether the viewer follows them."""
        follows = User.followed.through.objects.filter(from_user=_key(viewer), to_user=OuterRef("pk"))
        return self.annotate(following=Exists(follows))


class Everybody(BaseUserManager.from_queryset(People)):  # type: ignore[misc]  # a class that is made
    use_in_migrations = False


class User(AbstractBaseUser):
    """Somebody who writes, and logs in by mail address."""

    email = models.EmailField(unique=True)
    username = models.CharField(max_length=150, unique=True, validators=[UnicodeUsernameValidator()])
    bio = models.TextField(blank=True)
    image = models.CharField(max_length=2000, blank=True, help_text="The URL of a picture.")
    is_active = models.BooleanField(default=True, help_text="Who is not may not log in.")
    followed = models.ManyToManyField("self", symmetrical=False, related_name="followers", blank=True)

    objects = Everybody()

    USERNAME_FIELD = "email"


class Tag(models.Model):
    name = models.CharField(max_length=50, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Articles(models.QuerySet["Article"]):
    def seen_by(self, viewer: User | None) -> Articles:
        """Bring author and tags, and tell of each whether the viewer favours it, and how many do.

        However many articles: one statement for them, one for their authors, one for their tags.
        """
        favours = Article.favourited_by.through.objects.filter(article=OuterRef("pk"))
        count = favours.order_by().values("article").annotate(count=Count("pk")).values("count")
        return self.prefetch_related(Prefetch("author", User.objects.seen_by(viewer)), "tags").annotate(
            favorited=Exists(favours.filter(user=_key(viewer))),
            favorites_count=Coalesce(Subquery(count), Value(0)),
        )


class Article(models.Model):
    slug = models.SlugField(max_length=SLUG_CHARS + 10, unique=True, allow_unicode=True)
    title = models.CharField(max_length=255)
    description = models.TextField()
    body = models.TextField()
    author = models.ForeignKey(User, models.CASCADE, related_name="articles")
    tags = models.ManyToManyField(Tag, related_name="articles", blank=True)
    favourited_by = models.ManyToManyField(User, related_name="favourites", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = Articles.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["-created_at", "-id"], name="article_newest")]

    def __str__(self) -> str:
        return self.title

    @property
    def tag_list(self) -> list[str]:
        """The names of its tags."""
        return [tag.name for tag in self.tags.all()]

    def give_slug(self) -> None:
        """Name it in URLs by its title; where that name is taken, with something behind it."""
        plain = slugify(self.title, allow_unicode=True)[:SLUG_CHARS].strip("-_") or "article"
        is_taken = plain in RESERVED or Article.objects.filter(slug=plain).exclude(pk=self.pk).exists()
        self.slug = f"{plain}-{secrets.token_hex(4)}" if is_taken else plain


class Comments(models.QuerySet["Comment"]):
    def seen_by(self, viewer: User | None) -> Comments:
        """Bring authors."""
        return self.prefetch_related(Prefetch("author", User.objects.seen_by(viewer)))


class Comment(models.Model):
    article = models.ForeignKey(Article, models.CASCADE, related_name="comments")
    author = models.ForeignKey(User, models.CASCADE, related_name="comments")
    body = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = Comments.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.body[:50]


def _key(viewer: User | None) -> Any:
    return viewer.pk if viewer is not None else None
