"""The programs of examples/, run as their users run them, against the service at LIENTHONG_URL."""

import csv
import json
import os
import subprocess
import sys
import tempfile
import unittest
from datetime import datetime, timezone
from pathlib import Path

from gql import Client, GraphQLRequest
from gql.transport.httpx import HTTPXTransport

URL = os.environ["LIENTHONG_URL"]
EXAMPLES = Path(__file__).parents[3] / "examples"
INTEGRATOR = EXAMPLES / "python" / "integrator.py"
SCOPES = ["observation:write", "exchange:report", "changes:read"]


def execute(document: str, token: str = "", **variables: object) -> dict:
    headers = {"accept-language": "en", **({"authorization": f"Bearer {token}"} if token else {})}
    client = Client(transport=HTTPXTransport(f"{URL}/graphql", headers=headers, timeout=30))
    return client.execute(GraphQLRequest(document, variable_values=variables))


class Examples(unittest.TestCase):
    """An administrator prepares an API client of the department that operates pt-lgsp."""

    @classmethod
    def setUpClass(cls) -> None:
        account = {"username": "admin", "password": os.environ["LIENTHONG_PASSWORD"]}
        login = "mutation($input: LoginInput!) { login(input: $input) { accessToken } }"
        token = execute(login, input=account)["login"]["accessToken"]
        system = execute('{ informationSystem(code: "pt-lgsp") { id version } }')["informationSystem"]
        update = "mutation($input: UpdateInformationSystemInput!) { updateInformationSystem(input: $input) { informationSystem { id } } }"
        execute(update, token, input={**system, "operator": "pt-skhcn"})
        create = "mutation($input: CreateApiClientInput!) { createApiClient(input: $input) { apiClient { clientId } clientSecret } }"
        made = execute(create, token, input={"name": "Examples", "agency": "pt-skhcn", "scopes": SCOPES})["createApiClient"]
        secrets = {"LIENTHONG_CLIENT_ID": made["apiClient"]["clientId"], "LIENTHONG_CLIENT_SECRET": made["clientSecret"]}
        cls.environment = {**os.environ, **secrets}

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def integrator(self, command: str, name: str, text: "str | None" = None, status: int = 0) -> str:
        """Runs a command on a file with this text; what it prints."""
        file = self.folder / name
        if text is not None:
            file.write_text(text, encoding="utf-8")
        arguments = [sys.executable, "-B", str(INTEGRATOR), command, str(file)]
        done = subprocess.run(arguments, env=self.environment, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_an_observation_is_recorded_and_submitted(self) -> None:
        source = {"title": "Báo cáo 12/BC-SKHCN"}
        order = {"indicator": "bts_count", "area": "25", "period": "2025-Q4", "value": 4321, "source": source}
        self.assertIn("bts_count 25 2025-Q4: SUBMITTED", self.integrator("push", "one.jsonl", json.dumps(order)))
        wrong = self.integrator("push", "two.jsonl", json.dumps({**order, "area": "01", "period": "2025-Q3"}), status=1)
        self.assertIn("FORBIDDEN", wrong)

    def test_a_csv_file_is_imported_whole_or_not_at_all(self) -> None:
        head = "indicator,area,period,value,source.title\n"
        good = head + 'commune_fibre_pct,25,2025-11,"95,9",Báo cáo 12/BC-SKHCN\n'
        self.assertIn("accepted 1, rejected 0", self.integrator("import", "good.csv", good))
        bad = self.integrator("import", "bad.csv", good.replace("2025-11", "2025-10") + "no_such,25,2025-10,1,x\n", status=1)
        self.assertIn("row 3: indicator", bad)
        self.assertIn("nothing was recorded", bad)

    def test_an_exchange_is_reported_once(self) -> None:
        at = datetime.now(timezone.utc).isoformat()
        call = {"link": "pt-lgsp--vn-ndxp", "side": "PROVIDER", "messageId": "example-1", "at": at, "outcome": "SUCCEEDED"}
        text = json.dumps({**call, "durationMs": 0, "bytesIn": 310, "bytesOut": 20480})
        self.assertIn("accepted 1, duplicates 0, errors 0", self.integrator("report", "calls.jsonl", text))
        self.assertIn("accepted 0, duplicates 1, errors 0", self.integrator("report", "calls.jsonl", text))

    def test_changes_are_followed_from_the_stored_cursor(self) -> None:
        first = [json.loads(line) for line in self.integrator("follow", "cursor.txt").splitlines()]
        self.assertIn("PLAN", {change["type"] for change in first})
        self.assertEqual((self.folder / "cursor.txt").read_text(encoding="utf-8"), first[-1]["cursor"])
        source = {"title": "Báo cáo 13/BC-SKHCN"}
        order = {"indicator": "bts_count", "area": "25", "period": "2025-Q2", "value": 4000, "source": source}
        self.integrator("push", "three.jsonl", json.dumps(order))
        # Its own drafts are the client's to see.
        later = [json.loads(line) for line in self.integrator("follow", "cursor.txt").splitlines()]
        self.assertEqual({change["type"] for change in later}, {"OBSERVATION"})
        self.assertEqual(self.integrator("follow", "cursor.txt"), "")

    def test_the_shell_script_exports_every_published_observation(self) -> None:
        script = [str(EXAMPLES / "shell" / "observations.sh"), URL, "bts_count"]
        printed = subprocess.run(script, capture_output=True, text=True, timeout=120, check=True).stdout
        rows = list(csv.DictReader(printed.splitlines()))
        query = '{ observations(filter: { indicators: ["bts_count"] }, first: 200) { nodes { area { code } period qualifier value } } }'
        nodes = execute(query)["observations"]["nodes"]
        self.assertEqual([row["area"] for row in rows], [node["area"]["code"] for node in nodes])
        self.assertEqual([float(row["value"]) for row in rows], [node["value"] for node in nodes])
        self.assertGreater(len(rows), 0)


if __name__ == "__main__":
    unittest.main()
