"""Articles, who favours them, and what is said of them."""

from typing import Annotated, Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from blog import documents as docs
from blog.api import api
from blog.models import Article, Comment, Tag
from nuages import NotAllowed, Principal, Query, anyone, authenticated

MOST = 100  # articles on a page, whatever limit is asked for
MOST_LISTED = 500  # comments, or tags
LAST = 1 << 31  # no article is so far behind, and no database counts much further


@api.get("/articles", rule=anyone, returns=docs.OfArticles)
def list_articles(wanted: Annotated[docs.Wanted, Query()], principal: Principal) -> docs.Answer:
    """Show the newest articles, those of a tag, of an author, or that somebody favours."""
    found = Article.objects.seen_by(principal.user)
    names = {"tags__name": wanted.tag, "author__username": wanted.author, "favourited_by__username": wanted.favorited}
    return _page(found.filter(**{name: value for name, value in names.items() if value}), wanted)


@api.get("/articles/feed", rule=authenticated, returns=docs.OfArticles)
def feed(page: Annotated[docs.Page, Query()], principal: Principal) -> docs.Answer:
    """Show the newest articles of those whom one follows."""
    return _page(Article.objects.seen_by(principal.user).filter(author__followers=principal.user), page)


@api.post("/articles", rule=authenticated, status=201, returns=docs.OfArticle)
def add_article(article: docs.Envelope[docs.NewArticle], principal: Principal) -> docs.Answer:
    """Publish an article."""
    row = Article(title=article.title, description=article.description, body=article.body, author=principal.user)
    row.give_slug()
    row.save()
    names = set(article.tag_list)
    Tag.objects.bulk_create([Tag(name=name) for name in sorted(names)], ignore_conflicts=True)
    row.tags.set(Tag.objects.filter(name__in=names))
    return show_article(row.slug, principal)


@api.get("/articles/{slug}", rule=anyone, returns=docs.OfArticle)
def show_article(slug: str, principal: Principal) -> docs.Answer:
    """Show an article."""
    return {"article": get_object_or_404(Article.objects.seen_by(principal.user), slug=slug)}


@api.put("/articles/{slug}", rule=authenticated, returns=docs.OfArticle)
def change_article(slug: str, article: docs.Envelope[docs.ArticleChange], principal: Principal) -> docs.Answer:
    """Change an article of one's own; another title is another slug."""
    row = _own(Article.objects.all(), principal, slug=slug)
    values = article.given()
    is_renamed = values.get("title", row.title) != row.title
    for name, value in values.items():
        setattr(row, name, value)
    if is_renamed:
        row.give_slug()
    row.save()
    return show_article(row.slug, principal)


@api.delete("/articles/{slug}", rule=authenticated)
def remove_article(slug: str, principal: Principal) -> None:
    """Take an article of one's own back."""
    _own(Article.objects.all(), principal, slug=slug).delete()


@api.post("/articles/{slug}/favorite", rule=authenticated, returns=docs.OfArticle)
def favour(slug: str, principal: Principal) -> docs.Answer:
    """Favour an article."""
    get_object_or_404(Article, slug=slug).favourited_by.add(principal.user)
    return show_article(slug, principal)


@api.delete("/articles/{slug}/favorite", rule=authenticated, returns=docs.OfArticle)
def favour_no_longer(slug: str, principal: Principal) -> docs.Answer:
    """Favour an article no longer."""
    get_object_or_404(Article, slug=slug).favourited_by.remove(principal.user)
    return show_article(slug, principal)


@api.get("/articles/{slug}/comments", rule=anyone, returns=docs.OfComments)
def list_comments(slug: str, principal: Principal) -> docs.Answer:
    """Show the newest comments on an article."""
    article = get_object_or_404(Article.objects.only("pk"), slug=slug)
    return {"comments": article.comments.seen_by(principal.user)[:MOST_LISTED]}


@api.post("/articles/{slug}/comments", rule=authenticated, returns=docs.OfComment)
def add_comment(slug: str, comment: docs.Envelope[docs.NewComment], principal: Principal) -> docs.Answer:
    """Say something about an article."""
    article = get_object_or_404(Article.objects.only("pk"), slug=slug)
    row = Comment.objects.create(article=article, author=principal.user, body=comment.body)
    return {"comment": Comment.objects.seen_by(principal.user).get(pk=row.pk)}


@api.delete("/articles/{slug}/comments/{id}", rule=authenticated)
def remove_comment(slug: str, id: int, principal: Principal) -> None:  # noqa: A002  # its name in Conduit's paths
    """Take a comment of one's own back."""
    _own(Comment.objects.all(), principal, pk=id, article__slug=slug).delete()


@api.get("/tags", rule=anyone, returns=docs.OfTags)
def list_tags() -> docs.Answer:
    """Show the tags that articles have."""
    used = Tag.objects.filter(articles__isnull=False).distinct()[:MOST_LISTED]
    return {"tags": [tag.name for tag in used]}


def _page(found: QuerySet[Article], page: docs.Page) -> docs.Answer:
    first = min(page.offset, LAST)
    rows = found.defer("body")[first : first + min(page.limit, MOST)]
    return {"articles": rows, "articlesCount": found.count()}


def _own(rows: QuerySet[Any], principal: Principal, **named: object) -> Any:
    row = get_object_or_404(rows, **named)
    if row.author_id != principal.user.pk:
        raise NotAllowed("This is somebody else's.")
    return row
