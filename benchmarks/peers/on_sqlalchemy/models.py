"""SQLAlchemy 2 mapping of the same tables, shared by the FastAPI, Litestar and Flask peers."""

from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import Column, DateTime, ForeignKey, Numeric, SmallInteger, String, Table, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


book_tags = Table(
    "shop_book_tags",
    Base.metadata,
    Column("id", primary_key=True),
    Column("book_id", ForeignKey("shop_book.id")),
    Column("tag_id", ForeignKey("shop_tag.id")),
)


class Author(Base):
    __tablename__ = "shop_author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    country: Mapped[str] = mapped_column(String(2))
    born: Mapped[date | None]


class Publisher(Base):
    __tablename__ = "shop_publisher"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))


class Tag(Base):
    __tablename__ = "shop_tag"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)


class Book(Base):
    __tablename__ = "shop_book"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    isbn: Mapped[str] = mapped_column(String(13), unique=True)
    price: Mapped[Decimal] = mapped_column(Numeric(8, 2))
    published: Mapped[date] = mapped_column(index=True)
    in_print: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    author_id: Mapped[int] = mapped_column(ForeignKey("shop_author.id"))
    publisher_id: Mapped[int] = mapped_column(ForeignKey("shop_publisher.id"))
    author: Mapped[Author] = relationship()
    publisher: Mapped[Publisher] = relationship()
    tags: Mapped[list[Tag]] = relationship(secondary=book_tags, order_by=Tag.id)
    reviews: Mapped[list["Review"]] = relationship(order_by="Review.id")

    @property
    def review_count(self) -> int:
        return len(self.reviews)

    @property
    def avg_stars(self) -> float | None:
        return sum(r.stars for r in self.reviews) / len(self.reviews) if self.reviews else None


class Review(Base):
    __tablename__ = "shop_review"
    id: Mapped[int] = mapped_column(primary_key=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("shop_book.id"))
    user_name: Mapped[str] = mapped_column(String(80))
    stars: Mapped[int] = mapped_column(SmallInteger)
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=lambda: datetime.now(UTC))
