"""Where allauth looks for the providers of an app: "openid_connect" is ours from here on. Holds nothing else."""

from __future__ import annotations

from nuages.social.oidc.flow import GuardedProvider

provider_classes = [GuardedProvider]
