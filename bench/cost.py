#!/usr/bin/env python3
"""CPU seconds that a million points buy, for the requests that use the database most for what they print.

    bench/cost.py --url http://127.0.0.1:8080 --pid $(pgrep -x lienthong) [--pid POSTMASTER]

Give the service as many points as it takes: LIENTHONG_LIMITS_POINTS_ANONYMOUS=1000000000. The time of the children of each process counts
too, so the postmaster stands for PostgreSQL. Only Linux tells it.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import time
import urllib.error
import urllib.request

TICKS = os.sysconf("SC_CLK_TCK")


def many(count, field):
    return "{ " + " ".join(f"a{n}: {field}" for n in range(count)) + " }"


def shapes(indicator, link):
    ten = 'from: "2026-01-01T00:00:00Z", to: "2026-01-11T00:00:00Z", bucket: HOUR'
    return {
        "50 counts of the newest": many(50, "observations(filter: { latest: true }) { totalCount }"),
        "5 counts": many(5, "observations { totalCount }"),
        "5 counts as of": many(5, 'observations(asOf: "2026-01-01T00:00:00Z") { totalCount }'),
        "5 pages by value": many(5, "observations(first: 1, orderBy: { field: VALUE, direction: DESC }) { nodes { id } }"),
        "5 pages by period": many(5, "observations(first: 1, orderBy: { field: PERIOD, direction: DESC }) { nodes { id } }"),
        "50 pages of the feed": many(50, "changes(types: [AGREEMENT], first: 1) { nodes { key } }"),
        "5 counts of the feed": many(5, "changes { totalCount }"),
        "50 searches": many(50, 'search(text: "so") { __typename }'),
        "34 newest": "{ provinces(first: 34) { nodes { latest { id } } } }",
        "34 counts": "{ provinces(first: 34) { nodes { observations { totalCount } } } }",
        "34 series": f'{{ provinces(first: 34) {{ nodes {{ series(indicator: "{indicator}") {{ points {{ value }} }} }} }} }}',
        "20 rankings": many(20, f'indicator(code: "{indicator}") {{ ranking {{ value }} }}'),
        "50 statistics": many(50, f'dataLink(code: "{link}") {{ statistics({ten}) {{ start }} }}'),
        "50 small ones": many(50, 'province(code: "25") { name }'),
        "one small one": '{ province(code: "25") { name } }',
        "200 rows": "{ observations(first: 200) { nodes { id value period area { name } indicator { code } } } }",
    }


def cpu(pids):
    """Seconds of processes and of what they started."""
    used, parents = {}, {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            continue
        pid = int(stat.parent.name)
        parents[pid] = int(fields[1])
        # Of its own, and of children that have ended.
        used[pid] = sum(map(int, fields[11:15])) / TICKS
    ours = {pid for pid in used if pid in pids or parents[pid] in pids}
    return sum(used[pid] for pid in ours)


def ask(url, query):
    """The points that a request cost, and the codes of its errors."""
    body = json.dumps({"query": query}).encode()
    headers = {"content-type": "application/json", "accept": "application/graphql-response+json"}
    try:
        answer = urllib.request.urlopen(urllib.request.Request(url + "/graphql", body, headers), timeout=60).read()
    except urllib.error.HTTPError as error:
        answer = error.read()
    answer = json.loads(answer)
    codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
    return answer.get("extensions", {}).get("cost", {}).get("actual", 0), codes


def measure(url, pids, query, seconds, callers):
    deadline, before = time.monotonic() + seconds, cpu(pids)

    def caller(_):
        points, requests, codes = 0, 0, set()
        while time.monotonic() < deadline:
            cost, failed = ask(url, query)
            points, requests, codes = points + cost, requests + 1, codes | failed
        return points, requests, codes

    with concurrent.futures.ThreadPoolExecutor(callers) as pool:
        done = list(pool.map(caller, range(callers)))
    # What was left of statements that nobody waited for.
    time.sleep(1)
    points, requests = sum(one[0] for one in done), sum(one[1] for one in done)
    return points, requests, set().union(*(one[2] for one in done)), cpu(pids) - before


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--pid", type=int, action="append", required=True)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--callers", type=int, default=4)
    parser.add_argument("--indicator", default="dti_rank")
    parser.add_argument("--link", default="pt-lgsp--pt-internal")
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    print(f"{'':26}{'requests':>9}{'points':>11}{'CPU s':>8}{'CPU s per million points':>26}")
    for name, query in shapes(asked.indicator, asked.link).items():
        if asked.only not in name:
            continue
        points, requests, codes, used = measure(asked.url, set(asked.pid), query, asked.seconds, asked.callers)
        per = used / points * 1e6 if points else float("inf")
        print(f"{name:26}{requests:>9}{points:>11}{used:>8.2f}{per:>26.1f}  {' '.join(sorted(codes))}", flush=True)


if __name__ == "__main__":
    main()
