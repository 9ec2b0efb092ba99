"""The description of an API as an OpenAPI 3.1 document, made of what was declared. It looks at the rest of the house
and changes nothing of it; what serves the document is `answer`.

Source: spec.openapis.org/oas/v3.1.1; json-schema.org/draft/2020-12.
"""
