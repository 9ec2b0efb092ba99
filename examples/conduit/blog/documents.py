"""What Conduit's documents look like, each in the envelope that its clients know. Camel case is on the wire alone."""

import datetime as dt
from typing import Annotated, Any, ClassVar, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType, defstruct, structs

from nuages import Body

Answer = dict[str, Any]  # values and rows, of which `returns` says what is sent
Inside = TypeVar("Inside")
Envelope = Annotated[Inside, Body(embed=True)]
Line = Annotated[str, Meta(min_length=1, max_length=255)]
Text = Annotated[str, Meta(min_length=1, max_length=100_000)]
MayBeEmpty = Annotated[str, Meta(max_length=2000)]
TagNames = Annotated[list[Annotated[str, Meta(min_length=1, max_length=50)]], Meta(max_length=20)]


class Sent(Struct, rename="camel"):
    ignores_unknown: ClassVar[bool] = True  # Conduit's schemas let clients send more than they name

    def given(self) -> dict[str, Any]:
        """Give what was sent."""
        return {name: value for name, value in structs.asdict(self).items() if value is not UNSET}


class Login(Sent):
    email: str
    password: str


class NewUser(Login):
    username: Line


class UserChange(Sent):
    email: Line | UnsetType = UNSET
    username: Line | UnsetType = UNSET
    password: Line | UnsetType = UNSET
    bio: MayBeEmpty | UnsetType = UNSET
    image: MayBeEmpty | UnsetType = UNSET


class NewArticle(Sent):
    title: Line
    description: Text
    body: Text
    tag_list: TagNames = []


class ArticleChange(Sent):
    title: Line | UnsetType = UNSET
    description: Text | UnsetType = UNSET
    body: Text | UnsetType = UNSET


class NewComment(Sent):
    body: Text


class Page(Struct):
    offset: Annotated[int, Meta(ge=0)] = 0
    limit: Annotated[int, Meta(ge=1)] = 20


class Wanted(Page):
    tag: str = ""
    author: str = ""
    favorited: str = ""


class Me(Struct):
    email: str
    token: str
    username: str
    bio: str
    image: str


class Profile(Struct):
    username: str
    bio: str
    image: str
    following: bool


class Listed(Struct, rename="camel"):
    slug: str
    title: str
    description: str
    tag_list: list[str]
    created_at: dt.datetime
    updated_at: dt.datetime
    favorited: bool
    favorites_count: int
    author: Profile


class Whole(Listed, rename="camel"):
    body: str


class Remark(Struct, rename="camel"):
    id: int
    created_at: dt.datetime
    updated_at: dt.datetime
    body: str
    author: Profile


OfUser = defstruct("OfUser", [("user", Me)])
OfProfile = defstruct("OfProfile", [("profile", Profile)])
OfArticle = defstruct("OfArticle", [("article", Whole)])
OfArticles = defstruct("OfArticles", [("articles", list[Listed]), ("articles_count", int)], rename="camel")
OfComment = defstruct("OfComment", [("comment", Remark)])
OfComments = defstruct("OfComments", [("comments", list[Remark])])
OfTags = defstruct("OfTags", [("tags", list[str])])
