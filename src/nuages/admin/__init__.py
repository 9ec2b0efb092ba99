"""Show keys, logins and jobs in Django's admin. Imported only where the admin is installed."""

from nuages.admin.jobs import StoredJobAdmin
from nuages.admin.logins import FailedLoginAdmin, LoginAdmin, StoredKeyAdmin

__all__ = ["FailedLoginAdmin", "LoginAdmin", "StoredJobAdmin", "StoredKeyAdmin"]
