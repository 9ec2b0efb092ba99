"""From a login at another provider, by django-allauth, to a login of Nuages and its tokens."""
