"""Turn the models into admin pages that stay quick with many rows: no select box ever lists a whole table."""

from django.contrib import admin

from shop.models import Author, Book, Order, OrderItem, Publisher, Review, Tag


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
    list_display = ["title", "author", "price", "stock", "published", "in_print"]
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


class OrderItemInline(admin.TabularInline):
    model = OrderItem
    fields = readonly_fields = ["book", "quantity", "price"]
    extra = 0
    can_delete = False

    def has_add_permission(self, *_):
        return False


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    """To look at: what an order holds, and what it costs, is settled by the API."""

    list_display = ["id", "customer", "created_at", "paid_at"]
    list_filter = ["paid_at", "created_at"]
    list_select_related = ["customer"]
    search_fields = ["=id", "items__book__title"]
    fields = readonly_fields = ["customer", "created_at", "paid_at"]
    inlines = [OrderItemInline]
    ordering = ["-id"]

    def has_add_permission(self, *_):
        return False
