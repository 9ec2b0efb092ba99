"""Keep with each login when its user last proved who they are, and how."""

from typing import Any, ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar[list[Any]] = [("nuages", "0002_logins_and_keys")]

    operations: ClassVar[list[Any]] = [
        migrations.AddField(model_name="login", name="verified_at", field=models.DateTimeField(blank=True, null=True)),
        migrations.AddField(model_name="login", name="methods", field=models.CharField(blank=True, max_length=100)),
    ]
