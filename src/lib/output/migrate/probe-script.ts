import type { DayTest } from '../../egress/migrate-tests.js';
import { parseTarget } from '../../simulator/request/index.js';
import { quoteShellWord } from '../../text/shell.js';
import { visible } from '../../text/visible.js';

/**
 * A POSIX shell script that asks today's questions from within a pod that has curl. Over HTTP an answer is the server's when
 * Envoy says how long the server took, or when no Envoy answers; over HTTPS when the handshake is not cut off.
 */
export function probeScript(tests: readonly DayTest[]): string {
  const sources = [...new Set(tests.map(({ from }) => from))].sort();
  const sections = sources.map((source) => {
    const lines = tests.filter(({ from }) => from === source).map(probeLine);
    return `${quoteShellWord(source)})\n${lines.join('\n')}\n  ;;`;
  });
  return `${HEAD}
case "\${1:-}" in
${sections.join('\n')}
*)
  echo "usage: sh $0 NAMESPACE/SERVICEACCOUNT, one of: ${sources.map((source) => visible(source)).join(' ')}" >&2
  exit 2
  ;;
esac
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
`;
}

const HEAD = `#!/bin/sh
# Written by osm-ts egress migrate: what OSM lets through today. Run it in a pod of the source, before and after the move.
passed=0 failed=0 skipped=0
headers=$(mktemp) || exit 2
trap 'rm -f "$headers"' EXIT

judge() { # allowed|denied, what was found, the request
  if [ "$2" = unknown ]; then skipped=$((skipped + 1)); echo "skip  $3"
  elif [ "$1" = "$2" ]; then passed=$((passed + 1)); echo "ok    $3"
  else failed=$((failed + 1)); echo "FAIL  $3 is $2, not $1"; fi
}

http() { # allowed|denied, the request, its command
  expected=$1 request=$2; shift 2; : >"$headers"
  "$@" -sS -k -o /dev/null -D "$headers" -m 20 >/dev/null 2>&1; code=$?
  found=unknown
  case $code in
  7 | 35 | 52 | 55 | 56) found=denied ;;
  0 | 22)
    found=allowed
    if grep -qi '^server: *envoy' "$headers" && ! grep -qi '^x-envoy-upstream-service-time:' "$headers"; then found=denied; fi
    ;;
  esac
  judge "$expected" "$found" "$request"
}

https() { # the same; what is inside of TLS is the server's own
  expected=$1 request=$2; shift 2
  "$@" -sS -k -o /dev/null -m 20 >/dev/null 2>&1; code=$?
  case $code in
  7 | 35 | 52 | 55 | 56) found=denied ;;
  6 | 28) found=unknown ;;
  *) found=allowed ;;
  esac
  judge "$expected" "$found" "$request"
}

other() { judge "$1" unknown "$2"; }
`;

function probeLine({ target, expect, command }: DayTest): string {
  if (command?.startsWith('curl ') !== true) return `  other ${expect} ${quoteShellWord(visible(command ?? target))}`;
  const word = parseTarget(command).scheme === 'https' ? 'https' : 'http';
  // the command is written for a shell as it is
  return `  ${word} ${expect} ${quoteShellWord(visible(command))} ${command}`;
}
