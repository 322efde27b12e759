/**
 * Command lines that are recorded with the real curl (record-curl.ts). One a line, as a shell reads them; names under
 * `example` have an address there, everything else does not resolve. Files in the working directory: body.txt (5 bytes),
 * empty.txt, headers.txt, cookies.txt.
 */
export const caseGroups: Readonly<Record<string, string>> = {
  hosts: String.raw`
curl http://httpbin.example/get
curl httpbin.example/get
curl httpbin.example
curl HTTP://httpbin.example/get
curl HtTpS://httpbin.example/get
curl http://HttpBin.Example/get
curl https://HttpBin.Example/get
curl http://httpbin.example./get
curl https://httpbin.example./get
curl http://httpbin.example.:8080/get
curl https://HTTPBIN.example.:8443/
curl http://localhost/x
curl http://LOCALHOST:8080/x
curl http://a.localhost/x
curl http://localhost./x
curl http://under_score.example/
curl http://-dash.example/
curl http://a%62c.example/
curl http://a%2fc.example/
curl http://a%zz.example/
curl http://a%25b.example/
curl http://a%00b.example/
curl http://ftp.example/x
curl ftp.example/x
curl FTP.example/x
curl dict.example/x
curl ftp://files.example/x
curl smtp.mail.example
curl imap.mail.example
curl pop3.mail.example
curl ldap.mail.example
curl www.ftp.example/x
curl foo://httpbin.example/
curl ws://httpbin.example/
curl 'http://httpbin example/'
curl 'http://httpbin.example /'
curl 'http://ht{tp}bin.example/'
curl -g 'http://ht{tp}bin.example/'
curl 'http://httpbin.example,x/'
curl 'http://httpbin.example;x/'
curl 'http://httpbin.example&x/'
curl 'http://httpbin.example\x/'
curl 'http://httpbin.example~x/'
curl 'http://httpbin.example|x/'
curl 'http://httpbin.example%20/'
curl 'http://(httpbin.example)/'
curl 'http://*.example/'
curl http://bücher.example/get
curl https://bücher.example/get
curl http://BÜCHER.example/get
curl http://faß.example/get
curl http://例え.example/get
curl https://пример.example/
curl http://xn--bcher-kva.example/get
curl http://b%C3%BCcher.example/get
curl http://😀.example/
curl http://a..example/
curl http://.example/
curl http:///httpbin.example/get
curl http:/httpbin.example/get
curl http:////httpbin.example/get
curl http:httpbin.example/get
curl http://
curl http:///
curl ''
curl http
curl ://httpbin.example/
curl //httpbin.example/
curl /get
curl '?x'
curl mailto:x@httpbin.example
curl file:///etc/hostname
`,
  addresses: String.raw`
curl http://192.0.2.10/get
curl https://192.0.2.10/get
curl http://127.1/
curl http://0x7f.1/
curl http://0x7f.0x0.0x0.0x1/
curl http://017700000001/
curl http://2130706433/
curl http://0177.1/
curl http://192.0.2.010/
curl http://192.0.2.08/
curl http://192.0.2.256/
curl http://192.0.2/
curl http://192.0.520/
curl http://3221225994/
curl http://0/
curl http://0.0.0.0:8080/
curl http://4294967296/
curl http://1.2.3.4.5/
curl http://1.2.3./
curl http://192.0.2.10./
curl https://192.0.2.10./
curl https://0x7f.1/
curl http://0xc0.0.2.10:8080/
curl http://[::1]/
curl http://[::1]:8080/x
curl https://[2001:db8::1]/x
curl http://[2001:DB8::1]/x
curl http://[2001:0db8:0000:0000:0000:0000:0000:0001]/x
curl http://[2001:db8:1:2:3:4:5:6]/x
curl http://[::ffff:192.0.2.10]/x
curl http://[::ffff:c000:20a]/x
curl http://[::1%25lo]/x
curl http://[::1%lo]/x
curl http://[::1%251]/x
curl http://[::1%]/x
curl http://[::1/x
curl http://[::1]x/
curl http://[::1]]/
curl http://[]/
curl http://[::]/
curl http://[1::2::3]/
curl http://[fe80::12345]/
curl http://::1/
curl -g http://[::1]:8080/x
curl [::1]:8080/x
curl -4 http://192.0.2.10/
curl -6 http://[2001:db8::1]/
curl -4 http://[2001:db8::1]/
curl -6 http://192.0.2.10/
curl -4 http://httpbin.example/
curl -4 http://localhost/
curl -6 http://localhost/
`,
  ports: String.raw`
curl http://httpbin.example:80/get
curl http://httpbin.example:443/get
curl https://httpbin.example:443/get
curl https://httpbin.example:80/get
curl http://httpbin.example:/get
curl https://httpbin.example:/get
curl httpbin.example:/get
curl http://httpbin.example:0080/get
curl http://httpbin.example:00008080/get
curl http://httpbin.example:0/get
curl http://httpbin.example:65535/get
curl http://httpbin.example:65536/get
curl http://httpbin.example:99999999999999999999/get
curl http://httpbin.example:+80/get
curl http://httpbin.example:-80/get
curl http://httpbin.example:8a/get
curl http://httpbin.example:80:80/get
curl http://httpbin.example:80x/get
curl 'http://httpbin.example: 80/get'
curl httpbin.example:8080
curl httpbin.example:8080/x
curl localhost:8080/x
curl http://httpbin.example:8080?x=1
curl http://httpbin.example:8080#x
`,
  paths: String.raw`
curl http://httpbin.example
curl http://httpbin.example/
curl http://httpbin.example//get
curl 'http://httpbin.example?x=1'
curl 'http://httpbin.example/?x=1'
curl 'http://httpbin.example/get?'
curl 'http://httpbin.example/get?#frag'
curl 'http://httpbin.example/get#frag'
curl 'http://httpbin.example#frag'
curl 'http://httpbin.example/#'
curl 'http://httpbin.example/get?x=1#frag?y'
curl 'http://httpbin.example/get#frag?y=1'
curl 'http://httpbin.example/a?b?c'
curl 'http://httpbin.example/get;p=1'
curl http://httpbin.example/a%20b
curl 'http://httpbin.example/a b'
curl 'http://httpbin.example/a?b c'
curl 'http://httpbin.example/a#b c'
curl 'http://httpbin.example/a	b'
curl http://httpbin.example/%67et
curl http://httpbin.example/caf%C3%A9
curl http://httpbin.example/café
curl http://httpbin.example/café?café=ü
curl http://httpbin.example/日本/😀
curl http://httpbin.example/x/../get
curl http://httpbin.example/x/..
curl http://httpbin.example/x/../
curl http://httpbin.example/..
curl http://httpbin.example/../../get
curl http://httpbin.example/./get
curl http://httpbin.example/.
curl http://httpbin.example/a/.
curl http://httpbin.example/a/./b/../c
curl http://httpbin.example/a//../b
curl http://httpbin.example//../b
curl http://httpbin.example/a/...
curl http://httpbin.example/a/..b
curl http://httpbin.example/a/.b
curl http://httpbin.example/%2e%2e/get
curl http://httpbin.example/x/%2E%2E/get
curl http://httpbin.example/x/.%2e/get
curl http://httpbin.example/%2e/get
curl 'http://httpbin.example/x/..?q=1'
curl 'http://httpbin.example/x?a=../b'
curl 'http://httpbin.example/x/../y#z/../w'
curl --path-as-is http://httpbin.example/x/../get
curl --path-as-is http://httpbin.example/../..
curl --no-path-as-is http://httpbin.example/x/../get
curl --path-as-is http://httpbin.example
curl --path-as-is --no-path-as-is http://httpbin.example/x/../get
curl 'http://httpbin.example/a\b'
curl 'http://httpbin.example/a"b<c>d^e|f'
curl "http://httpbin.example/a'b"
curl 'http://httpbin.example/a*b~c!d$e(f)'
curl --request-target '*' -X OPTIONS http://httpbin.example/x
curl --request-target /other http://httpbin.example/x?y=1
curl --request-target 'http://other.example/x' http://httpbin.example/
curl --request-target 'a b' http://httpbin.example/
curl --request-target '' http://httpbin.example/x
`,
  globbing: String.raw`
curl 'http://httpbin.example/{a,b}'
curl 'http://httpbin.example/[1-3]'
curl -g 'http://httpbin.example/{a,b}[1-3]'
curl --globoff 'http://httpbin.example/{a}'
curl 'http://httpbin.example/{a}'
curl 'http://httpbin.example/{a}/{b}'
curl 'http://httpbin.example/[1-1]'
curl 'http://httpbin.example/[01-01]x'
curl 'http://httpbin.example/[a-a]'
curl 'http://httpbin.example/[a-z:30]'
curl 'http://httpbin.example/[3-1]'
curl 'http://httpbin.example/[x]'
curl 'http://httpbin.example/[]'
curl 'http://httpbin.example/a[]b'
curl 'http://httpbin.example/{}'
curl 'http://httpbin.example/{a,}'
curl 'http://httpbin.example/{a'
curl 'http://httpbin.example/a}'
curl 'http://httpbin.example/a]'
curl 'http://httpbin.example/\{a\}'
curl 'http://httpbin.example/\[1\]'
curl 'http://httpbin.example/{a\,b}'
curl 'http://httpbin.example/{{a}}'
curl 'http://{httpbin}.example/'
curl 'http://httpbin.example/?a[]=1'
curl 'http://httpbin.example/?a[0]=1'
curl http://httpbin.example/a http://httpbin.example/b
curl http://httpbin.example/a --next http://httpbin.example/b
curl --next http://httpbin.example/b
curl http://httpbin.example/a --url http://httpbin.example/b
`,
  headers: String.raw`
curl -H 'x-env: prod' http://httpbin.example/get
curl -H 'X-Env:prod' http://httpbin.example/get
curl -H 'X-Env:   prod   ' http://httpbin.example/get
curl -H 'X-Env: a' -H 'X-Env: b' http://httpbin.example/get
curl -H 'x-env;' http://httpbin.example/get
curl -H 'x-env; ' http://httpbin.example/get
curl -H 'x-env:' http://httpbin.example/get
curl -H 'x-env: ' http://httpbin.example/get
curl -H 'x-env' http://httpbin.example/get
curl -H '' http://httpbin.example/get
curl -H ': x' http://httpbin.example/get
curl -H ';' http://httpbin.example/get
curl -H 'a;b;' http://httpbin.example/get
curl -H 'a;b: c' http://httpbin.example/get
curl -H 'a: b: c' http://httpbin.example/get
curl -H 'X-Ünï: wért' http://httpbin.example/get
curl -H 'Host: other.example' http://httpbin.example/get
curl -H 'host: other.example' http://httpbin.example/get
curl -H 'HOST:other.example:8080' http://httpbin.example/get
curl -H 'Host:' http://httpbin.example/get
curl -H 'host:' http://httpbin.example/get
curl -H 'Host: ' http://httpbin.example/get
curl -H 'Host;' http://httpbin.example/get
curl -H 'Host: a.example' -H 'Host: b.example' http://httpbin.example/get
curl -H 'Host:' -H 'Host: b.example' http://httpbin.example/get
curl -H 'Host: a.example' -H 'Host:' http://httpbin.example/get
curl -H 'Hostx: a' http://httpbin.example/get
curl -H 'Host: other.example' https://httpbin.example/get
curl -H 'User-Agent: x' http://httpbin.example/get
curl -H 'User-Agent:' http://httpbin.example/get
curl -H 'user-agent;' http://httpbin.example/get
curl -A x -H 'User-Agent: y' http://httpbin.example/get
curl -A x http://httpbin.example/get
curl -A x -A y http://httpbin.example/get
curl -A '' http://httpbin.example/get
curl --user-agent 'Mozilla/5.0 (X11)' http://httpbin.example/get
curl -A ' x ' http://httpbin.example/get
curl -H 'Accept: text/html' http://httpbin.example/get
curl -H 'Accept:' http://httpbin.example/get
curl -H 'Accept;' http://httpbin.example/get
curl -H 'Accept: a' -H 'Accept: b' http://httpbin.example/get
curl -H 'User-Agent:' -H 'Accept:' -H 'Host:' http://httpbin.example/get
curl -H 'z: 1' -H 'a: 2' -A q -H 'm: 3' http://httpbin.example/get
curl -H 'Connection: Upgrade' -H 'Upgrade: websocket' http://httpbin.example/get
curl -H 'Connection: close' http://httpbin.example/get
curl -H 'Content-Length: 5' http://httpbin.example/get
curl -H 'Transfer-Encoding: chunked' http://httpbin.example/get
curl -H @headers.txt http://httpbin.example/get
curl --header 'X: y' --header 'Z: w' http://httpbin.example/get
curl -e http://ref.example/ http://httpbin.example/get
curl -e 'http://ref.example/;auto' http://httpbin.example/get
curl -e ';auto' http://httpbin.example/get
curl -e '' http://httpbin.example/get
curl -e a -e b http://httpbin.example/get
curl -e a -H 'Referer: b' http://httpbin.example/get
curl --compressed http://httpbin.example/get
curl --no-compressed http://httpbin.example/get
curl --compressed -H 'Accept-Encoding: x' http://httpbin.example/get
curl --tr-encoding http://httpbin.example/get
curl --tr-encoding -H 'Connection: close' http://httpbin.example/get
curl --tr-encoding -H 'TE: x' http://httpbin.example/get
curl --tr-encoding --compressed -e r http://httpbin.example/get
curl -r 0-5 http://httpbin.example/get
curl -r 5 http://httpbin.example/get
curl -r 5x http://httpbin.example/get
curl -r -5 http://httpbin.example/get
curl -r 0-1,5-6 http://httpbin.example/get
curl -r x http://httpbin.example/get
curl -r '' http://httpbin.example/get
curl -r 0-5 -H 'Range: bytes=1-2' http://httpbin.example/get
curl -r 0-5 -d a=b http://httpbin.example/get
curl -r 0-5 -I http://httpbin.example/get
curl -r 0-5 -F a=b http://httpbin.example/get
curl -r 0-5 -T body.txt http://httpbin.example/get
curl -r 99999999999999999999 http://httpbin.example/get
curl -C 100 http://httpbin.example/get
curl -C 0 http://httpbin.example/get
curl -C 010 http://httpbin.example/get
curl -C 0x10 http://httpbin.example/get
curl -C - http://httpbin.example/get
curl -C - -o nofile.txt http://httpbin.example/get
curl -C -5 http://httpbin.example/get
curl -C x http://httpbin.example/get
curl -C 100 -r 0-5 http://httpbin.example/get
curl -C 2 -T body.txt http://httpbin.example/get
curl -C - -T body.txt http://httpbin.example/get
curl -z 2020-01-01 http://httpbin.example/get
curl -z '-2020-01-01' http://httpbin.example/get
curl -z '=2020-01-01' http://httpbin.example/get
curl -z 2020-01-01 -H 'If-Modified-Since: x' http://httpbin.example/get
curl --etag-compare empty.txt http://httpbin.example/get
curl --etag-compare empty.txt --json '{}' -H 'a: b' http://httpbin.example/get
curl --etag-compare empty.txt -H 'If-None-Match: "x"' http://httpbin.example/get
`,
  cookiesAndCredentials: String.raw`
curl -b a=b http://httpbin.example/get
curl -b a=b -b c=d http://httpbin.example/get
curl -b 'a=b; c=d' http://httpbin.example/get
curl -b a=b -H 'Cookie: c=d' http://httpbin.example/get
curl -b a=b -H 'x: y' http://httpbin.example/get
curl -b nofile http://httpbin.example/get
curl -b '' http://httpbin.example/get
curl -b cookies.txt http://httpbin.example/get
curl -c jar.txt http://httpbin.example/get
curl -u user:pw http://httpbin.example/get
curl -u user: http://httpbin.example/get
curl -u :pw http://httpbin.example/get
curl -u : http://httpbin.example/get
curl -u 'user:p:w' http://httpbin.example/get
curl -u ';x' http://httpbin.example/get
curl -u 'us;x:pw' http://httpbin.example/get
curl -u 'üser:pw' http://httpbin.example/get
curl -u a:b -u c:d http://httpbin.example/get
curl -u user:pw -H 'Authorization: x' http://httpbin.example/get
curl -u user:pw -H 'Authorization:' http://httpbin.example/get
curl http://user:pw@httpbin.example/get
curl http://user@httpbin.example/get
curl http://user:@httpbin.example/get
curl http://:pw@httpbin.example/get
curl http://@httpbin.example/get
curl http://:@httpbin.example/get
curl 'http://us%20er:p%40w@httpbin.example/get'
curl 'http://us%ffer:pw@httpbin.example/get'
curl 'http://a;b:pw@httpbin.example/get'
curl http://a@b@httpbin.example/get
curl http://a:b:c@httpbin.example/get
curl 'http://a b@httpbin.example/get'
curl user:pw@httpbin.example/get
curl -u x:y http://user:pw@httpbin.example/get
curl --disallow-username-in-url http://user:pw@httpbin.example/get
curl --disallow-username-in-url http://httpbin.example/get
curl --oauth2-bearer tok http://httpbin.example/get
curl --oauth2-bearer tok -u a:b http://httpbin.example/get
curl --oauth2-bearer tok --basic -u a:b http://httpbin.example/get
curl --oauth2-bearer tok -H 'Authorization: x' http://httpbin.example/get
curl --basic -u a:b http://httpbin.example/get
curl --no-basic -u a:b http://httpbin.example/get
curl --digest -u a:b http://httpbin.example/get
curl --digest -u a:b -d x=y http://httpbin.example/post
curl --digest -u a:b -T body.txt http://httpbin.example/put
curl --digest -u a:b -F x=y http://httpbin.example/post
curl --digest -u a:b -d x=y -H 'Content-Length: 9' http://httpbin.example/post
curl --digest http://httpbin.example/get
curl --digest -d x=y http://httpbin.example/get
curl --anyauth -u a:b http://httpbin.example/get
curl --anyauth -u a:b -d x=y http://httpbin.example/post
curl --anyauth --basic -u a:b http://httpbin.example/get
curl --digest --basic -u a:b http://httpbin.example/get
curl --digest --no-digest -u a:b http://httpbin.example/get
curl --digest http://u:p@httpbin.example/get
`,
  methods: String.raw`
curl -I http://httpbin.example/get
curl --head http://httpbin.example/get
curl -I --no-head http://httpbin.example/get
curl --no-head -d a http://httpbin.example/get
curl --no-head http://httpbin.example/get
curl -I -X GET http://httpbin.example/get
curl -X POST http://httpbin.example/get
curl -XPOST http://httpbin.example/get
curl -X post http://httpbin.example/get
curl -X DELETE -X PATCH http://httpbin.example/get
curl -X '' http://httpbin.example/get
curl -X 'A B' http://httpbin.example/get
curl --request OPTIONS http://httpbin.example/get
curl -d a=b http://httpbin.example/post
curl -d a=b -d c=d http://httpbin.example/post
curl -d '' http://httpbin.example/post
curl -d 'ü' http://httpbin.example/post
curl -d a=b -X GET http://httpbin.example/post
curl -d a=b -X PUT http://httpbin.example/post
curl -d a=b -I http://httpbin.example/post
curl -d a=b -H 'Content-Type: application/json' http://httpbin.example/post
curl -d a=b -H 'Content-Type:' http://httpbin.example/post
curl -d a=b -H 'Content-Length: 9' http://httpbin.example/post
curl -d a=b -H 'Content-Length:' http://httpbin.example/post
curl -d a=b -H 'Transfer-Encoding: chunked' http://httpbin.example/post
curl -d a=b -H 'Transfer-Encoding: gzip' http://httpbin.example/post
curl -d a=b -H 'Expect: 100-continue' http://httpbin.example/post
curl -d a=b -H 'Expect:' http://httpbin.example/post
curl -d a=b -H 'x: y' -e r -b c=d -u u:p http://httpbin.example/post
curl -d @body.txt http://httpbin.example/post
curl -d @body.txt -d x=y http://httpbin.example/post
curl -d @nofile.txt http://httpbin.example/post
curl --data-ascii a=b http://httpbin.example/post
curl --data-binary a=b http://httpbin.example/post
curl --data-binary @body.txt http://httpbin.example/post
curl --data-raw @body.txt http://httpbin.example/post
curl --data-urlencode 'a=b c/ü' http://httpbin.example/post
curl --data-urlencode '=b c' http://httpbin.example/post
curl --data-urlencode 'b c' http://httpbin.example/post
curl --data-urlencode 'b+c~d-e.f_g' http://httpbin.example/post
curl --data-urlencode a@body.txt http://httpbin.example/post
curl --data-urlencode a= --data-urlencode =b http://httpbin.example/post
curl --json '{}' http://httpbin.example/post
curl --json '{' --json '}' http://httpbin.example/post
curl --json '{}' -d x http://httpbin.example/post
curl --json '{}' -H 'Content-Type: x' http://httpbin.example/post
curl --json '{}' -H 'Accept: x' -H 'y: z' http://httpbin.example/post
curl --json '{}' -H 'Accept:' http://httpbin.example/post
curl --json '{}' -H 'Content-Type:' http://httpbin.example/post
curl --json '{}' -X PATCH http://httpbin.example/post
curl --json '{}' -G http://httpbin.example/post
curl --json @body.txt http://httpbin.example/post
curl -G -d a=b http://httpbin.example/get
curl -G -d a=b 'http://httpbin.example/get?x=1'
curl -G -d a=b 'http://httpbin.example/get?x=1&'
curl -G -d a=b 'http://httpbin.example/get?'
curl -G -d a=b 'http://httpbin.example/get#frag'
curl -G -d a=b http://httpbin.example
curl -G -d a=b httpbin.example
curl -G -d 'a b' http://httpbin.example/get
curl -G --data-urlencode 'a=b c/d' http://httpbin.example/get
curl -G -d 'x=%2F%aB' http://httpbin.example/get
curl -G -d 'a=ü' http://httpbin.example/get
curl -G -d a=b -I http://httpbin.example/get
curl -G -d a=b -X POST http://httpbin.example/get
curl -G -d a=b --no-get http://httpbin.example/get
curl -G -d a=b --path-as-is http://httpbin.example/x/../get
curl -G -d a=b http://httpbin.example/%2F%AB
curl -G -d a=b foo://httpbin.example/
curl -G -d a=b 'http://httpbin.example/café'
curl -G -d a=b http://user:pw@httpbin.example:8080/get
curl -G -d a=b 'http://[::1%25lo]:8080/get'
curl -G http://httpbin.example/get
curl -G -d '' http://httpbin.example/get
curl --url-query a=b http://httpbin.example/get
curl --url-query 'a=b c' --url-query '+x y' http://httpbin.example/get
curl --url-query 'a=b c' --url-query +xy=%2F 'http://httpbin.example/get?q'
curl --url-query =b http://httpbin.example/get
curl --url-query b http://httpbin.example/get
curl --url-query a=b -d c=d http://httpbin.example/get
curl --url-query a=b -G -d c=d http://httpbin.example/get
curl --url-query '' http://httpbin.example/get
curl -T body.txt http://httpbin.example/put
curl -T body.txt http://httpbin.example/dir/
curl -T body.txt http://httpbin.example
curl -T body.txt 'http://httpbin.example?x=1'
curl -T body.txt 'http://httpbin.example/dir/?x=1'
curl -T ./body.txt http://httpbin.example/dir/
curl -T empty.txt http://httpbin.example/put
curl -T - http://httpbin.example/put
curl -T - http://httpbin.example/dir/
curl -T . http://httpbin.example/dir/
curl -T - -0 http://httpbin.example/put
curl -T - -H 'Content-Length: 5' http://httpbin.example/put
curl -T - -H 'Transfer-Encoding: x' http://httpbin.example/put
curl -T - -H 'Expect:' http://httpbin.example/put
curl -T '' http://httpbin.example/put
curl -T body.txt -X POST http://httpbin.example/put
curl -T body.txt -d a=b http://httpbin.example/put
curl -T body.txt -I http://httpbin.example/put
curl -T body.txt -H 'Content-Type: x' http://httpbin.example/put
curl -T body.txt -H 'Content-Length: 9' http://httpbin.example/put
curl -T body.txt -H 'Expect:' http://httpbin.example/put
curl -T body.txt -0 http://httpbin.example/put
curl -T '{body,empty}.txt' http://httpbin.example/put
curl -T '{body}.txt' http://httpbin.example/dir/
curl -F a=b http://httpbin.example/post
curl -F a=b -F cc=dd http://httpbin.example/post
curl -F 'a=b;type=text/plain' http://httpbin.example/post
curl -F 'a=b;type=bad' http://httpbin.example/post
curl -F 'a=b; type=application/json ' http://httpbin.example/post
curl -F 'a= b ' http://httpbin.example/post
curl -F a= http://httpbin.example/post
curl -F =b http://httpbin.example/post
curl -F a http://httpbin.example/post
curl -F 'a="b"' http://httpbin.example/post
curl -F 'a"x=b' http://httpbin.example/post
curl -F 'a"x=b' --form-escape http://httpbin.example/post
curl -F 'ü=ü' http://httpbin.example/post
curl -F a=@body.txt http://httpbin.example/post
curl -F 'a=<body.txt' http://httpbin.example/post
curl -F 'a=(' -F b=c -F '=)' http://httpbin.example/post
curl -F '=)' http://httpbin.example/post
curl -F a=b -H 'Content-Type: multipart/mixed' http://httpbin.example/post
curl -F a=b -H 'Content-Type:' http://httpbin.example/post
curl -F a=b -H 'Content-Length: 9' http://httpbin.example/post
curl -F a=b -H 'Transfer-Encoding: chunked' http://httpbin.example/post
curl -F a=b -X PUT http://httpbin.example/post
curl -F a=b -d x=y http://httpbin.example/post
curl -F a=b -I http://httpbin.example/post
curl -F a=b -G http://httpbin.example/post
curl --form-string a=@b http://httpbin.example/post
curl --form-string 'a= b;type=x' http://httpbin.example/post
curl -F 'a=b;c' http://httpbin.example/post
curl -d a -I -G http://httpbin.example/post
`,
  versions: String.raw`
curl -0 http://httpbin.example/get
curl --http1.0 http://httpbin.example/get
curl --http1.1 http://httpbin.example/get
curl -0 --http1.1 http://httpbin.example/get
curl --http2 http://httpbin.example/get
curl --http2 -d a=b http://httpbin.example/post
curl --http2 -b c=d -e r -H 'x: y' --compressed http://httpbin.example/get
curl --http2 -I http://httpbin.example/get
curl --http2-prior-knowledge http://httpbin.example/get
curl --http2-prior-knowledge http://httpbin.example:8080/get?x=1
curl --http2-prior-knowledge -I http://httpbin.example/get
curl --http2-prior-knowledge -d a=b http://httpbin.example/post
curl --http2-prior-knowledge -H 'X-Env: Prod' -H 'Connection: close' http://httpbin.example/get
curl --http2-prior-knowledge -H 'Host: Other.example' http://httpbin.example/get
curl --http2-prior-knowledge -H 'Host:' http://httpbin.example/get
curl --http2-prior-knowledge -H 'Upgrade: x' -H 'Keep-Alive: y' -H 'Proxy-Connection: z' -H 'Transfer-Encoding: w' http://httpbin.example/get
curl --http2-prior-knowledge --tr-encoding http://httpbin.example/get
curl --http2-prior-knowledge -H 'TE: trailers' http://httpbin.example/get
curl --http2-prior-knowledge -H 'TE: gzip, trailers' http://httpbin.example/get
curl --http2-prior-knowledge -H 'X;' http://httpbin.example/get
curl --http2-prior-knowledge -u a:b -b c=d -e r -A q --compressed http://httpbin.example/get
curl --http2-prior-knowledge -T body.txt http://httpbin.example/put
curl --http2-prior-knowledge -T - http://httpbin.example/put
curl --http2-prior-knowledge -F a=b http://httpbin.example/post
curl --http2-prior-knowledge --json '{}' http://httpbin.example/post
curl --http2-prior-knowledge -H 'a: b' -H 'a: c' http://httpbin.example/get
curl --http2-prior-knowledge --http1.1 http://httpbin.example/get
curl --http1.1 --http2-prior-knowledge http://httpbin.example/get
curl --http2-prior-knowledge -r 0-5 --digest -u a:b http://httpbin.example/get
curl --http2-prior-knowledge -X PATCH --path-as-is http://httpbin.example/a/../b
curl --http2-prior-knowledge --request-target '*' -X OPTIONS http://httpbin.example/
curl https://httpbin.example/get
curl -0 https://httpbin.example/get
curl --http1.1 https://httpbin.example/get
curl --http2 https://httpbin.example/get
curl --http2-prior-knowledge https://httpbin.example/get
curl --no-alpn https://httpbin.example/get
curl --no-alpn --alpn https://httpbin.example/get
curl --alpn https://httpbin.example/get
curl --no-alpn --http1.1 https://httpbin.example/get
curl --no-alpn -0 https://httpbin.example/get
curl --no-npn https://httpbin.example/get
curl --tlsv1.2 https://httpbin.example/get
curl --tlsv1.3 https://httpbin.example/get
curl --tls-max 1.2 https://httpbin.example/get
curl -k https://httpbin.example:8443/get
curl -2 https://httpbin.example/
curl -3 https://httpbin.example/
curl -1 https://httpbin.example/
curl --http0.9 http://httpbin.example/
curl --ciphers ECDHE-RSA-AES128-GCM-SHA256 https://httpbin.example/
curl --proto-default https httpbin.example/get
curl --proto-default HTTPS httpbin.example/get
curl --proto-default https http://httpbin.example/get
curl --proto-default https -G -d a=b httpbin.example/get
curl --proto-default ftp httpbin.example/get
curl --proto-default nope httpbin.example/get
curl --proto-default https localhost:8443/get
curl --proto =https https://httpbin.example/get
curl --proto =https http://httpbin.example/get
curl --proto -all,https http://httpbin.example/get
curl --proto -http http://httpbin.example/get
curl --proto https http://httpbin.example/get
curl --proto =all,-https https://httpbin.example/get
curl --proto '=https,http' http://httpbin.example/get
curl --proto = http://httpbin.example/get
curl --proto nope http://httpbin.example/get
curl --proto =nope http://httpbin.example/get
`,
  dialling: String.raw`
curl --resolve httpbin.example:80:203.0.113.9 http://httpbin.example/get
curl --resolve HttpBin.Example:80:203.0.113.9 http://httpbin.example/get
curl --resolve httpbin.example:80:203.0.113.9 http://HTTPBIN.example/get
curl --resolve httpbin.example:443:203.0.113.9 https://httpbin.example/get
curl --resolve httpbin.example:443:203.0.113.9 http://httpbin.example/get
curl --resolve +httpbin.example:80:203.0.113.9 http://httpbin.example/get
curl --resolve httpbin.example:80:203.0.113.9,203.0.113.10 http://httpbin.example/get
curl --resolve httpbin.example:80:,203.0.113.9 http://httpbin.example/get
curl --resolve httpbin.example:80:[2001:db8::9] http://httpbin.example/get
curl --resolve httpbin.example:80:2001:db8::9 http://httpbin.example/get
curl --resolve httpbin.example:80:[2001:db8::9],203.0.113.9 http://httpbin.example/get
curl --resolve httpbin.example:80:203.0.113.9,[2001:db8::9] http://httpbin.example/get
curl -4 --resolve httpbin.example:80:[2001:db8::9],203.0.113.9 http://httpbin.example/get
curl -6 --resolve httpbin.example:80:203.0.113.9,[2001:db8::9] http://httpbin.example/get
curl -4 --resolve httpbin.example:80:[2001:db8::9] http://httpbin.example/get
curl --resolve httpbin.example:80:[203.0.113.9] http://httpbin.example/get
curl --resolve httpbin.example:80:203.0.113.9 --resolve httpbin.example:80:203.0.113.10 http://httpbin.example/get
curl --resolve httpbin.example:80:203.0.113.9 --resolve -httpbin.example:80 http://httpbin.example/get
curl --resolve -httpbin.example:80 --resolve httpbin.example:80:203.0.113.9 http://httpbin.example/get
curl --resolve '*:80:203.0.113.9' http://httpbin.example/get
curl --resolve '*:80:203.0.113.9' --resolve httpbin.example:80:203.0.113.10 http://httpbin.example/get
curl --resolve '*:443:203.0.113.9' http://httpbin.example/get
curl --resolve '*.example:80:203.0.113.9' http://httpbin.example/get
curl --resolve httpbin.example:80:other.example http://httpbin.example/get
curl --resolve httpbin.example:80:127.1 http://httpbin.example/get
curl --resolve httpbin.example:80:203.0.113.09 http://httpbin.example/get
curl --resolve httpbin.example:80: http://httpbin.example/get
curl --resolve httpbin.example:80 http://httpbin.example/get
curl --resolve httpbin.example http://httpbin.example/get
curl --resolve httpbin.example:x:203.0.113.9 http://httpbin.example/get
curl --resolve httpbin.example:70000:203.0.113.9 http://httpbin.example/get
curl --resolve '' http://httpbin.example/get
curl --resolve - http://httpbin.example/get
curl --resolve other.example:80:bad http://httpbin.example/get
curl --resolve httpbin.example.:80:203.0.113.9 http://httpbin.example/get
curl --resolve httpbin.example:80:203.0.113.9 http://httpbin.example./get
curl --resolve 192.0.2.10:80:203.0.113.9 http://192.0.2.10/get
curl --resolve localhost:80:203.0.113.9 http://localhost/get
curl --resolve '[2001:db8::1]:80:203.0.113.9' http://[2001:db8::1]/get
curl --resolve 'httpbin.example: 80:203.0.113.9' http://httpbin.example/get
curl --resolve httpbin.example:080:203.0.113.9 http://httpbin.example/get
curl --connect-to httpbin.example:80:other.example:8080 http://httpbin.example/get
curl --connect-to httpbin.example:80:203.0.113.9:8080 http://httpbin.example/get
curl --connect-to HTTPBIN.example:80:203.0.113.9:8080 http://httpbin.example/get
curl --connect-to httpbin.example:443:203.0.113.9:8443 https://httpbin.example/get
curl --connect-to ::203.0.113.9:8080 http://httpbin.example/get
curl --connect-to ::203.0.113.9: http://httpbin.example/get
curl --connect-to ::203.0.113.9 http://httpbin.example/get
curl --connect-to :::8080 http://httpbin.example/get
curl --connect-to :80:other.example:8080 http://httpbin.example/get
curl --connect-to httpbin.example::other.example: http://httpbin.example/get
curl --connect-to :443:other.example:8080 http://httpbin.example/get
curl --connect-to :::: http://httpbin.example/get
curl --connect-to ::: --connect-to ::other.example:8080 http://httpbin.example/get
curl --connect-to a.example:80:203.0.113.9:80 --connect-to httpbin.example:80:203.0.113.10:80 --connect-to ::203.0.113.11:80 http://httpbin.example/get
curl --connect-to '::[2001:db8::9]:8080' http://httpbin.example/get
curl --connect-to '::[2001:db8::9]' http://httpbin.example/get
curl --connect-to '[2001:db8::1]:80:203.0.113.9:8080' http://[2001:db8::1]/get
curl --connect-to '2001:db8::1:80:203.0.113.9:8080' http://[2001:db8::1]/get
curl --connect-to ::2001:db8::9:80 http://httpbin.example/get
curl --connect-to ::other.example:99999 http://httpbin.example/get
curl --connect-to ::other.example:x http://httpbin.example/get
curl --connect-to httpbin.example http://httpbin.example/get
curl --connect-to '' http://httpbin.example/get
curl --connect-to httpbin.example:80 http://httpbin.example/get
curl --connect-to httpbin.example:80: http://httpbin.example/get
curl --connect-to httpbin.example:x:other.example:80 http://httpbin.example/get
curl --connect-to ::other.example:8080 --resolve other.example:8080:203.0.113.9 http://httpbin.example/get
curl --connect-to ::other.example:8080 --resolve httpbin.example:80:203.0.113.9 http://httpbin.example/get
curl --connect-to ::other.example:8080 --resolve other.example:80:203.0.113.9 http://httpbin.example/get
curl --connect-to :::8080 --resolve httpbin.example:8080:203.0.113.9 http://httpbin.example/get
curl --connect-to :::8080 --resolve httpbin.example:80:203.0.113.9 http://httpbin.example/get
curl --connect-to ::127.1:8080 http://httpbin.example/get
curl --connect-to ::localhost:8080 http://httpbin.example/get
curl --connect-to httpbin.example:80:httpbin.example:80 http://httpbin.example/get
curl --connect-to ::other.example:443 -H 'Host: x.example' https://httpbin.example/get
curl --connect-to httpbin.example.:80:203.0.113.9:80 http://httpbin.example/get
curl --connect-to httpbin.example:80:203.0.113.9:80 http://httpbin.example./get
`,
  more: String.raw`
curl --form-string =x -H 'Content-Type: multipart/mixed' http://httpbin.example/post
curl -F a=b -H 'Content-Type: multipart/form-data; x=y' http://httpbin.example/post
curl -F a=b -H 'Content-Type: text/plain' http://httpbin.example/post
curl 'http://httpbin.example/{,a}'
curl 'http://httpbin.example/{,}'
curl http://httpbin.example:0/ --connect-to :::80
curl --connect-to :::0 http://httpbin.example/
curl -H 'a : b' http://httpbin.example/
curl -H ' a: b' http://httpbin.example/
curl -H 'a b: c' http://httpbin.example/
curl -H 'Expect: 100-continue' http://httpbin.example/
curl -H 'Content-Type: a/b' http://httpbin.example/
curl -H 'Authorization: Bearer x' http://httpbin.example/
curl -H 'Cookie: x=y' -b '' http://httpbin.example/
curl -H 'Accept-Encoding: gzip' http://httpbin.example/
curl -H 'If-None-Match: x' -H 'If-Modified-Since: y' http://httpbin.example/
curl -d a=b -X DELETE -H 'Content-Type: text/plain' -A x -u a:b http://httpbin.example/post
curl -d a=b -0 http://httpbin.example/post
curl -F a=b -0 http://httpbin.example/post
curl --digest -u a:b --http2-prior-knowledge -d a=b http://httpbin.example/post
curl --http2 --tr-encoding -H 'Connection: x' http://httpbin.example/
curl --http2 -H 'Connection: x' http://httpbin.example/
curl --http2 -H 'Host:' http://httpbin.example/
curl --http2-prior-knowledge -H 'Expect: 100-continue' -d a http://httpbin.example/
curl --http2-prior-knowledge http://httpbin.example/café?café
curl --http2-prior-knowledge -H 'X-Y: café' http://httpbin.example/
curl --http2-prior-knowledge -H 'a b: c' http://httpbin.example/
curl --http2-prior-knowledge -X 'A B' http://httpbin.example/
curl --http2-prior-knowledge -H 'cookie: a=b; c=d' http://httpbin.example/
curl --http2-prior-knowledge -H 'Host: a' -H 'Host: b' http://httpbin.example/
curl --http2-prior-knowledge -H 'Host;' http://httpbin.example/
curl --http2-prior-knowledge -H 'Host:' -H 'Host: b' http://httpbin.example/
curl --http2-prior-knowledge -H 'TE: x' http://httpbin.example/
curl --http2-prior-knowledge -H 'te:' http://httpbin.example/
curl --http2-prior-knowledge -0 http://httpbin.example/
curl -d a=b --url-query x=y --json '{}' http://httpbin.example/
curl -T body.txt -G http://httpbin.example/dir/
curl -T body.txt --url-query a=b http://httpbin.example/dir/
curl -T 'a b' http://httpbin.example/dir/
curl -T body.txt --json '{}' http://httpbin.example/
curl -T '' http://httpbin.example/dir/
curl -T '' -d a=b http://httpbin.example/dir/
curl -T body.txt -T empty.txt http://httpbin.example/dir/
curl -T body.txt --path-as-is http://httpbin.example/x/../dir/
curl -T body.txt 'http://httpbin.example/%2Fx/'
curl -T body.txt --compressed -C 1 http://httpbin.example/x
curl -C 5 -d a=b http://httpbin.example/x
curl -C 5 -F a=b http://httpbin.example/x
curl -C - -d a=b http://httpbin.example/x
curl -C - -d a=b -o out http://httpbin.example/x
curl -C 5 -I http://httpbin.example/x
curl -r 0-5 -X POST http://httpbin.example/x
curl -r 0-5 -G -d a=b http://httpbin.example/x
curl -C 5 -H 'Range: x' http://httpbin.example/x
curl -r 1 -H 'Content-Range: x' -d a http://httpbin.example/x
curl -u a:b -C 5 -r 1-2 -A x -e y --compressed --tr-encoding -b c=d -H 'h: i' -d body -X PATCH http://httpbin.example/x
curl --no-basic --no-digest -u a:b http://httpbin.example/
curl --basic --no-basic -u a:b http://httpbin.example/
curl --anyauth --no-anyauth -u a:b http://httpbin.example/
curl --oauth2-bearer '' http://httpbin.example/
curl --oauth2-bearer x --no-basic http://u:p@httpbin.example/
curl --digest --oauth2-bearer x -u a:b http://httpbin.example/
curl http://u%3Ax:p@httpbin.example/
curl http://u:p@192.0.2.10:8080/x
curl http://u:p@[::1]:8080/x
curl https://u:p@httpbin.example/
curl http://user%zz@httpbin.example/
curl 'http://user%00x@httpbin.example/'
curl 'http://user%0ax@httpbin.example/'
curl http://httpbin.example/%
curl http://httpbin.example/%zz
curl http://httpbin.example/a%2Fb%2fc
curl 'http://httpbin.example/?%2F%zz'
curl 'http://httpbin.example/?a=b#'
curl 'http://httpbin.example?'
curl 'http://httpbin.example?#'
curl 'http://httpbin.example//?//'
curl 'httpbin.example?a=http://x/'
curl 'httpbin.example/http://x/'
curl 'http://httpbin.example@other.example/'
curl 'http://httpbin.example:80@other.example/'
curl 'http://httpbin.example#@other.example/'
curl 'http://httpbin.example\\@other.example/'
curl h.example:80/x
curl http:example/x
curl http:/x/y
curl https:httpbin.example
curl 1.2.3.4:8080/x
curl localhost
curl localhost:8080
curl user@localhost
curl 'http://localhost:8080?x'
curl HTTP.example
curl ftp.localhost
curl ftps.example
curl xftp.example
curl telnet://httpbin.example:25
curl gopher://httpbin.example:8080/x
curl data:text/plain,x
curl about:blank
curl javascript:x
curl x-y+z.1://httpbin.example/
curl aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa://httpbin.example/
curl 'ht tp://httpbin.example/'
curl http//httpbin.example/
curl httpbin.example//x
curl --proto-default http ftp.example/
curl --proto-default https 192.0.2.10
curl --proto-default https httpbin.example:8443
curl --proto-default https user@httpbin.example:8443/x
curl --proto-default https -T body.txt httpbin.example/d/
curl -d '@-' http://httpbin.example/
curl -d '@' http://httpbin.example/
curl --data-raw '@' http://httpbin.example/
curl --data-urlencode @body.txt http://httpbin.example/
curl --data-urlencode 'a=@b' http://httpbin.example/
curl --data-urlencode 'a@b=c' http://httpbin.example/
curl --data-urlencode '' http://httpbin.example/
curl --data-urlencode '=' http://httpbin.example/
curl --data-urlencode 'a=' http://httpbin.example/
curl -G --data-urlencode 'q=ü' --data-urlencode '=x&y' http://httpbin.example/
curl -G -d 'a#b' http://httpbin.example/x
curl -G -d 'a?b' http://httpbin.example/x
curl --url-query 'a#b' http://httpbin.example/x
curl --url-query '+a#b' http://httpbin.example/x
curl --url-query '+' http://httpbin.example/x
curl --resolve httpbin.example:80:0.0.0.0 http://httpbin.example/
curl --resolve httpbin.example:80:::ffff:192.0.2.10 http://httpbin.example/
curl --resolve httpbin.example:80:::1%lo http://httpbin.example/
curl --resolve 'httpbin.example:80: 192.0.2.10' http://httpbin.example/
curl --resolve httpbin.example:80:192.0.2.10, http://httpbin.example/
curl --resolve httpbin.example:80:192.0.2.10:8080 http://httpbin.example/
curl --resolve httpbin.example:0:192.0.2.10 http://httpbin.example/
curl --resolve +httpbin.example:80:192.0.2.10 --resolve httpbin.example:80:192.0.2.11 http://httpbin.example/
curl --resolve '*:80:192.0.2.10' --resolve '-*:80' http://httpbin.example/
curl --resolve '*:80:192.0.2.10' http://192.0.2.99/
curl --resolve '*:80:192.0.2.10' http://localhost/
curl --resolve '-*:80' --resolve '*:80:192.0.2.10' http://HTTPBIN.example/
curl --connect-to ::[::ffff:192.0.2.10]:80 http://httpbin.example/
curl --connect-to '::[::1%25lo]:80' http://httpbin.example/
curl --connect-to '::[::1' http://httpbin.example/
curl --connect-to ':: x:80' http://httpbin.example/
curl --connect-to '::other.example:+80' http://httpbin.example/
curl --connect-to '::other.example:-1' http://httpbin.example/
curl --connect-to 'httpbin.example:+80:other.example:80' http://httpbin.example/
curl --connect-to httpbin.example:8080:other.example:80 http://httpbin.example:8080/
curl --connect-to 127.0.0.1:80:other.example:80 http://127.1/
curl --connect-to 127.1:80:other.example:80 http://127.1/
curl --connect-to ::0x7f.1:80 http://httpbin.example/
curl --connect-to ::other.example.:80 http://httpbin.example/
curl -4 --connect-to '::[::1]:80' http://httpbin.example/
curl -6 --connect-to ::192.0.2.10:80 http://httpbin.example/
curl -sSfL --compressed --max-time 5 -o out -w '%{http_code}' --retry 2 http://httpbin.example/get
curl -4sSkL http://httpbin.example/get
curl -vvv http://httpbin.example/get
curl -sI -X GET http://httpbin.example/get
curl -fsS -H'Host: x.example' -XPOST -dfoo http://httpbin.example/get
curl -Hx:y http://httpbin.example/get
curl -H= http://httpbin.example/get
curl -Afoo http://httpbin.example/get
curl -ufoo:bar http://httpbin.example/get
curl -bfoo=bar http://httpbin.example/get
curl -o- http://httpbin.example/get
curl -o -I http://httpbin.example/get
curl -H -I http://httpbin.example/get
curl -X -I http://httpbin.example/get
curl -m 1e1 http://httpbin.example/get
curl -m ' 5' http://httpbin.example/get
curl -m +5 http://httpbin.example/get
curl -m 5. http://httpbin.example/get
curl -m .5 http://httpbin.example/get
curl -m 0x10 http://httpbin.example/get
curl -m inf http://httpbin.example/get
curl --retry ' 5' http://httpbin.example/get
curl --retry '5 ' http://httpbin.example/get
curl --retry +5 http://httpbin.example/get
curl --retry 99999999999999999999 http://httpbin.example/get
curl --limit-rate ' 5' http://httpbin.example/get
curl --limit-rate -5 http://httpbin.example/get
curl --limit-rate '' http://httpbin.example/get
curl --rate 0/s http://httpbin.example/get
curl --rate 1 http://httpbin.example/get
curl --rate 1/sec http://httpbin.example/get
curl --rate / http://httpbin.example/get
curl --local-port '' http://httpbin.example/get
curl --local-port 70000 http://httpbin.example/get
curl --local-port '5000 - 6000' http://httpbin.example/get
curl --create-file-mode '' http://httpbin.example/get
curl --keepalive-time x http://httpbin.example/get
curl --proto '' http://httpbin.example/get
curl --proto '!http' http://httpbin.example/get
curl --proto =http,,https http://httpbin.example/get
curl --proto-redir '!' http://httpbin.example/get
curl --proto-redir =nope http://httpbin.example/get
curl --no-fail -f --no-fail http://httpbin.example/get
curl --fail-with-body --no-fail-with-body -f http://httpbin.example/get
curl -F 'a=b;type=x/y;charset=z' http://httpbin.example/post
curl -F 'a=b;type=x/' http://httpbin.example/post
curl -F 'a=b;filename=c' http://httpbin.example/post
curl -F 'a=b;headers="X: y"' http://httpbin.example/post
curl -F 'a=b;TYPE=x' http://httpbin.example/post
curl -F 'a="b;type=x"' http://httpbin.example/post
curl -F 'a=b,c' http://httpbin.example/post
curl -F '' http://httpbin.example/post
curl -F '=(' http://httpbin.example/post
`,
  commandLine: String.raw`
curl -sSf http://httpbin.example/get
curl -sSfI http://httpbin.example/get
curl -sSIXDELETE http://httpbin.example/get
curl -sXPUT -H'a: b' http://httpbin.example/get
curl -sdx=y http://httpbin.example/get
curl -Isv http://httpbin.example/get
curl http://httpbin.example/get -I
curl http://httpbin.example/get -H 'a: b' -X PUT
curl -- http://httpbin.example/get
curl -H 'a: b' -- http://httpbin.example/get
curl -- -I
curl http://httpbin.example/get --
curl --url http://httpbin.example/get
curl --url=http://httpbin.example/get
curl --header='a: b' http://httpbin.example/get
curl -X=POST http://httpbin.example/get
curl --hea http://httpbin.example/get
curl --head http://httpbin.example/get
curl --heade 'a: b' http://httpbin.example/get
curl --HEAD http://httpbin.example/get
curl --user-a x http://httpbin.example/get
curl --user x:y http://httpbin.example/get
curl --use x http://httpbin.example/get
curl --data a=b http://httpbin.example/get
curl --dat a=b http://httpbin.example/get
curl --http1 http://httpbin.example/get
curl --http2-p http://httpbin.example/get
curl --req POST http://httpbin.example/get
curl --request POST http://httpbin.example/get
curl --compress http://httpbin.example/get
curl --comp http://httpbin.example/get
curl --no-comp http://httpbin.example/get
curl --no-head http://httpbin.example/get
curl --no-header http://httpbin.example/get
curl --no-http1.1 http://httpbin.example/get
curl --no-http2 http://httpbin.example/get
curl --no-url http://httpbin.example/get
curl --no-alp http://httpbin.example/get
curl --NO-ALPN https://httpbin.example/get
curl --no-ALPN https://httpbin.example/get
curl --nope http://httpbin.example/get
curl --no-nope http://httpbin.example/get
curl --no- http://httpbin.example/get
curl -@ http://httpbin.example/get
curl - http://httpbin.example/get
curl -sS@ http://httpbin.example/get
curl -H
curl http://httpbin.example/get -H
curl http://httpbin.example/get --header
curl
curl -s
curl -f --fail-with-body http://httpbin.example/get
curl --fail-with-body http://httpbin.example/get
curl -f --no-fail --fail-with-body http://httpbin.example/get
curl -m 5 http://httpbin.example/get
curl -m5 http://httpbin.example/get
curl -m 1.5 http://httpbin.example/get
curl -m x http://httpbin.example/get
curl -m '' http://httpbin.example/get
curl -m -1 http://httpbin.example/get
curl --max-time 5s http://httpbin.example/get
curl --connect-timeout 2.5 http://httpbin.example/get
curl --retry 0 http://httpbin.example/get
curl --retry x http://httpbin.example/get
curl --retry -1 http://httpbin.example/get
curl --max-redirs -1 http://httpbin.example/get
curl --max-redirs -2 http://httpbin.example/get
curl --limit-rate 1k http://httpbin.example/get
curl --limit-rate 1x http://httpbin.example/get
curl --limit-rate 1kb http://httpbin.example/get
curl --rate 2/s http://httpbin.example/get
curl --rate 2/x http://httpbin.example/get
curl --create-file-mode 0644 http://httpbin.example/get
curl --create-file-mode 999 http://httpbin.example/get
curl --create-file-mode 1777 http://httpbin.example/get
curl --local-port 5000-6000 http://httpbin.example/get
curl --local-port x http://httpbin.example/get
curl --local-port 6000-5000 http://httpbin.example/get
curl --tls-max 1.9 https://httpbin.example/get
curl --hostpubmd5 x http://httpbin.example/get
curl --metalink http://httpbin.example/get
curl --tcp-nodelay --no-keepalive --keepalive-time 5 http://httpbin.example/get
curl -o out.txt -w '%{http_code}' -D head.txt http://httpbin.example/get
curl -o '' http://httpbin.example/get
curl -O http://httpbin.example/file
curl -O http://httpbin.example/
curl -O http://httpbin.example
curl -OJ http://httpbin.example/
curl -OJi http://httpbin.example/
curl -J -C - http://httpbin.example/x
curl -o x -O http://httpbin.example/
curl -O -o x http://httpbin.example/
curl --remote-name-all http://httpbin.example/
curl --remote-name-all -o x http://httpbin.example/
curl -o a -o b http://httpbin.example/x
curl -L --max-redirs 3 http://httpbin.example/get
curl -Z http://httpbin.example/get
curl --parallel --parallel-max 3 http://httpbin.example/get
curl -q http://httpbin.example/get
curl http://httpbin.example/get -q
curl -N --no-buffer http://httpbin.example/get
curl --no-progress-meter -# http://httpbin.example/get
curl -a -l -B --ftp-pasv -Q x -P - http://httpbin.example/get
curl --trace-time -v -S --stderr err.txt http://httpbin.example/get
curl --noproxy '*' http://httpbin.example/get
curl -x '' http://httpbin.example/get
curl -x http://proxy.example:3128 --noproxy '*' http://httpbin.example/get
curl --proxytunnel --proxy-header 'a: b' -U x:y http://httpbin.example/get
curl --raw --ignore-content-length --compressed-ssh http://httpbin.example/get
curl --ssl-reqd http://httpbin.example/get
curl --ssl http://httpbin.example/get
curl --ftp-ssl http://httpbin.example/get
curl --hsts '' http://httpbin.example/get
curl --alt-svc '' https://httpbin.example/get
curl --post301 --post302 --post303 http://httpbin.example/get
curl --expect100-timeout 1 -d a=b http://httpbin.example/get
curl --speed-limit 1 --speed-time 5 http://httpbin.example/get
curl --happy-eyeballs-timeout-ms 100 http://httpbin.example/get
curl --tlsauthtype SRP http://httpbin.example/get
curl --tlsauthtype nope http://httpbin.example/get
curl -E body.txt http://httpbin.example/get
curl --key body.txt https://httpbin.example/get
curl --cacert body.txt http://httpbin.example/get
curl --haproxy-protocol=x http://httpbin.example/get
curl -t x http://httpbin.example/get
curl -: http://httpbin.example/get
curl --engine list http://httpbin.example/get
curl -h http
curl -V
curl -M --no-manual http://httpbin.example/get
curl --no-help --no-version --no-manual http://httpbin.example/get
`,
};
