"""An integrator of LienThong: gets a token, records and submits observations, imports a CSV file, reports exchanges, follows changes.

Standard library only. Settings: LIENTHONG_URL, LIENTHONG_CLIENT_ID, LIENTHONG_CLIENT_SECRET.
"""

import base64
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

ATTEMPTS = 5

RECORD = """
mutation($input: RecordObservationInput!) {
  recordObservation(input: $input) { observation { id version findings { code message } } }
}
"""

SUBMIT = """
mutation($input: TransitionInput!) {
  submitObservation(input: $input) { observation { id state } }
}
"""

REPORT = """
mutation($input: RecordExchangesInput!) {
  recordExchanges(input: $input) { accepted duplicates errors { row field code message } }
}
"""

CHANGES = """
query($after: Cursor) {
  changes(after: $after) {
    nodes { cursor type action key nodeId at }
    pageInfo { endCursor hasNextPage }
  }
}
"""


class Rejected(Exception):
    """The service rejected a request. Sending it again does not help."""


class Service:
    """The service, called as one API client."""

    def __init__(self, url: str, client_id: str, secret: str) -> None:
        self.url = url.rstrip("/")
        self.credentials = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        self.token, self.valid_until = "", 0.0

    def authorization(self) -> str:
        """The header with a token that is valid for another minute at least."""
        if time.monotonic() > self.valid_until - 60:
            form = urllib.parse.urlencode({"grant_type": "client_credentials"}).encode()
            headers = {"authorization": f"Basic {self.credentials}", "content-type": "application/x-www-form-urlencoded"}
            status, answer = self.send("/oauth/token", form, headers)
            if status != 200:
                raise Rejected(f"no token: {answer}")
            self.token = answer["access_token"]
            self.valid_until = time.monotonic() + answer["expires_in"]
        return f"Bearer {self.token}"

    def send(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict]:
        """Sends a request, again after `Retry-After` while the service is busy or the rate limit is exceeded."""
        for attempt in range(ATTEMPTS):
            request = urllib.request.Request(self.url + path, body, headers)
            try:
                with urllib.request.urlopen(request, timeout=150) as answer:
                    return answer.status, json.load(answer)
            except urllib.error.HTTPError as error:
                if error.code not in (429, 503) or attempt + 1 == ATTEMPTS:
                    return error.code, json.load(error)
                time.sleep(int(error.headers.get("Retry-After", "5")))
        raise AssertionError("unreachable")

    def post(self, path: str, body: bytes, media_type: str) -> tuple[int, dict]:
        """Sends a request that is safe to repeat: it has an idempotency key."""
        key = str(uuid.uuid4())
        headers = {"content-type": media_type, "accept-language": "en", "idempotency-key": key}
        status, answer = self.send(path, body, {**headers, "authorization": self.authorization()})
        if status == 401:
            # The token was revoked, or the signing key was replaced.
            self.valid_until = 0.0
            status, answer = self.send(path, body, {**headers, "authorization": self.authorization()})
        return status, answer

    def execute(self, document: str, **variables: object) -> dict:
        """Executes a document; its data, or `Rejected` with the errors."""
        body = json.dumps({"query": document, "variables": variables}).encode()
        _, answer = self.post("/graphql", body, "application/json")
        if "errors" in answer:
            raise Rejected(json.dumps(answer["errors"], ensure_ascii=False))
        return answer["data"]


def lines(path: str) -> list[dict]:
    """The JSON objects of a file, one a line."""
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines() if line.strip()]


def push(service: Service, path: str) -> None:
    """Records each observation as a draft, and submits it to an approver."""
    for order in lines(path):
        draft = service.execute(RECORD, input=order)["recordObservation"]["observation"]
        for finding in draft["findings"]:
            print(f"{order['indicator']}: {finding['code']}: {finding['message']}")
        seen = {"id": draft["id"], "version": draft["version"]}
        submitted = service.execute(SUBMIT, input=seen)["submitObservation"]["observation"]
        print(f"{order['indicator']} {order['area']} {order['period']}: {submitted['state']}")


def import_csv(service: Service, path: str) -> None:
    """Imports a CSV file, all rows or none."""
    status, report = service.post("/import/observations", Path(path).read_bytes(), "text/csv")
    if "accepted" not in report:
        raise Rejected(json.dumps(report["errors"], ensure_ascii=False))
    for fault in report["errors"]:
        print(f"row {fault['row']}: {fault['field']}: {fault['message']}")
    print(f"accepted {report['accepted']}, rejected {report['rejected']}")
    if status != 200:
        raise Rejected("nothing was recorded")


def report_exchanges(service: Service, path: str) -> None:
    """Reports exchanges, at most 10,000 at a time. Repeating a report changes nothing."""
    records = lines(path)
    for start in range(0, len(records), 10_000):
        result = service.execute(REPORT, input={"records": records[start : start + 10_000]})["recordExchanges"]
        for fault in result["errors"]:
            print(f"record {start + fault['row']}: {fault['code']}: {fault['message']}")
        print(f"accepted {result['accepted']}, duplicates {result['duplicates']}, errors {len(result['errors'])}")


def follow(service: Service, path: str) -> None:
    """Prints what changed since the cursor in a file, and stores the new cursor after each page."""
    cursor = Path(path)
    after = cursor.read_text(encoding="utf-8").strip() if cursor.exists() else None
    while True:
        page = service.execute(CHANGES, after=after or None)["changes"]
        for change in page["nodes"]:
            print(json.dumps(change, ensure_ascii=False))
        after = page["pageInfo"]["endCursor"]
        if after:
            cursor.write_text(after, encoding="utf-8")
        if not page["pageInfo"]["hasNextPage"]:
            return


COMMANDS = {"push": push, "import": import_csv, "report": report_exchanges, "follow": follow}


def main(arguments: list[str]) -> int:
    """Runs one command."""
    if len(arguments) != 2 or arguments[0] not in COMMANDS:
        print(f"usage: integrator.py {'|'.join(COMMANDS)} FILE", file=sys.stderr)
        return 2
    settings = (os.environ[f"LIENTHONG_{name}"] for name in ("URL", "CLIENT_ID", "CLIENT_SECRET"))
    try:
        COMMANDS[arguments[0]](Service(*settings), arguments[1])
    except Rejected as rejected:
        print(f"error: {rejected}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
