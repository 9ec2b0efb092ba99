"""Turn the environment into the place of the database. The driver sets it; every peer reads it here."""

import os

USER = "postgres"
SOCKET = os.environ.get("BENCH_SOCKET", "")  # the directory of PostgreSQL's Unix socket
DATABASE = os.environ.get("BENCH_DATABASE", "postgres")
SQLITE = os.environ.get("BENCH_SQLITE", "")  # a file; where it is set, the Django peers read it instead
POOL = int(os.environ.get("BENCH_POOL", "8"))  # connections a process, where the peer has a pool of its own
CONSTANTS = os.environ.get("BENCH_CONSTANTS", "")  # the directory of the bodies that the constant server sends
CONNINFO = f"host={SOCKET} user={USER} dbname={DATABASE}"

SECRET = "bookshop-benchmark-secret-key-0123456789abcdef"  # signs the tokens of the comparison, and nothing else
ISSUER, KID, AUDIENCE = "https://issuer.example", "benchmark", "bookshop"  # in the tokens of a peer that wants them
