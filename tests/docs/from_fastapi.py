"""Ask the FastAPI half of docs/explanation/from-fastapi.md: the code and the requests come as JSON on stdin.

Run by an interpreter that has FastAPI, which the tests' own has not: its python-multipart and our multipart would
stand in each other's way.
"""

import json
import sys
from typing import Any

from fastapi.testclient import TestClient  # type: ignore[import-not-found]

asked = json.load(sys.stdin)
scope: dict[str, Any] = {"__name__": "from_fastapi"}
exec(asked["code"], scope)
client = TestClient(scope["app"])
answers = []
for each in asked["requests"]:
    response = client.request(each["method"], each["url"], content=each["body"].encode(), headers=each["headers"])
    answers.append({"status": response.status_code, "body": response.json()})
json.dump(answers, sys.stdout)
