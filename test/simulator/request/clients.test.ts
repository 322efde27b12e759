import assert from 'node:assert/strict';

import {
  formatCurl,
  parseCommand,
  parseTarget,
  splitShellWords,
  TargetError,
  type Target,
} from '../../../src/lib/simulator/request/index.js';

/** What decides of a target, in one line. */
function told({ scheme, host, port, serverFirst, tls, http }: Target): string {
  const hello = tls && [`sni=${tls.sni ?? '-'}`, ...(tls.alpn.length > 0 ? [`alpn=${tls.alpn.join()}`] : [])];
  const request = http && [http.version, http.method, http.path, http.authority];
  return [
    scheme,
    `${host}:${port}`,
    ...(serverFirst ? ['server-first'] : []),
    ...(hello ?? []),
    ...(request ?? []),
  ].join(' ');
}

/** Where real clients were looked at (docs/egress-semantics.md, "Clients"), these are what they did. */
const CLIENTS: readonly (readonly [line: string, told: string])[] = [
  ['nc -zv db.example.com 5432', 'tcp db.example.com:5432 server-first'],
  ['nc -zvw3 db 25', 'tcp db:25 server-first'],
  ['nc -w 3 -z db 25', 'tcp db:25 server-first'],
  ['ncat --ssl db.example.com 443', 'tls db.example.com:443 sni=db.example.com'],
  ['nc -u ns 53', 'udp ns:53'],
  ['telnet db 3306', 'tcp db:3306 server-first'],
  ['telnet db', 'tcp db:23'],
  ['openssl s_client -connect db.example.com:443', 'tls db.example.com:443 sni=db.example.com'],
  ['openssl s_client -connect db:443', 'tls db:443 sni=-'],
  ['openssl s_client db.example.com:443 -noservername', 'tls db.example.com:443 sni=-'],
  ['openssl s_client -connect 192.0.2.1:443 -servername A.example -alpn h2', 'tls 192.0.2.1:443 sni=a.example alpn=h2'],
  ['openssl s_client -starttls smtp -connect mail.example:25', 'tcp mail.example:25 server-first'],
  ['openssl s_client -starttls postgres -connect db.example:5432', 'tcp db.example:5432'],
  ['psql -h db -U a shop', 'tcp db:5432'],
  ['psql "host=db port=5433 sslmode=require"', 'tcp db:5433'],
  ['psql postgres://a@db.example/shop?sslnegotiation=direct', 'tls db.example:5432 sni=db.example alpn=postgresql'],
  ['PGHOST=db PGPORT=6432 psql -c "select 1"', 'tcp db:6432'],
  ['pg_isready -h db -p 5433', 'tcp db:5433'],
  ['mysql -hdb -P3307 -uroot -psecret shop', 'tcp db:3307 server-first'],
  ['mysqladmin --host=db ping', 'tcp db:3306 server-first'],
  ['redis-cli -h cache ping', 'tcp cache:6379'],
  ['redis-cli -h cache.example --tls get -p', 'tls cache.example:6379 sni=-'],
  ['redis-cli -u rediss://cache.example:6380 --sni cache.example', 'tls cache.example:6380 sni=cache.example'],
  ['mongosh mongodb://u:p@m1.example:27018/db?tls=true', 'tls m1.example:27018 sni=m1.example'],
  ['mongosh --host m1 --port 27018', 'tcp m1:27018'],
  ['ssh -p 2222 git@example.com true', 'tcp example.com:2222'],
  ['scp -P 2222 f me@example.com:/tmp/f', 'tcp example.com:2222'],
  ['sftp sftp://me@example.com:2022/x', 'tcp example.com:2022'],
  ['git@example.com:a/b.git', 'tcp example.com:22'],
  ['git clone git@example.com:a/b.git', 'tcp example.com:22'],
  ['git ls-remote git://example.com/a', 'tcp example.com:9418'],
  [
    'git clone --depth 1 https://example.com/a.git dir',
    'https example.com:443 sni=example.com alpn=h2,http/1.1 1.1 GET /a.git/info/refs?service=git-upload-pack example.com',
  ],
  ['socat - TCP4:db.example.com:5432,connect-timeout=3', 'tcp db.example.com:5432 server-first'],
  ['socat -v OPENSSL:db.example.com:443,verify=0 -', 'tls db.example.com:443 sni=db.example.com'],
  ['kcat -b k1.example,k2.example -L', 'tcp k1.example:9092'],
  ['kcat -b k1.example:9093 -X security.protocol=SASL_SSL -L', 'tls k1.example:9093 sni=k1.example'],
  ['kafka-console-consumer.sh --bootstrap-server k1:9094 --topic x', 'tcp k1:9094'],
  ['ldapsearch -x -H ldaps://ldap.example', 'tls ldap.example:636 sni=ldap.example'],
  ['ldapsearch -x -h ldap.example -p 1389', 'tcp ldap.example:1389'],
  ['mosquitto_sub -h mq.example -t x', 'tcp mq.example:1883'],
  ['mosquitto_pub -h mq.example -t x -m y --cafile ca.crt', 'tls mq.example:8883 sni=mq.example'],
  ['dig @192.0.2.53 example.com A', 'udp 192.0.2.53:53'],
  ['dig +tcp -p 5353 @ns.example example.com', 'tcp ns.example:5353'],
  ['nslookup example.com 192.0.2.53', 'udp 192.0.2.53:53'],
  ['host -T example.com ns.example', 'tcp ns.example:53'],
  ['ftp files.example', 'tcp files.example:21 server-first'],
  ['http POST example.com/x a=b X-Y:z', 'http example.com:80 1.1 POST /x example.com'],
  ['http example.com q==1', 'http example.com:80 1.1 GET /?q=1 example.com'],
  ['http :8080/x', 'http localhost:8080 1.1 GET /x localhost:8080'],
  ['https example.com name=x', 'https example.com:443 sni=example.com alpn=http/1.1 1.1 POST / example.com'],
  ['wget -qO- example.com/a?b=c', 'http example.com:80 1.1 GET /a?b=c example.com'],
  ['wget --spider https://example.com:8443/', 'https example.com:8443 sni=example.com 1.1 HEAD / example.com:8443'],
  ['wget --post-data=a=1 http://example.com/', 'http example.com:80 1.1 POST / example.com'],
  ['grpcurl -plaintext api:50051 pkg.Svc/Get', 'http api:50051 2 POST /pkg.Svc/Get api:50051'],
  [
    'grpcurl -authority a.example api:443 pkg.Svc.Get',
    'https api:443 sni=a.example alpn=h2 2 POST /pkg.Svc/Get a.example',
  ],
  ['telnet://db:25', 'tcp db:25 server-first'],
  ['redis://cache', 'tcp cache:6379'],
  ['rediss://cache.example', 'tls cache.example:6379 sni=cache.example'],
  ['postgres://a:b@db/shop', 'tcp db:5432'],
  ['jdbc:postgresql://db:5433/shop', 'tcp db:5433'],
  ['mysql://db', 'tcp db:3306 server-first'],
  ['mongodb://db', 'tcp db:27017'],
  ['amqp://mq', 'tcp mq:5672'],
  ['amqps://mq.example', 'tls mq.example:5671 sni=mq.example'],
  ['ldap://d', 'tcp d:389'],
  ['ldaps://d.example', 'tls d.example:636 sni=d.example'],
  ['ssh://git@example.com/x.git', 'tcp example.com:22'],
  ['ws://chat.example/s', 'http chat.example:80 1.1 GET /s chat.example'],
  ['wss://chat.example/s', 'https chat.example:443 sni=chat.example alpn=http/1.1 1.1 GET /s chat.example'],
  ['grpc://api:50051/a.B/C', 'http api:50051 2 POST /a.B/C api:50051'],
  ['tls://db.example:5432', 'tls db.example:5432 sni=db.example'],
  ['tls://db:443 --sni x.example --alpn h2', 'tls db:443 sni=x.example alpn=h2'],
  ['udp://ns:53', 'udp ns:53'],
];

function refusal(line: string): TargetError {
  try {
    parseTarget(line);
  } catch (error) {
    assert.ok(error instanceof TargetError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: `not refused: ${line}` });
}

describe('clients other than curl', () => {
  for (const [line, expected] of CLIENTS) it(line, () => assert.equal(told(parseTarget(line)), expected));

  it('are read alike as a line and as words', () => {
    for (const [line] of CLIENTS) {
      assert.deepEqual(
        { ...parseCommand(splitShellWords(line)), command: line },
        { ...parseTarget(line), command: line },
      );
    }
  });

  it('have no exit codes of curl', () => {
    for (const [line] of CLIENTS) {
      const { http, notCurl } = parseTarget(line);
      assert.equal(notCurl === true, http !== undefined, line);
    }
  });

  it('print as a target that is the same connection', () => {
    for (const [line, expected] of CLIENTS) {
      if (!/^(?:tcp|tls|udp) /.test(expected)) continue;
      assert.equal(told(parseTarget(formatCurl(parseTarget(line)))), expected);
    }
  });

  it('that make no single connection to the network are refused, with what to write', () => {
    const cases: [line: string, message: RegExp, hint: RegExp][] = [
      ['psql -U me shop', /socket/, /psql -h HOST/],
      ['mysql -u root', /socket/, /mysql -h HOST/],
      ['redis-cli -s /run/redis.sock ping', /never reaches/, /-h HOST/],
      ['nc -l 80', /waits for connections/, /leave out -l/],
      ['nc -zv db 20-25', /several ports/, /one target for each/],
      ['wget http://a/ http://b/', /several URLs/, /one target for each/],
      ['mongosh mongodb://a:1,b:2/db', /several hosts/, /one target for each/],
      ['openssl x509 -in a.pem', /only s_client/, /s_client -connect/],
      ['kubectl get pods', /only exec, debug and run/, /kubectl exec/],
      ['docker run curlimages/curl http://x/', /of docker only exec/, /docker exec/],
      ['dig example.com', /name server is that of the pod/, /dig @SERVER/],
      ['git push origin main', /URL of the repository is missing/, /git ls-remote/],
      ['kafka-acls.sh --list', /kafka-acls\.sh is no client/, /tcp:/],
      ['kubectl exec deploy/api -- ping db', /ping is no client/, /tcp:\/\/HOST:PORT.*tls:\/\/HOST:PORT/],
      ['foo://db:1', /foo:\/\/ is no scheme/, /tcp:\/\/db:1.*--server-first.*tls:\/\/db:1/],
    ];
    for (const [line, message, hint] of cases) {
      const error = refusal(line);
      assert.match(error.message, message, line);
      assert.match(error.hint ?? '', hint, line);
    }
    assert.equal(refusal('kubectl exec deploy/api -- ping db').position, 27);
  });

  it('that go through a proxy of which it is not known what they tell it are not decided, with the reason', () => {
    const reasons = (line: string): string => parseTarget(line).notModelled.join();
    assert.match(reasons('env https_proxy=socks5://p:1 wget https://x/'), /^https_proxy=socks5:\/\/p:1/);
    assert.match(reasons('nc -x p:1080 db 22'), /goes to the proxy/);
    assert.match(reasons('mongosh mongodb+srv://c.example/db'), /DNS records/);
    assert.equal(reasons('HTTP_PROXY=http://p:3128 curl http://x/'), '');
    assert.equal(reasons('http_proxy=http://p:3128 curl https://x/'), '');
    assert.equal(reasons('http_proxy=http://p:3128 no_proxy=a,.example.com curl http://x.example.com/'), '');
  });

  it('tell what is easily misread', () => {
    assert.match(parseTarget('nc -zv db 1').remarks!.join(), /reports success whatever the policies say/);
    assert.equal(parseTarget('nc db 1').remarks, undefined);
    assert.match(parseTarget('grpcurl -plaintext a:1 b.C/D').remarks!.join(), /ServerReflectionInfo/);
    assert.equal(parseTarget('grpcurl -plaintext -proto x.proto a:1 b.C/D').remarks, undefined);
  });
});

describe('wrappings of a command line', () => {
  const plain = told(parseTarget('curl -sI https://example.com/'));
  for (const line of [
    '$ curl -sI https://example.com/',
    '/usr/bin/curl -sI https://example.com/',
    'sudo -u app curl -sI https://example.com/',
    'time -p curl -sI https://example.com/',
    'timeout -k 1 5 curl -sI https://example.com/',
    'A=b env -u C D=e curl -sI https://example.com/',
    `sh -c 'curl -sI https://example.com/'`,
    `bash -lc "sudo curl -sI https://example.com/"`,
    'kubectl exec -it api-0 -n shop -c app -- curl -sI https://example.com/',
    `kubectl exec deploy/api -nshop -- sh -c 'exec curl -sI https://example.com/'`,
    'kubectl --context prod -n shop exec api-0 curl -sI https://example.com/',
    'kubectl run tmp --rm -i --image=curlimages/curl -n shop -- curl -sI https://example.com/',
    'kubectl exec "$(kubectl get pod -n shop -l app=api -o jsonpath=\'{.items[0].metadata.name}\')" -n shop -- curl -sI https://example.com/',
    'kubectl exec -n shop $POD -- curl -sI https://example.com/',
    'kubectl debug -it api-0 -n shop --image=curlimages/curl --target app -- curl -sI https://example.com/',
    'oc rsh -n shop api-0 curl -sI https://example.com/',
    'docker exec -it -u app api curl -sI https://example.com/',
    'watch -n 1 curl -sI https://example.com/',
    'strace -f -e connect curl -sI https://example.com/',
    'nsenter -t 42 -n curl -sI https://example.com/',
    'chroot /host curl -sI https://example.com/',
  ]) {
    it(line, () => {
      const target = parseTarget(line);
      assert.equal(told(target), plain);
      assert.equal(target.notCurl, undefined);
      assert.equal(target.command, line.replace(/^\$ /, ''));
    });
  }

  it('kubectl tells who sends the request', () => {
    const sender = (line: string): unknown => parseTarget(line).sender;
    assert.deepEqual(sender('kubectl exec -it deploy/api -n shop -c app -- curl x'), {
      namespace: 'shop',
      workload: 'deploy/api',
      container: 'app',
    });
    assert.deepEqual(sender('kubectl -n shop exec api-0 -- nc -zv db 1'), { namespace: 'shop', workload: 'api-0' });
    assert.deepEqual(sender('kubectl exec $(pod) -n shop -- curl x'), { namespace: 'shop' });
    assert.deepEqual(sender('kubectl run tmp --image=curl -- curl x'), { serviceAccount: 'default' });
    assert.equal(sender('curl x'), undefined);
  });

  it('an error points at the word that is wrong', () => {
    assert.equal(refusal('sudo time curl --nope x').position, 15);
    assert.equal(refusal('  $ curl --nope x').position, 9);
    assert.equal(refusal(`kubectl exec api-0 -- sh -c 'curl --nope x'`).position, 28);
  });
});

describe('who sends, by the command line', () => {
  for (const [line, sender] of [
    ['kubectl debug api-0 -n shop -c tmp -- curl http://x/', { namespace: 'shop', workload: 'api-0' }],
    ['oc rsh -n shop deploy/api curl http://x/', { namespace: 'shop', workload: 'deploy/api' }],
    [
      `kubectl run t --overrides='{"spec":{"serviceAccountName":"api"}}' -n shop -- curl http://x/`,
      { namespace: 'shop', serviceAccount: 'api' },
    ],
    [
      'kubectl --context=prod --kubeconfig k exec p -- curl http://x/',
      { workload: 'p', context: 'prod', kubeconfig: 'k' },
    ],
    ['docker exec api curl http://x/', undefined],
  ] as const) {
    it(line, () => assert.deepEqual(parseTarget(line).sender, sender));
  }
});
