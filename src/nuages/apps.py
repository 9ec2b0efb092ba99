"""Nuages as a Django app: registers the system checks. Nothing is built here, since models may still be loading."""

from __future__ import annotations

from django.apps import AppConfig


class NuagesConfig(AppConfig):
    """The app "nuages" in INSTALLED_APPS."""

    name = "nuages"
    verbose_name = "Nuages"
    default_auto_field = "django.db.models.BigAutoField"  # whatever the project's is, the migrations say this

    def ready(self) -> None:
        from nuages import checks  # noqa: F401, PLC0415  # registers the checks, which need loaded models
        from nuages.cache.noticing import watch_connections  # noqa: PLC0415
        from nuages.diagnose.jobs import build_apis  # noqa: PLC0415
        from nuages.diagnose.live import live_models  # noqa: PLC0415
        from nuages.identify.api_key import watch_keys  # noqa: PLC0415
        from nuages.identify.oauth import watch_tokens  # noqa: PLC0415
        from nuages.identify.proofs import watch_logins  # noqa: PLC0415
        from nuages.identify.standing import watch_users  # noqa: PLC0415
        from nuages.jobs.discovering import also_discover  # noqa: PLC0415
        from nuages.jobs.tasks_found import watch_tasks  # noqa: PLC0415
        from nuages.live.migrating import watch_migrations  # noqa: PLC0415

        watch_connections()
        watch_migrations(self, live_models)
        watch_users()
        watch_keys()
        watch_logins()
        watch_tokens()
        watch_tasks()
        also_discover(build_apis)
