"""A fast password hasher that counts how often it has computed a hash. No test lives here."""

from django.contrib.auth.hashers import MD5PasswordHasher


class CountedHasher(MD5PasswordHasher):
    """Counts in `computed`, which a test empties."""

    computed: list[str] = []

    def encode(self, password: str, salt: str) -> str:
        """Compute a hash, and count it."""
        self.computed.append(salt)
        encoded: str = super().encode(password, salt)
        return encoded
