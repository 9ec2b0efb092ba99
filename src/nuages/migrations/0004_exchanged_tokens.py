"""Make the table of other systems' refresh tokens that were exchanged for a login."""

from typing import Any, ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar[list[Any]] = [("nuages", "0003_proofs")]
    operations: ClassVar[list[Any]] = [
        migrations.CreateModel(
            name="ExchangedToken",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
            options={"verbose_name": "exchanged token", "verbose_name_plural": "exchanged tokens"},
        ),
    ]
