"""Turn the models into admin pages that stay quick with many rows: no select box ever lists a whole table."""

from django.contrib import admin

from shop.models import Author, Book, Publisher, Review, Tag


@admin.register(Author)
class AuthorAdmin(admin.ModelAdmin):
    list_display = ["name", "country", "born"]
    list_filter = ["country"]
    search_fields = ["name"]
    ordering = ["name", "id"]


@admin.register(Publisher)
class PublisherAdmin(admin.ModelAdmin):
    search_fields = ["name"]
    ordering = ["name", "id"]


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin):
    search_fields = ["name"]
    ordering = ["name"]


@admin.register(Book)
class BookAdmin(admin.ModelAdmin):
    list_display = ["title", "author", "price", "published", "in_print"]
    list_filter = ["in_print", "published"]
    list_select_related = ["author"]
    search_fields = ["title", "isbn", "author__name"]
    autocomplete_fields = ["author", "coauthors", "publisher", "tags"]
    date_hierarchy = "published"
    ordering = ["-id"]


@admin.register(Review)
class ReviewAdmin(admin.ModelAdmin):
    list_display = ["book", "user_name", "stars", "created_at"]
    list_filter = ["stars", "created_at"]
    list_select_related = ["book"]
    search_fields = ["user_name", "book__title"]
    autocomplete_fields = ["book"]
    raw_id_fields = ["user"]  # autocomplete would demand a search on whatever user model the project has
    ordering = ["-id"]
