"""What an endpoint's function takes from a request, by its signature."""

from nuages.parse.inputs.annotations import signature_of
from nuages.parse.inputs.markers import Body, Cookie, File, Form, Header, Query
from nuages.parse.inputs.reader import InputReader
from nuages.parse.inputs.signature import InputSignature
from nuages.parse.uploads import Upload

__all__ = [
    "Body",
    "Cookie",
    "File",
    "Form",
    "Header",
    "InputReader",
    "InputSignature",
    "Query",
    "Upload",
    "signature_of",
]
