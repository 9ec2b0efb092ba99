"""Django REST framework, written the way its users write it: ModelSerializers, generics, django-filter, prefetching."""

import django_filters
import django_filters.rest_framework
from django.db.models import Prefetch
from django.urls import path
from rest_framework import generics, serializers
from rest_framework.filters import OrderingFilter
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTStatelessUserAuthentication

from on_django.shop.models import Author, Book, Publisher, Review, Tag

BOOK_FIELDS = ["id", "title", "isbn", "price", "published", "in_print", "created_at"]


class AuthorSerializer(serializers.ModelSerializer):
    class Meta:
        model = Author
        fields = ["id", "name"]


class PublisherSerializer(serializers.ModelSerializer):
    class Meta:
        model = Publisher
        fields = ["id", "name"]


class TagSerializer(serializers.ModelSerializer):
    class Meta:
        model = Tag
        fields = ["id", "name"]


class ReviewSerializer(serializers.ModelSerializer):
    class Meta:
        model = Review
        fields = ["id", "user_name", "stars", "body", "created_at"]


class BookDetailSerializer(serializers.ModelSerializer):
    author = AuthorSerializer(read_only=True)
    publisher = PublisherSerializer(read_only=True)
    tags = TagSerializer(many=True, read_only=True)

    class Meta:
        model = Book
        fields = [*BOOK_FIELDS, "author", "publisher", "tags"]


class BookListSerializer(serializers.ModelSerializer):
    author_id = serializers.IntegerField(read_only=True)
    publisher_id = serializers.IntegerField(read_only=True)

    class Meta:
        model = Book
        fields = [*BOOK_FIELDS, "author_id", "publisher_id"]


class BookFullSerializer(BookDetailSerializer):
    reviews = ReviewSerializer(many=True, read_only=True)
    review_count = serializers.SerializerMethodField()
    avg_stars = serializers.SerializerMethodField()

    class Meta(BookDetailSerializer.Meta):
        fields = [*BookDetailSerializer.Meta.fields, "reviews", "review_count", "avg_stars"]

    def get_review_count(self, book) -> int:
        return len(book.reviews.all())

    def get_avg_stars(self, book):
        reviews = book.reviews.all()  # prefetched
        return sum(r.stars for r in reviews) / len(reviews) if reviews else None


class BookSearchSerializer(serializers.ModelSerializer):
    author = AuthorSerializer(read_only=True)
    publisher_id = serializers.IntegerField(read_only=True)

    class Meta:
        model = Book
        fields = [*BOOK_FIELDS, "publisher_id", "author"]


class ReviewCreateSerializer(serializers.ModelSerializer):
    stars = serializers.IntegerField(min_value=1, max_value=5)

    class Meta:
        model = Review
        fields = ["id", "book", "user_name", "stars", "body", "created_at"]
        read_only_fields = ["created_at"]


TAGS = Prefetch("tags", queryset=Tag.objects.order_by("id"))
REVIEWS = Prefetch("reviews", queryset=Review.objects.order_by("id"))


class Hello(APIView):
    def get(self, request):
        return Response({"hello": "world"})


class BookDetail(generics.RetrieveAPIView):
    queryset = Book.objects.select_related("author", "publisher").prefetch_related(TAGS)
    serializer_class = BookDetailSerializer


class SecureBookDetail(BookDetail):
    authentication_classes = [JWTStatelessUserAuthentication]
    permission_classes = [IsAuthenticated]


class PageOnly:
    """Page-number slicing without the COUNT(*) of PageNumberPagination; the body is the bare list."""

    def paginate_queryset(self, queryset, request, view=None):
        size = min(int(request.query_params.get("page_size", 50)), 100)
        start = (int(request.query_params.get("page", 1)) - 1) * size
        return list(queryset[start : start + size])

    def get_paginated_response(self, data):
        return Response(data)


class BookList(generics.ListAPIView):
    queryset = Book.objects.order_by("id")
    serializer_class = BookListSerializer
    pagination_class = PageOnly


class BookFull(generics.ListAPIView):
    queryset = Book.objects.order_by("id").select_related("author", "publisher").prefetch_related(TAGS, REVIEWS)
    serializer_class = BookFullSerializer
    pagination_class = PageOnly


class BookFilter(django_filters.FilterSet):
    country = django_filters.CharFilter(field_name="author__country")
    min_price = django_filters.NumberFilter(field_name="price", lookup_expr="gte")
    max_price = django_filters.NumberFilter(field_name="price", lookup_expr="lte")
    tag = django_filters.CharFilter(field_name="tags__name")

    class Meta:
        model = Book
        fields = []


class FirstTwenty(PageOnly):
    """The search shows twenty and has no pages."""

    def paginate_queryset(self, queryset, request, view=None):
        return list(queryset[:20])


class BookSearch(generics.ListAPIView):
    queryset = Book.objects.select_related("author")
    serializer_class = BookSearchSerializer
    filter_backends = [django_filters.rest_framework.DjangoFilterBackend, OrderingFilter]
    filterset_class = BookFilter
    ordering_fields = ["published", "price", "title"]
    ordering = ["-published"]
    pagination_class = FirstTwenty


class ReviewCreate(generics.CreateAPIView):
    queryset = Review.objects.all()
    serializer_class = ReviewCreateSerializer


urlpatterns = [
    path("hello", Hello.as_view()),
    path("books", BookList.as_view()),
    path("books/full", BookFull.as_view()),
    path("books/search", BookSearch.as_view()),
    path("books/<int:pk>", BookDetail.as_view()),
    path("secure/books/<int:pk>", SecureBookDetail.as_view()),
    path("reviews", ReviewCreate.as_view()),
]
