"""The words of which invented books are made. Chosen to be awkward: accents, other scripts, quotes, an emoji."""
# ruff: noqa: RUF001 - letters that look like others are what real names have

COUNTRIES = ("FR", "US", "GB", "DE", "ES", "IT", "JP", "BR", "IN", "SE", "PL", "NG", "")  # "" is "not known"

GIVEN_NAMES = (
    "Amélie", "Björn", "Chidi", "Dolores", "Eoin", "Françoise", "Gabriela", "Håkon", "Inês", "Jürgen", "Katarzyna",
    "Łukasz", "Meera", "Ngozi", "Oscar", "Priya", "Quentin", "Renée", "Siobhán", "Takeshi", "Ursula", "Věra", "Walter",
    "Xavier", "Yuki", "Zsófia", "由美", "Мария", "ليلى",
)  # fmt: skip
FAMILY_NAMES = (
    "Adeyemi", "Bäcker", "Castellanos", "D'Angelo", "Eriksson", "Faure", "Güneş", "Horváth", "Ibáñez", "Jørgensen",
    "Kowalski", "Lefèvre", "Mahfouz", "Nakamura", "O'Brien", "Pereira", "Quiroga", "Rao", "Šimić", "Thévenet",
    "Ülker", "Vasquez", "Wójcik", "Yılmaz", "Zimmermann", "村上", "Толстая", "منصور",
)  # fmt: skip
HOUSES = ("Press", "& Sons", "Verlag", "Éditions", "Books", "Libros", "書房", "Förlag")

GENRES = (
    "crime", "romance", "history", "poetry", "travel", "science", "fantasy", "biography", "essays", "horror", "humour",
    "philosophy", "cookery", "art", "music", "nature", "drama", "adventure", "war", "mythology", "short stories",
    "politics", "sport", "children's", "bande dessinée",
)  # fmt: skip
KINDS = ("", "classic ", "modern ", "illustrated ")  # 4 kinds of 25 genres: 100 tags

TITLES = (
    "The {adjective} {noun}", "The {noun} of {name}", "{name}'s {noun}", "A {noun} Called “{adjective}”",
    "The \"{adjective}\" {noun} and Other Stories", "L’été de {name}", "{noun} & {other}", "No {noun} for {name}",
    "{adjective} {noun}, {adjective} {other}", "{name} and the {adjective} {noun}", "Das {noun}-Prinzip",
    "How to Keep a {noun}: A {adjective} Guide",
)  # fmt: skip
ADJECTIVES = (
    "Silent", "Borrowed", "Amber", "Crooked", "Patient", "Salt", "Unfinished", "Northern", "Paper", "Blue", "Last",
    "Hidden", "Wandering", "Naïve", "Thirteenth", "Gentle",
)  # fmt: skip
NOUNS = (
    "Lighthouse", "Orchard", "Map", "Clockmaker", "Tide", "Café", "Library", "Fox", "Staircase", "Violin", "Island",
    "Letter", "Bridge", "Kitchen", "Comet", "Railway", "Garden", "Mirror",
)  # fmt: skip

SENTENCES = (
    "I couldn't put it down.",
    "The middle drags a little, but the ending makes up for everything.",
    'My daughter calls it "the best book in the world", and she has read three.',
    "Le style est magnifique, même si la traduction laisse à désirer.",
    "The characters feel like people I have met on a train and never forgot.",
    "Chapter <three> & the epilogue alone are worth the price.",
    "Two stars less for the font, one more for the cat.",
    "Ein stilles, kluges Buch über Familie, Arbeit und das Meer.",
    "I wanted to like it, and for a hundred pages I did.",
    "Would read again on a rainy weekend with tea. 📚",
    "Path of the plot: A\\B\\C, and back to A.",
    "とても静かで美しい物語でした。",
    "It arrived bent, which is hardly the author's fault.",
    "“Unforgettable”, says the cover; for once the cover is right.",
)
