import assert from 'node:assert/strict';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { proxyVariable } from '../../../src/lib/simulator/request/proxy.js';

/** What the proxy gets: the first line and its Host, the first bytes, or the TLS handshake. */
function wire(line: string): string {
  const { scheme, http, tls, dial, throughProxy, serverFirst } = parseTarget(line);
  if (!throughProxy) return `direct ${dial.host}:${dial.port}`;
  const hello = tls ? ` in TLS ${tls.sni} [${tls.alpn.join()}]` : '';
  const said = http ? `${http.method} ${http.path} HTTP/${http.version} Host ${http.authority}` : scheme;
  return `${throughProxy.name} at ${dial.host}:${dial.port}${hello}: ${said}${serverFirst ? ' that waits' : ''}`;
}

describe('requests through a proxy', () => {
  /** As a real curl 7.88.1 sends it. */
  const cases: readonly (readonly [line: string, wire: string])[] = [
    ['curl -x http://p:3128 http://a.example/x', 'p:3128 at p:3128: GET http://a.example/x HTTP/1.1 Host a.example'],
    ['curl -x p http://a.example:80/x/../y?q#f', 'p:1080 at p:1080: GET http://a.example/y?q HTTP/1.1 Host a.example'],
    [
      "curl -x p -H 'Host: b.example' http://a.example:8080/x",
      'p:1080 at p:1080: GET http://a.example:8080/x HTTP/1.1 Host b.example',
    ],
    ['curl -x p:1 https://a.example/x', 'p:1 at p:1: CONNECT a.example:443 HTTP/1.1 Host a.example:443'],
    ['curl -p -x p:1 http://a.example/x', 'p:1 at p:1: CONNECT a.example:80 HTTP/1.1 Host a.example:80'],
    ['curl -x p:1 https://[2001:db8::1]/', 'p:1 at p:1: CONNECT [2001:db8::1]:443 HTTP/1.1 Host [2001:db8::1]:443'],
    ['curl --proxy1.0 p:1 https://a/', 'p:1 at p:1: CONNECT a:443 HTTP/1.0 Host a:443'],
    ['curl --proxy1.0 p:1 http://a/', 'p:1 at p:1: GET http://a/ HTTP/1.1 Host a'],
    ['curl -0 -x p:1 http://a/', 'p:1 at p:1: GET http://a/ HTTP/1.0 Host a'],
    ['curl -0 -x p:1 https://a/', 'p:1 at p:1: CONNECT a:443 HTTP/1.1 Host a:443'],
    ['curl --http2-prior-knowledge -x p:1 http://a/', 'p:1 at p:1: GET http://a/ HTTP/1.1 Host a'],
    ['curl -x p:1 telnet://a:25', 'p:1 at p:1: CONNECT a:25 HTTP/1.1 Host a:25'],
    [
      'curl -x https://P.example http://a/',
      'P.example:443 at P.example:443 in TLS p.example []: GET http://a/ HTTP/1.1 Host a',
    ],
    ['curl -x https://p:1 https://a/', 'p:1 at p:1 in TLS p [http/1.1]: CONNECT a:443 HTTP/1.1 Host a:443'],
    ['curl -0 -x https://p:1 https://a/', 'p:1 at p:1 in TLS p [http/1.0]: CONNECT a:443 HTTP/1.1 Host a:443'],
    ['curl --no-alpn -x https://p:1 https://a/', 'p:1 at p:1 in TLS p []: CONNECT a:443 HTTP/1.1 Host a:443'],
    ['curl -x socks4a://p:1 http://a/', 'p:1 at p:1: tcp'],
    ['curl --socks4a p:1 http://a/', 'p:1 at p:1: tcp'],
    ['curl -x p:1 http://a/b?', 'p:1 at p:1: GET http://a/b HTTP/1.1 Host a'],
    ['curl -x p:1 http://a/b?c?', 'p:1 at p:1: GET http://a/b?c? HTTP/1.1 Host a'],
    // the request target is asked for as it is, and a Host for the proxy counts with CONNECT alone
    ["curl -x p:1 --request-target '*' http://a/", 'p:1 at p:1: GET * HTTP/1.1 Host a'],
    ["curl -x p:1 --request-target '*' https://a/", 'p:1 at p:1: CONNECT a:443 HTTP/1.1 Host a:443'],
    ['curl -x p:1 --proxy-header Host:z http://a/', 'p:1 at p:1: GET http://a/ HTTP/1.1 Host a'],
    ['curl -x p:1 --proxy-header Host: --proxy-header host:z https://a/', 'p:1 at p:1: CONNECT a:443 HTTP/1.1 Host z'],
    ['curl -x p:1 --proxy-header Host: https://a/', 'p:1 at p:1: CONNECT a:443 HTTP/1.1 Host null'],
    ['curl -6 -x localhost:1 http://a/', 'localhost:1 at ::1:1: GET http://a/ HTTP/1.1 Host a'],
    ['curl --socks4 p:1 http://a/', 'p:1 at p:1: tcp'],
    ['curl -x socks5h://p:1 https://a/', 'p:1 at p:1: tcp that waits'],
    ['curl --socks5-hostname p https://a/', 'p:1080 at p:1080: tcp that waits'],
    ['curl --preproxy socks5://q:1 -x p:1 http://a/', 'q:1 at q:1: tcp that waits'],
    [
      'curl -x u:pw@192.0.2.1:1 --resolve x:1:192.0.2.9 http://a/',
      '192.0.2.1:1 at 192.0.2.1:1: GET http://a/ HTTP/1.1 Host a',
    ],
    ['curl -x p:1 --resolve p:1:192.0.2.9 http://a/', 'p:1 at 192.0.2.9:1: GET http://a/ HTTP/1.1 Host a'],
    ['http_proxy=http://p:1 curl http://a/', 'p:1 at p:1: GET http://a/ HTTP/1.1 Host a'],
    ['http_proxy=http://p:1 curl https://a/', 'direct a:443'],
    ['HTTP_PROXY=http://p:1 curl http://a/', 'direct a:80'],
    ['HTTPS_PROXY=p:1 curl https://a/', 'p:1 at p:1: CONNECT a:443 HTTP/1.1 Host a:443'],
    ['all_proxy=p:1 curl http://a/', 'p:1 at p:1: GET http://a/ HTTP/1.1 Host a'],
    [
      'curl -x p:1 http://[2001:db8::1]:8080/x',
      'p:1 at p:1: GET http://[2001:db8::1]:8080/x HTTP/1.1 Host [2001:db8::1]:8080',
    ],
    ["http_proxy=p:1 no_proxy='0.0.0.0/0, ,x' curl http://a/", 'p:1 at p:1: GET http://a/ HTTP/1.1 Host a'],
    ['ALL_PROXY=socks5://p curl http://a/', 'p:1080 at p:1080: tcp that waits'],
    ['http_proxy=http://p:1 curl -x q:2 http://a/', 'q:2 at q:2: GET http://a/ HTTP/1.1 Host a'],
    ["http_proxy=http://p:1 curl -x '' http://a/", 'direct a:80'],
    ['http_proxy=p:1 no_proxy=x,.b.example curl http://a.b.example/', 'direct a.b.example:80'],
    [
      'http_proxy=p:1 no_proxy=b.example curl --noproxy x http://a.b.example/',
      'p:1 at p:1: GET http://a.b.example/ HTTP/1.1 Host a.b.example',
    ],
    ["curl -x p:1 --noproxy '*' http://a/", 'direct a:80'],
    ['http_proxy=p:1 NO_PROXY=a curl http://a/', 'direct a:80'],
    ['curl -x p:1 --noproxy 192.0.2.0/24 http://192.0.2.7/', 'direct 192.0.2.7:80'],
    [
      'curl -x p:1 --noproxy 192.0.2.0/24 http://192.0.3.7/',
      'p:1 at p:1: GET http://192.0.3.7/ HTTP/1.1 Host 192.0.3.7',
    ],
    // what is to be connected to in the place of the URL's host is asked of the proxy, which is asked with CONNECT then
    ['curl -x p:1 --connect-to a:80:b:81 http://a/x', 'p:1 at p:1: CONNECT b:81 HTTP/1.1 Host b:81'],
    ['curl -x p:1 --connect-to ::B.x: https://a/x', 'p:1 at p:1: CONNECT B.x:443 HTTP/1.1 Host B.x:443'],
    [
      'curl -x p:1 --connect-to a:80:[2001:db8::1]:80 http://a/',
      'p:1 at p:1: CONNECT [2001:db8::1]:80 HTTP/1.1 Host [2001:db8::1]:80',
    ],
    [
      'curl -x p:1 --connect-to [2001:db8::1]:80::81 http://[2001:db8::1]/',
      'p:1 at p:1: CONNECT [2001:db8::1]:81 HTTP/1.1 Host [2001:db8::1]:81',
    ],
    ['curl -x p:1 --connect-to a:80:A:80 http://a/', 'p:1 at p:1: GET http://a/ HTTP/1.1 Host a'],
    ['curl -x p:1 --connect-to c:80:b:81 http://a/', 'p:1 at p:1: GET http://a/ HTTP/1.1 Host a'],
    ['curl -x socks4://p:1 --connect-to a:80:b:81 http://a/', 'p:1 at p:1: tcp'],
    ['curl -x p:1 https://A.Test/', 'p:1 at p:1: CONNECT A.Test:443 HTTP/1.1 Host A.Test:443'],
    ['http_proxy=http://p wget http://a/x', 'p:80 at p:80: GET http://a/x HTTP/1.1 Host a'],
    ['https_proxy=http://p wget https://a/x', 'p:80 at p:80: CONNECT a:443 HTTP/1.1 Host a:443'],
    [
      "kubectl exec web-0 -- sh -c 'https_proxy=http://p:1 curl https://a/'",
      'p:1 at p:1: CONNECT a:443 HTTP/1.1 Host a:443',
    ],
  ];

  it('are sent to it', () => {
    for (const [line, expected] of cases) assert.equal(wire(line), expected, line);
  });

  it('are the same targets but for the way', () => {
    const asked = (line: string) => {
      const { scheme, throughProxy } = parseTarget(line);
      return `${scheme} ${throughProxy!.asked}`;
    };
    const given: readonly (readonly [line: string, asked: string])[] = [
      ['curl -x p:1 http://a/', 'http absolute'],
      ['curl -x p:1 https://a/', 'http connect'],
      ['curl -x https://p:1 http://a/', 'https absolute'],
      ['curl -x https://p:1 https://a/', 'https connect'],
      ['curl -x socks4://p:1 https://a/', 'tcp socks'],
    ];
    for (const [line, expected] of given) assert.equal(asked(line), expected, line);
    const { http, ...rest } = parseTarget('curl -f -x http://[2001:db8::9]:3128 http://a/');
    assert.ok(http);
    assert.deepEqual(rest, {
      command: 'curl -f -x http://[2001:db8::9]:3128 http://a/',
      scheme: 'http',
      host: '2001:db8::9',
      port: 3128,
      dial: { host: '2001:db8::9', port: 3128 },
      serverFirst: false,
      failOnHttpError: true,
      notModelled: [],
      throughProxy: { name: '[2001:db8::9]:3128', asked: 'absolute' },
    });
    assert.equal(parseTarget('http_proxy=http://p wget http://a/').notCurl, true);
    assert.equal(proxyVariable('http', new Map([['https_proxy', 'p']])), undefined);
    assert.deepEqual(parseTarget('curl -x p:1 -6 http://a/').notModelled.length, 1);
    assert.equal(parseTarget('curl -x p:1 http://A.Test/').throughProxy!.asked, 'absolute');
    const ntlm = ['', ' --http3'].map(
      (option) => parseTarget(`curl -x p:1 -U u:p --proxy-ntlm${option} https://a/`).notModelled,
    );
    assert.deepEqual(ntlm[1]!.slice(-1), ntlm[0]);
    assert.deepEqual(
      ntlm.map(({ length }) => length),
      [1, 2],
    );
  });

  it('are not decided where it is not known what curl sends', () => {
    const told = (line: string) => {
      const { host, notModelled } = parseTarget(line);
      return [host, ...notModelled.map((reason) => reason.replace(/:? .*: the connection goes to the proxy$/, ''))];
    };
    const cases: readonly (readonly [line: string, ...told: string[]])[] = [
      ['curl -x p ftp://a/', 'a', 'ftp://: curl speaks FTP here, which is not modelled', '--proxy'],
      ['curl -x p ftps://a/', 'a', 'ftps://: curl speaks FTPS here, which is not modelled', '--proxy'],
      ['curl --haproxy-protocol -x p http://a/', 'a', '--proxy'],
      ['http_proxy=q curl -x ftp://p http://a/', 'a', '--proxy'],
      ['http_proxy=ftp://q curl http://a/', 'a', 'http_proxy'],
      ...['ntlm', 'negotiate', 'digest -d x', 'digest -F x=y', 'digest -T x'].map((way): [string, ...string[]] => [
        `curl -x p -U u:p --proxy-${way} http://a/`,
        'p',
        `--proxy-${way.split(' ')[0]}: what is sent first with this authentication is not modelled`,
      ]),
    ];
    for (const [line, ...expected] of cases) assert.deepEqual(told(line), expected, line);
  });

  it('carry the headers for the proxy, and the proxy alone gets those of CONNECT', () => {
    const headers = (line: string) => Object.fromEntries(parseTarget(line).http!.headers);
    const words = "-x u:pw@p:1 --proxy-header 'X-P: 1' -H 'X-A: 2' -A me";
    const own = {
      'Proxy-Authorization': 'Basic dTpwdw==',
      'User-Agent': 'me',
      'Proxy-Connection': 'Keep-Alive',
      'X-P': '1',
    };
    assert.deepEqual(headers(`curl ${words} https://a/`), own);
    assert.deepEqual(headers(`curl ${words} http://a/`), { ...own, Accept: '*/*', 'X-A': '2' });
    assert.deepEqual(headers("curl -A '' -x p:1 --proxy-header a:1 --proxy-header b --proxy-header :c https://a/"), {
      'Proxy-Connection': 'Keep-Alive',
      a: '1',
    });
    assert.equal(headers('curl -x p:1 https://a/')['User-Agent'], 'curl/7.88.1');
    // what is said of a header for the proxy takes the place of curl's own
    const said =
      "-U a:b -x p:1 --proxy-header Proxy-Connection: --proxy-header 'proxy-authorization;' --proxy-header Host:z";
    assert.deepEqual(headers(`curl ${said} --proxy-header User-Agent:q https://a/`), {
      'proxy-authorization': '',
      'User-Agent': 'q',
    });
    assert.deepEqual(headers(`curl ${said} http://a/`), {
      'User-Agent': 'curl/7.88.1',
      Accept: '*/*',
      'proxy-authorization': '',
    });
    const authorization = (line: string) => headers(line)['Proxy-Authorization'];
    assert.equal(authorization('curl -U u%41:p -x p http://a/'), 'Basic dUE6cA==');
    assert.equal(authorization('curl -U : -x p http://a/'), 'Basic Og==');
    assert.equal(authorization('curl -U u:p -x x:y@p http://a/'), 'Basic eDp5');
    assert.equal(authorization('curl -U u:p -x x@p http://a/'), 'Basic eDo=');
    // where the proxy is to say first what it wants, nothing is shown; seen
    for (const way of ['digest', 'anyauth -d x', 'digest -p -d x', 'digest --proxy-basic', 'anyauth --proxy-ntlm']) {
      const line = `curl -U u:p -x p --proxy-${way} http://a/`;
      assert.deepEqual([authorization(line), parseTarget(line).notModelled], [undefined, []], line);
    }
    assert.equal(authorization('curl -U u:p -x p --proxy-digest --no-proxy-digest http://a/'), 'Basic dTpw');
    for (const line of ['curl -x p --proxy-ntlm http://a/', 'curl -x socks4://p -U u:p --proxy-ntlm http://a/'])
      assert.deepEqual(parseTarget(line).notModelled, [], line);
    for (const url of ['http://a/', 'https://a/']) assert.ok(!('Proxy-Authorization' in headers(`curl -x p ${url}`)));
  });
});
