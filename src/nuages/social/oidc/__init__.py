"""From an OpenID Connect provider's answers to a login of allauth's, each answer checked as the standards want."""
