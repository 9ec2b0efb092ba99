"""No URLs: for the commands that only make tables, and for django-bolt, which has its own routes."""

urlpatterns: list[object] = []
