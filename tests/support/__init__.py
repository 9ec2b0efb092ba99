"""What tests stand on: databases to run against. No tests of the framework live here."""
