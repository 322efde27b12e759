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

/** What their options and variables do to where they connect, and how. */
const OPTIONS: readonly (readonly [line: string, told: string])[] = [
  // psql
  ["psql 'hostaddr=192.0.2.1 host=db'", 'tcp 192.0.2.1:5432'],
  ["psql 'hostaddr=192.0.2.1 host=Db sslnegotiation=direct'", 'tls 192.0.2.1:5432 sni=db alpn=postgresql'],
  ['PGHOSTADDR=192.0.2.1 psql -h db', 'tcp 192.0.2.1:5432'],
  ['PGHOST=db PGSSLNEGOTIATION=direct psql', 'tls db:5432 sni=db alpn=postgresql'],
  [`psql -d "host = 'db.example' port=6000" -p 1 shop`, 'tcp db.example:6000'],
  ['psql --dbname=postgresql://db.example:7000/shop', 'tcp db.example:7000'],
  ['psql -h db -- port=1', 'tcp db:1'],
  // what a URL of psql does not say is taken from the options, then from the variables
  ["psql 'postgres:///x?host=db&port=6001'", 'tcp db:6001'],
  ['PGPORT=6001 psql postgres://db/x', 'tcp db:6001'],
  ['PGPORT=1 psql -p 6001 postgres://db', 'tcp db:6001'],
  ['PGPORT=1 psql -p 2 postgres://db:6001?port', 'tcp db:6001'],
  ['psql -h db postgresql://:6001/x', 'tcp db:6001'],
  ['PGSSLNEGOTIATION=direct psql postgres://u:p@[2001:db8::1]:7000', 'tls 2001:db8::1:7000 sni=- alpn=postgresql'],
  ['psql postgres://%64b/a@b?x=%2', 'tcp db:5432'],
  ["psql 'host=db application_name=postgres://b:1'", 'tcp db:5432'],
  ["psql 'hostaddr=192.0.2.1 sslnegotiation=direct'", 'tls 192.0.2.1:5432 sni=- alpn=postgresql'],
  // mysql
  ['MYSQL_HOST=db MYSQL_TCP_PORT=3307 mysql', 'tcp db:3307 server-first'],
  ['mysql -h db -- -h', 'tcp db:3306 server-first'],
  ['mysql -uroot -hdb -phunter2', 'tcp db:3306 server-first'],
  ['mysql -CvpPh -h db', 'tcp db:3306 server-first'],
  ['mysql -h a -h db', 'tcp db:3306 server-first'],
  ['mysql --protocol=TCP', 'tcp 127.0.0.1:3306 server-first'],
  ['mysql -h LocalHost --protocol=tcp', 'tcp 127.0.0.1:3306 server-first'],
  // redis-cli
  ['redis-cli ping', 'tcp 127.0.0.1:6379'],
  ['redis-cli -h cache -p 6380 ping', 'tcp cache:6380'],
  ['redis-cli --rdb dump.rdb -h cache', 'tcp cache:6379'],
  ['redis-cli -u redis://cache:6380', 'tcp cache:6380'],
  ['redis-cli -u rediss://cache:6380', 'tls cache:6380 sni=-'],
  ['redis-cli --tls --sni Cache.example', 'tls 127.0.0.1:6379 sni=cache.example'],
  // mongosh
  ['mongosh --quiet', 'tcp 127.0.0.1:27017'],
  ['mongosh shop', 'tcp 127.0.0.1:27017'],
  ['mongosh m1.example:27018/shop', 'tcp m1.example:27018'],
  ['mongosh --tls m1/shop', 'tls m1:27017 sni=m1'],
  ['mongo --ssl --host m1:27018 --port 27019', 'tls m1:27019 sni=m1'],
  ['mongosh --tls mongodb://m1:27018/shop', 'tls m1:27018 sni=m1'],
  ['mongosh mongodb://m1/shop?ssl=true', 'tls m1:27017 sni=m1'],
  ['mongosh mongodb://m1/shop', 'tcp m1:27017'],
  // grpcurl
  ['grpcurl -plaintext dns:///api:50051 a.B/C', 'http api:50051 2 POST /a.B/C api:50051'],
  ...['-servername b.example', '-authority b.example', '-authority b.example -servername b.example'].map(
    (names) =>
      [`grpcurl ${names} api:443 a.B.C`, 'https api:443 sni=b.example alpn=h2 2 POST /a.B/C b.example'] as const,
  ),
  ['grpcurl -authority B.example.:1 api:443 a.B.C', 'https api:443 sni=b.example alpn=h2 2 POST /a.B/C B.example.:1'],
  ['grpcurl -plaintext --plaintext=false api:1 a.B.C', 'https api:1 sni=api alpn=h2 2 POST /a.B/C api:1'],
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map(
    (off) =>
      [
        `grpcurl -authority b -plaintext -plaintext=${off} api:1 a.B.C`,
        'https api:1 sni=b alpn=h2 2 POST /a.B/C b',
      ] as const,
  ),
  ['http --form DELETE http://a.test/ x=1', 'http a.test:80 1.1 DELETE / a.test'],
  // two options begin so: wget refuses it
  ['wget --post=x http://a.test/', 'http a.test:80 1.1 GET / a.test'],
  ['grpcurl -plaintext -auth=x api:1 a.B.C', 'http api:1 2 POST /a.B/C api:1'],
  ['grpcurl -plaintext=0 -plaintext=true api:1 a.B.C', 'http api:1 2 POST /a.B/C api:1'],
  ['grpcurl -plaintext -authority=0 api:1 a.B.C', 'http api:1 2 POST /a.B/C 0'],
  ['grpcurl -plaintext -servername b api:1 a.B.C', 'http api:1 2 POST /a.B/C api:1'],
  ...['', ' list', ' list a.B', ' describe a.B'].map(
    (verb) =>
      [
        `grpcurl -plaintext api:1${verb}`,
        'http api:1 2 POST /grpc.reflection.v1.ServerReflection/ServerReflectionInfo api:1',
      ] as const,
  ),
  // openssl
  ['openssl s_client -host db.example', 'tls db.example:4433 sni=db.example'],
  ['openssl s_client -host db -port 5433', 'tls db:5433 sni=-'],
  ['openssl s_client -dtls -connect db:1', 'udp db:1'],
  ['openssl s_client -dtls1_2 -connect db:1', 'udp db:1'],
  ['openssl s_client -dtls1 -connect db:1', 'udp db:1'],
  ['openssl s_client -purpose any db.example:1', 'tls db.example:1 sni=db.example'],
  // with a dot behind it a name is none to OpenSSL, but what it is told to send is sent
  ['openssl s_client -connect db.example.:1', 'tls db.example.:1 sni=-'],
  ['openssl s_client -connect db:1 -servername A.example.', 'tls db:1 sni=a.example.'],
  ['openssl s_client -connect db:1 -servername 192.0.2.1', 'tls db:1 sni=192.0.2.1'],
  ['openssl s_client -connect db.example', 'tls db.example:4433 sni=db.example'],
  // socat
  ['socat - UDP-SENDTO:192.0.2.53:53', 'udp 192.0.2.53:53'],
  ['socat - ssl:db.example:1,openssl-commonname=a,SNIHOST=B.example', 'tls db.example:1 sni=b.example'],
  ['socat - OPENSSL-CONNECT:db.example:1,verify=0,CommonName=a', 'tls db.example:1 sni=a'],
  ['socat FILE:tcp:x:1,proxy:p:x:1 TCP4:db:2', 'tcp db:2 server-first'],
  ['socat TCP-LISTEN:1,fork TCP:db:2', 'tcp db:2 server-first'],
  ['socat - proxy:p:db:5432,proxyport=3128', 'tcp db:5432'],
  // kcat, ldapsearch, mosquitto
  ['kafka-console-producer.sh --broker-list k1:9094 --topic x', 'tcp k1:9094'],
  ['kcat -b k1 -X security.protocol=SSL', 'tls k1:9092 sni=k1'],
  ['kcat -b k1 -X sasl.mechanism=PLAIN', 'tcp k1:9092'],
  ['ldapsearch -H "ldap://a.example ldap://b.example" -x', 'tcp a.example:389'],
  ['ldapsearch -h ldap.example -x', 'tcp ldap.example:389'],
  ['mosquitto_sub -L mqtts://mq.example/x', 'tls mq.example:8883 sni=mq.example'],
  ['mosquitto_sub -t x', 'tcp localhost:1883'],
  ['mosquitto_sub -h mq -p 8883 -t x', 'tls mq:8883 sni=mq'],
  ['mosquitto_sub -L mqtt://mq:8883/x', 'tls mq:8883 sni=mq'],
  ['mosquitto_sub -L mqtts://mq:1/x', 'tls mq:1 sni=mq'],
  ['mosquitto_sub -L mqtt://mq/x', 'tcp mq:1883'],
  ['mosquitto_sub -L mqtt://mq/x --cafile f', 'tls mq:1883 sni=mq'],
  ['mosquitto_sub -h mq -p 1884 --capath /etc/ssl -t x', 'tls mq:1884 sni=mq'],
  ['mosquitto_sub -h mq --psk 1a --psk-identity x -t x', 'tls mq:8883 sni=mq'],
  ['mosquitto_sub -h mq --tls-use-os-certs -t x', 'tls mq:8883 sni=mq'],
  // dig, nslookup, host
  ['dig +vc @ns.example x', 'tcp ns.example:53'],
  ['dig +noall +tcp=no @ns.example x+tcp', 'udp ns.example:53'],
  ['dig @ns.example -t axfr x', 'tcp ns.example:53'],
  ['dig @ns.example x AXFR', 'tcp ns.example:53'],
  ['dig x ixfr=1 @any', 'tcp any:53'],
  ['dig x any @ns.example', 'tcp ns.example:53'],
  ['dig any.x @any', 'udp any:53'],
  ['dig @ns company x+tls x+vc', 'udp ns:53'],
  ['host -t mx x ns', 'udp ns:53'],
  ['host x ns.example', 'udp ns.example:53'],
  ['host -t A -p 54 x ns.example', 'udp ns.example:54'],
  ...['-l', '-a', '-T', '-t axfr', '-t ANY', '-t ixfr=1'].map((how) => [`host ${how} x ns`, 'tcp ns:53'] as const),
  ['nslookup -port=5353 -vc x ns.example', 'tcp ns.example:5353'],
  ['nslookup -type=a x ns.example', 'udp ns.example:53'],
  // nc, telnet, openssl
  ['ncat --ssl --ssl-servername A.example --ssl-alpn h2,http/1.1 b 1', 'tls b:1 sni=a.example alpn=h2,http/1.1'],
  ['ncat --ssl-alpn h2 b 1', 'tcp b:1 server-first'],
  ['ncat --wait 3 --idle-timeout 5 -d 2 b 1', 'tcp b:1 server-first'],
  ['nc -dN b 1', 'tcp b:1 server-first'],
  ['nc -d b 1', 'tcp b:1 server-first'],
  // ssh, scp, sftp, ftp
  ['ssh a@b@example.com', 'tcp example.com:22'],
  ['ssh me@2001:db8::1', 'tcp 2001:db8::1:22'],
  ['ssh ssh://me@example.com:2022', 'tcp example.com:2022'],
  ['ssh -p 2222 ssh://example.com:2022', 'tcp example.com:2222'],
  ["ssh -o 'port 2222' -oPort=1 a", 'tcp a:2222'],
  ['ssh -p 2222 -o Port=1 a', 'tcp a:2222'],
  ['ssh -o Port=2222 -p 1 ssh://a:2', 'tcp a:2222'],
  [`ssh -o 'Port = "2222"' a`, 'tcp a:2222'],
  ['ssh me@a -p 2222', 'tcp a:2222'],
  ["ssh -i 'Port 1' -o x -o Port=2222 a", 'tcp a:2222'],
  ['ssh -o HostName=b a -o HostName=c -p 2222 -- true -p 1', 'tcp b:2222'],
  ['ssh a true -p 1', 'tcp a:22'],
  ['ssh -o Hostname=example.com -o HostName=b a', 'tcp example.com:22'],
  ['ssh -o HostName=%h.example me@a', 'tcp a.example:22'],
  ['sftp -o Port=2222 -o HostName=b a', 'tcp b:2222'],
  ['ssh ssh://example.com', 'tcp example.com:22'],
  ['ssh example.com curl -p 2222', 'tcp example.com:22'],
  ['sftp -P 2222 sftp://me@example.com:2022/x', 'tcp example.com:2022'],
  ['scp -P 2222 f scp://example.com/x', 'tcp example.com:2222'],
  ['scp -P 1 -o Port=2222 f scp://example.com:2/x', 'tcp example.com:2222'],
  ['sftp -b batch -B 32768 me@example.com', 'tcp example.com:22'],
  ['scp me@example.com:2022/x .', 'tcp example.com:22'],
  ['scp a@b/c example.com:f', 'tcp example.com:22'],
  ['scp a@example.com:f scp://example.com/g', 'tcp example.com:22'],
  ['scp f me@[2001:db8::1]:/x', 'tcp 2001:db8::1:22'],
  ['sftp me@example.com', 'tcp example.com:22'],
  ['ftp files.example 2121', 'tcp files.example:2121 server-first'],
  // git
  [
    'git clone http://example.com/a.git/',
    'http example.com:80 1.1 GET /a.git/info/refs?service=git-upload-pack example.com',
  ],
  ['git -c http.proxy=ssh://p clone ssh://me@example.com/a', 'tcp example.com:22'],
  [
    'git push http://example.com/a.git main',
    'http example.com:80 1.1 GET /a.git/info/refs?service=git-receive-pack example.com',
  ],
  [
    'git clone http://example.com/push push',
    'http example.com:80 1.1 GET /push/info/refs?service=git-upload-pack example.com',
  ],
  [
    'git ls-remote http://example.com//a@b/c',
    'http example.com:80 1.1 GET //a@b/c/info/refs?service=git-upload-pack example.com',
  ],
  [
    'git ls-remote http://u:p@example.com/a@b?c',
    'http example.com:80 1.1 GET /a@b?c/info/refs&service=git-upload-pack example.com',
  ],
  // wget
  ['wget -q http://[2001:db8::1]:8080/a', 'http 2001:db8::1:8080 1.1 GET /a [2001:db8::1]:8080'],
  ["wget --header 'Host: b' --header 'HOST: c' a.example", 'http a.example:80 1.1 GET / c'],
  ['wget --spider --post-data=x a.example', 'http a.example:80 1.1 HEAD / a.example'],
  ['wget --post-file=f a.example', 'http a.example:80 1.1 POST / a.example'],
  // a long name may be cut short, as long as it is one option's
  ['wget --meth=delete a.example', 'http a.example:80 1.1 DELETE / a.example'],
  ['wget --post-d=x --po=y --=z a.example', 'http a.example:80 1.1 POST / a.example'],
  ['wget --method=put --body-data=y a.example', 'http a.example:80 1.1 PUT / a.example'],
  ['wget https://a.example', 'https a.example:443 sni=a.example 1.1 GET / a.example'],
  [
    `wget 'a.example/b c/"<>[]{}|\\^\`é?y z="%4A%4a%zz#f g'`,
    'http a.example:80 1.1 GET /b%20c/%22%3C%3E[]%7B%7D%7C%5C%5E%60%C3%A9?y%20z=%22%4A%4a%25zz a.example',
  ],
  ["wget 'http://a.example/;:@&=+$,!*()~_-/0?x y'", 'http a.example:80 1.1 GET /;:@&=+$,!*()~_-/0?x%20y a.example'],
  ["wget -e 'Post_Data = x' -e method=get -e x a.example", 'http a.example:80 1.1 GET / a.example'],
  ['wget -e bodydata=x -e method=put a.example', 'http a.example:80 1.1 PUT / a.example'],
  ['wget ftp://files.example/x', 'tcp files.example:21 server-first'],
  // HTTPie and xh
  ['http post example.com/x', 'http example.com:80 1.1 POST /x example.com'],
  ['http GET', 'http GET:80 1.1 GET / GET'],
  ['http example.com/a X-Y:a=b', 'http example.com:80 1.1 GET /a example.com'],
  ['http --raw x example.com/a', 'http example.com:80 1.1 POST /a example.com'],
  ['http --raw x GET example.com/a', 'http example.com:80 1.1 GET /a example.com'],
  ['http example.com/a b:=1', 'http example.com:80 1.1 POST /a example.com'],
  ['http example.com/a @f', 'http example.com:80 1.1 POST /a example.com'],
  ['http example.com/a =x', 'http example.com:80 1.1 POST /a example.com'],
  [
    'http --default-scheme=https example.com',
    'https example.com:443 sni=example.com alpn=http/1.1 1.1 GET / example.com',
  ],
  ['https --default-scheme http example.com', 'http example.com:80 1.1 GET / example.com'],
  ['xh --https example.com', 'https example.com:443 sni=example.com alpn=http/1.1 1.1 GET / example.com'],
  ['http example.com/a f@b', 'http example.com:80 1.1 POST /a example.com'],
  ['http example.com/a x=y==z', 'http example.com:80 1.1 POST /a example.com'],
  [
    'http DELETE https://example.com/a b=c',
    'https example.com:443 sni=example.com alpn=http/1.1 1.1 DELETE /a example.com',
  ],
  ['http example-1.com/a q==1 r==2', 'http example-1.com:80 1.1 GET /a?q=1&r=2 example-1.com'],
  ['http :', 'http localhost:80 1.1 GET / localhost'],
  ['http :/x', 'http localhost:80 1.1 GET /x localhost'],
  ['http :80', 'http localhost:80 1.1 GET / localhost'],
  ['xhs example.com', 'https example.com:443 sni=example.com alpn=http/1.1 1.1 GET / example.com'],
  ['xh example.com', 'http example.com:80 1.1 GET / example.com'],
];

describe('clients other than curl', () => {
  it('begin as they were seen to', () => {
    for (const [line, expected] of CLIENTS) assert.equal(told(parseTarget(line)), expected, line);
  });

  it('are read alike as a line and as words', () => {
    for (const [line] of CLIENTS) {
      assert.deepEqual(
        { ...parseCommand(splitShellWords(line)), command: line },
        { ...parseTarget(line), command: line },
      );
    }
  });

  it('print as they were given', () => {
    for (const [line] of [...CLIENTS, ...OPTIONS]) assert.equal(parseTarget(line).command, line);
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
      ['psql -h a,b shop', /several hosts/, /one target for each/],
      ['psql postgres://a:1,b:2/db', /several hosts/, /one target for each/],
      ['psql postgres://%2Frun%2Fpg/db', /socket/, /psql -h HOST/],
      ['psql postgres:///db', /socket/, /psql -h HOST/],
      ['wget http://a/ http://b/', /several URLs/, /one target for each/],
      ['mongosh mongodb://a:1,b:2/db', /several hosts/, /one target for each/],
      ['openssl x509 -in a.pem', /only s_client/, /s_client -connect/],
      ['kubectl get pods', /only exec, debug and run/, /kubectl exec/],
      ['docker run curlimages/curl http://x/', /of docker only exec/, /docker exec/],
      ['dig example.com', /name server is that of the pod/, /dig @SERVER/],
      ['git push origin main', /URL of the repository is missing/, /git ls-remote/],
      ['kafka-acls.sh --list', /kafka-acls\.sh is no client/, /tcp:/],
      ['kubectl exec deploy/api -- ping db', /^ping opens no connection$/, /tcp:\/\/HOST:PORT.*tls:\/\/HOST:PORT/],
      ['pingdom db', /^pingdom is no client/, /tcp:/],
      ['xtraceroute6 db', /^xtraceroute6 is no client/, /tcp:/],
      ['traceroute6 -T db', /^traceroute6 opens no connection$/, /tcp:/],
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
    for (const line of ['nc db 1', 'nc -zu db 1']) assert.equal(parseTarget(line).remarks, undefined, line);
    assert.match(parseTarget('grpcurl -plaintext a:1 b.C/D').remarks!.join(), /ServerReflectionInfo/);
    for (const words of ['-proto x.proto a:1 b.C/D', '-protoset x.bin a:1 b.C/D', 'a:1 list', 'a:1 describe x'])
      assert.equal(parseTarget(`grpcurl -plaintext ${words}`).remarks, undefined, words);
    assert.match(parseTarget('kcat -b k1 -L').remarks!.join(), /learns of other brokers/);
    assert.match(parseTarget('ftp files.example').remarks!.join(), /a second connection/);
  });
});

describe('the options of other clients than curl', () => {
  it('say where they connect, and how', () => {
    for (const [line, expected] of OPTIONS) assert.equal(told(parseTarget(line)), expected, line);
  });

  it('are the same of programs that connect in the same way', () => {
    const others: readonly (readonly [line: string, others: string])[] = [
      ['nc -X 5 db 25', 'ncat netcat nc.openbsd nc.traditional'],
      ['mysql -P 3307 -h db', 'mariadb mysqladmin mysqldump'],
      ['psql -p 5433 -h db', 'pg_dump pg_isready'],
      ['redis-cli -p 6380 -h cache', 'valkey-cli'],
      ['kcat -b k1:9093 -L', 'kafkacat kafka-console-consumer.sh kafka-console-producer.sh kafka-topics.sh'],
      ['ldapsearch -h ldap.example -p 390', 'ldapwhoami'],
      ['mosquitto_sub -h mq -t x', 'mosquitto_pub'],
      ['mongosh --host m1 --port 27018', 'mongo'],
    ];
    for (const [line, names] of others) {
      for (const name of names.split(' '))
        assert.equal(told(parseTarget(line.replace(/\S+/, name))), told(parseTarget(line)), name);
    }
  });

  it('wait for a greeting, where it comes before TLS', () => {
    for (const protocol of ['smtp', 'lmtp', 'imap', 'pop3', 'ftp', 'mysql', 'nntp', 'sieve', 'telnet']) {
      const line = `openssl s_client -starttls ${protocol} -connect a:1`;
      assert.equal(told(parseTarget(line)), 'tcp a:1 server-first', line);
    }
  });

  it('choose the family of an address', () => {
    for (const client of [
      'nc -6 localhost 1',
      'openssl s_client -6 -connect localhost:1',
      'wget -6 localhost',
      'socat - TCP6:localhost:1',
      'ssh -6 localhost',
      'sftp -6 localhost',
      'telnet -6 localhost',
      'wget --inet6-only localhost',
      'ftp -6 localhost',
    ]) {
      assert.equal(parseTarget(client).dial.host, '::1', client);
      assert.equal(parseTarget(client.replace('6', '4')).dial.host, '127.0.0.1', client);
      assert.match(refusal(client.replace('6', '4').replace('localhost', '[2001:db8::1]')).message, /^-4 with the/);
    }
  });

  it('may lead to a proxy, and then nothing is decided', () => {
    const lines: readonly (readonly [line: string, reason: string])[] = [
      ['socat - PROXY:p:db:5432,proxyport=3128', 'PROXY:p: the connection goes to the proxy'],
      ['socat - SOCKS4A:p:1080:db:5432', 'SOCKS4A:p: the connection goes to the proxy'],
      ['git -c HTTP.Proxy=http://p clone http://a/b', '-c http.proxy http://p: the connection goes to the proxy'],
      [
        'git -c remote.x.proxy=p --config-env=http.x.proxy=P clone http://a/b',
        '-c http.proxy p: the connection goes to the proxy',
      ],
      ['git --config-env=http.x.proxy=P clone http://a/b', '-c http.proxy P: the connection goes to the proxy'],
      ['git clone --config=http.proxy=p http://a/b', '-c http.proxy p: the connection goes to the proxy'],
      ['ssh -o ProxyJump=p -o ProxyJump=none a', '-o ProxyJump p: the connection goes to the proxy'],
      ['http --proxy http:http://p a', '--proxy http:http://p: the connection goes to the proxy'],
      ['scp -o ProxyJump=p f a:b', '-o ProxyJump p: the connection goes to the proxy'],
      ['wget -e HTTP_PROXY=p a', '-e HTTP_PROXY=p: the connection goes to the proxy'],
      ["wget -e ' https-proxy = p' https://a/", '-e  https-proxy = p: the connection goes to the proxy'],
      ['openssl s_client -proxy p:1 -connect a:1', '-proxy p:1: the connection goes to the proxy'],
      ['ssh -J p a', '-J p: the connection goes to the proxy'],
      ["ssh -o 'proxycommand nc p' a", '-o proxycommand nc p: the connection goes to the proxy'],
      ['mosquitto_sub --proxy socks5h://p -h mq -t x', '--proxy socks5h://p: the connection goes to the proxy'],
      ['mosquitto_sub -L mqtt://mq/x --proxy socks5h://p', '--proxy socks5h://p: the connection goes to the proxy'],
      ['nc -x p:1 a 1', '-x p:1: the connection goes to the proxy'],
    ];
    for (const [line, reason] of lines) assert.deepEqual(parseTarget(line).notModelled, [reason], line);
    for (const option of ['--post-file', '--body-file'])
      assert.deepEqual(parseTarget(`wget ${option}=f http://a/`).notModelled, [
        'f: the body comes from a file, which is not read',
      ]);
    assert.match(parseTarget('mongosh --tls mongodb+srv://c.example/db').notModelled.join(), /DNS records/);
    for (const line of ['git clone http://bücher.example/', 'http bücher.example'])
      assert.match(parseTarget(line).notModelled.join(), /without a UTF-8 locale/);
    for (const line of [
      'wget -e robots=off -e UseProxy=Off http://a/',
      'wget -e use_proxy=on -e https_proxy=p -e no_proxy=a http://a/',
      'wget -e x=http_proxy=p http://a/',
      'http_proxy=p wget --no-proxy http://a/',
      'http_proxy=p wget --execute=use_proxy=no http://a/',
      'http_proxy=p wget -e USE-PROXY=0 http://a/',
      'wget --post-file=f https://a/',
      'git clone http://a/xhttp.proxy=b',
      'ssh -o ProxyJump=none -o User=me a',
      'ssh -J none -o ProxyJump=p a',
      'ssh -o ProxyCommand=none -o ProxyJump=p a',
      "ssh -o 'LocalCommand=echo ProxyJump=p' a",
    ])
      assert.deepEqual([parseTarget(line).notModelled, parseTarget(line).throughProxy], [[], undefined], line);
  });

  it('decide what headers are sent, and which of them nobody knows', () => {
    const headers = (line: string) => parseTarget(line).http!.headers.map((header) => header.join('='));
    const unknown = (line: string) => parseTarget(line).http!.uncertainHeaders!.join(' ');
    const grpc = ['content-type=application/grpc', 'te=trailers'];
    const withoutCommand = (line: string) => ({ ...parseTarget(line), command: '' });
    const wget = ['User-Agent=Wget/1.21.3', 'Accept=*/*', 'Accept-Encoding=identity', 'Connection=Keep-Alive'];
    assert.deepEqual(headers('wget http://a/'), wget);
    assert.deepEqual(
      headers("wget --no-http-keep-alive --user-agent= --header 'accept: x' --header 'ACCEPT:' http://a/"),
      ['ACCEPT=', 'Accept-Encoding=identity', 'Connection=Close'],
    );
    // seen with GNU's wget: an empty header takes away those in front of it, and an empty body is told of
    assert.deepEqual(headers("wget --header 'X: 1' -e header=Y:2 --header= -e 'HEADER = Z:3' http://a/"), [
      ...wget,
      'Z=3',
    ]);
    for (const method of ['patch', 'POST', 'Put'])
      assert.deepEqual(headers(`wget --method=${method} http://a/`), [...wget, 'Content-Length=0']);
    assert.deepEqual(headers('wget --method=DELETE http://a/'), wget);
    assert.deepEqual(headers('wget --no-cache http://a/'), ['Cache-Control=no-cache', 'Pragma=no-cache', ...wget]);
    for (const setting of ['header=A:b', 'method=PUT', 'referer=r', 'user-agent=u', 'post-data=x', 'post-file=f'])
      assert.deepEqual(withoutCommand(`wget -e ${setting} a`), withoutCommand(`wget --${setting} a`));
    for (const setting of ['body-data=x', 'body-file=f'])
      assert.deepEqual(
        withoutCommand(`wget --method=PUT -e ${setting} a`),
        withoutCommand(`wget --method=PUT --${setting} a`),
      );
    assert.equal(parseTarget('wget --post-data=method=PUT a').http!.method, 'POST');
    const form = ['Content-Type=application/x-www-form-urlencoded', 'Content-Length=2'];
    assert.deepEqual(headers('wget --post-data=é --referer=r http://a/'), ['Referer=r', ...wget, ...form]);
    assert.deepEqual(headers('wget --method=PUT --body-data=xy -U me http://a/'), [
      'User-Agent=me',
      ...wget.slice(1),
      ...form,
    ]);
    assert.equal(unknown('wget http://a/'), 'user-agent accept accept-encoding connection');
    assert.equal(unknown("wget -U me --header 'ACCEPT: x' http://a/"), 'accept-encoding connection');
    assert.equal(
      unknown('wget --auth-no-challenge --user=u http://a/'),
      'user-agent accept accept-encoding connection authorization',
    );
    const two = "grpcurl -rpc-header Flag -reflect-header r: -H 'X-Env:  a:b '";
    assert.deepEqual(headers(`${two} a:1 b.C/D`), [...grpc, 'flag=', 'x-env=a:b']);
    assert.deepEqual(headers(`${two} a:1 list`), [...grpc, 'r=', 'x-env=a:b']);
    assert.deepEqual(
      headers("git -c http.extraHeader='A: b' clone --config=HTTP.http://a/.EXTRAHEADER=C:d http://a/b"),
      [...['User-Agent=curl/7.88.1', 'Accept=*/*', 'A=b', 'C=d']],
    );
    assert.equal(parseTarget('git clone http://u:p@a/b').http!.headers.length, 2);
    assert.ok(headers('http a.b X-Env:prod b=c:d').includes('X-Env=prod'));
    assert.ok(!headers('http a.b X-Env:prod b=c:d e:=f').some((header) => /^[cbe]/.test(header)));
    assert.equal(
      unknown('http a'),
      'user-agent accept accept-encoding connection content-type content-length authorization',
    );
    assert.equal(
      unknown('git clone http://a/b'),
      'user-agent accept accept-encoding accept-language pragma git-protocol',
    );
  });

  it('lack something, or lead to no network, and the message says what to write', () => {
    const cases: readonly (readonly [line: string, message: string, position?: number])[] = [
      ['wget -i list http://a/', '-i reads the URLs from a file'],
      ['wget -q', 'the URL is missing'],
      ['wget http://a/ http://b/', 'several URLs are several requests', 15],
      ['wget -q gopher://a/', 'wget has no protocol gopher', 8],
      ['nc -U /run/x', '-U never reaches the network'],
      ['openssl s_client -port 1', 'the host is missing'],
      ['nc -z 80', 'the host or the port is missing'],
      ['nc -z', 'the host or the port is missing'],
      ['nc -zv db 20 25', 'several ports are several connections', 10],
      ['nc -zv db 20-25', 'several ports are several connections', 10],
      ['nc -zv db 99999', '99999 is no port', 10],
      ['telnet -4', 'the host is missing'],
      ['telnet -4 db x', 'x is no port', 13],
      ['ssh -v', 'the host is missing'],
      ['nc -w 3 db 1 -x', '-x needs a value', 13],
      ['openssl s_client -connect', '-connect needs a value', 17],
      [
        'psql -h /run/postgresql',
        'without a host, psql connects to a socket of its own machine and not to the network',
      ],
      ['mysql -h localhost', 'without a host, mysql connects to a socket of its own machine and not to the network'],
      ['mysql mysql://db', 'without a host, mysql connects to a socket of its own machine and not to the network'],
      ['redis-cli -u cache', '-u takes a URL'],
      ['redis-cli --cluster info a:6379', '--cluster connects to all nodes'],
      ['mosquitto_sub --unix /run/x -t x', '--unix never reaches the network'],
      ['dig @ns +tls x', '+tls was not looked at'],
      ['dig @ns +https=/q x', '+https=/q was not looked at'],
      ['mongosh --host rs0/m1', 'it connects to several hosts, and a target is one connection'],
      ['mongosh --host m1,m2', 'it connects to several hosts, and a target is one connection'],
      ['grpcurl -unix /run/x a.B/C', '-unix never reaches the network'],
      ['grpcurl -alts a:1 a.B/C', '-alts is not TLS'],
      ['grpcurl -plaintext', 'the address is missing'],
      ['grpcurl -plaintext api a.B/C', 'api has no port', 19],
      ['grpcurl api:1 -plaintext a.B/C', 'its options stand in front of the address'],
      ['grpcurl api:1 list a.B x', 'its options stand in front of the address'],
      ['grpcurl -authority a -servername b api:1 c.D/E', '-authority and -servername are two names for one server'],
      ['socat - EXEC:x', 'an address that connects is missing'],
      ['socat - TCP:db:1x', 'an address that connects is missing'],
      ['socat TCP:a:1 UDP:a:1', 'it connects to several hosts, and a target is one connection'],
      ['scp a:f b:f', 'it connects to several hosts, and a target is one connection'],
      ['scp scp://a/f scp://a:23/f .', 'it connects to several hosts, and a target is one connection'],
      ['kcat -L', 'the broker is missing'],
      ['mosquitto_sub -L ws://mq/x', '-L takes a URL of mqtt'],
      ['ldapsearch -x', 'the server is missing'],
      ['ldapsearch -H ldap.example', 'the server is missing'],
      ['scp -q', 'the host is missing'],
      ['scp f g', 'the host is missing'],
      // nothing of curl is told of those that are read as curl would
      ['git clone http://a:0/', 'port 0 cannot be connected to'],
      ['http a:99999', '99999 is no port'],
      ['ftp -n', 'the host is missing'],
      ['http -v', 'the URL is missing'],
      ['xhs --verify no', 'the URL is missing'],
      ['http --offline a', '--offline makes no request'],
    ];
    for (const [line, message, position] of cases) {
      const error = refusal(line);
      assert.equal(error.message, message, line);
      assert.equal(error.position, position, line);
      assert.ok(error.hint, line);
    }
  });
});

describe('URLs of protocols that are not HTTP', () => {
  const protocols: Readonly<Record<string, string>> = {
    'tcp server-first': 'ftp:21 imap:143 mariadb:3306 mysql:3306 nats:4222 pop3:110 smtp:25 telnet:23',
    tcp: `amqp:5672 cassandra:9042 db2:50000 git:9418 kafka:9092 ldap:389 memcached:11211 mongodb:27017 mqtt:1883
      oracle:1521 postgres:5432 postgresql:5432 redis:6379 redshift:5439 sftp:22 sqlserver:1433 ssh:22 valkey:6379
      zookeeper:2181`,
    tls: `amqps:5671 imaps:993 ldaps:636 mongodb+srv:27017 mqtts:8883 pop3s:995 rediss:6379 smtps:465
      valkeys:6379`,
    udp: 'dns:53 ntp:123 syslog:514',
  };
  for (const [how, list] of Object.entries(protocols)) {
    it(`begin as ${how}`, () => {
      for (const [, scheme, port] of list.matchAll(/(\S+):(\d+)/g)) {
        const [protocol, first] = how.split(' ');
        const sni = protocol === 'tls' ? ['sni=a.example'] : [];
        const expected = [protocol, `a.example:${port}`, ...(first ? [first] : []), ...sni].join(' ');
        assert.equal(told(parseTarget(`${scheme}://a.example`)), expected, scheme);
      }
    });
  }

  const urls: readonly (readonly [url: string, told: string])[] = [
    ['MySQL://db', 'tcp db:3306 server-first'],
    ['mysql://jdbc:3307', 'tcp jdbc:3307 server-first'],
    ['mysql://u:a;b@db', 'tcp db:3306 server-first'],
    ['mysql://db/?u=x://a,b', 'tcp db:3306 server-first'],
    ['JDBC:sqlserver://db:1434;databaseName=x', 'tcp db:1434'],
    ['redis://cache?tls=true', 'tcp cache:6379'],
    ['REDISS://cache', 'tls cache:6379 sni=cache'],
    ['postgresql://db?a&sslnegotiation=direct', 'tls db:5432 sni=db alpn=postgresql'],
    ['grpc://[2001:db8::1]/a.B/C', 'http 2001:db8::1:80 2 POST /a.B/C [2001:db8::1]:80'],
    ['grpcs://api/a.B/C', 'https api:443 sni=api alpn=h2 2 POST /a.B/C api:443'],
    [
      'grpcurl -authority [::ffff:192.0.2.1]:1 api:443 a.B/C',
      'https api:443 sni=- alpn=h2 2 POST /a.B/C [::ffff:192.0.2.1]:1',
    ],
    ['grpcurl -authority a.example:1 api:443 a.B/C', 'https api:443 sni=a.example alpn=h2 2 POST /a.B/C a.example:1'],
    ['a.example/?u=foo://b', 'http a.example:80 1.1 GET /?u=foo://b a.example'],
  ];
  it('are read for what they say', () => {
    for (const [url, expected] of urls) assert.equal(told(parseTarget(url)), expected, url);
  });

  it('send what their handshakes need, and what else they send is not known', () => {
    assert.deepEqual(parseTarget('ws://a/').http!.headers, [
      ['Upgrade', 'websocket'],
      ['Connection', 'Upgrade'],
      ['Sec-WebSocket-Key', 'AAAAAAAAAAAAAAAAAAAAAA=='],
      ['Sec-WebSocket-Version', '13'],
    ]);
    assert.deepEqual(parseTarget('grpc://a/b').http!.uncertainHeaders, ['user-agent']);
    assert.equal(parseTarget('grpc://a/b').remarks, undefined);
    assert.match(parseTarget('grpc://a').remarks!.join(), /no method is named/);
    assert.match(parseTarget('ftp://a').remarks!.join(), /second connection/);
  });

  it('that nobody knows are refused, with what to write', () => {
    assert.match(refusal('foo:///x').hint!, /^write tcp:\/\/HOST:PORT when/);
    assert.match(refusal('foo://u@db:1?x').hint!, /^write tcp:\/\/db:1 when/);
    assert.match(refusal('file:///x').message, /never reaches the network/);
  });
});

describe('wrappings of a command line', () => {
  const plain = told(parseTarget('curl -sI https://example.com/'));
  const lines = [
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
    'env - A=1 curl -sI https://example.com/',
    "env -S 'curl -sI https://example.com/'",
    "env -S 'curl -sI' https://example.com/",
    `/usr/bin/env -iS'A=1 curl -sI "https://example.com/"'`,
    "https_proxy=p env -u https_proxy --split-string='curl -sI' https://example.com/",
    "https_proxy=p env -S '-i curl -sI' https://example.com/",
    'time -f %E curl https://example.com/ -sIf',
    "docker exec api curl -sI 'https://example.com/'",
    'doas -u app -C f curl -sI https://example.com/',
    'nice -n 5 curl -sI https://example.com/',
    'nohup curl -sI https://example.com/',
    'command curl -sI https://example.com/',
    'stdbuf -o L curl -sI https://example.com/',
    'runuser -u app -g app -- curl -sI https://example.com/',
    'gosu app curl -sI https://example.com/',
    'su-exec app:app curl -sI https://example.com/',
    "su - app -s /bin/sh -c 'curl -sI https://example.com/'",
    "su -c 'curl -sI https://example.com/' app",
    "eval 'curl -sI https://example.com/'",
    "watch -n 5 'curl -sI https://example.com/'",
    'watch curl -sI https://example.com/',
    "watch -x curl -o 'a b' -sI https://example.com/",
    "watch --exec curl -o 'a b' -sI https://example.com/",
    'xargs -P4 -I{} curl -sI https://example.com/',
    'xargs --replace=X -a /dev/null curl -sI https://example.com/',
    'exec -a name curl -sI https://example.com/',
    'proxychains -f conf curl -sI https://example.com/',
    'proxychains4 -f conf curl -sI https://example.com/',
    'torify curl -sI https://example.com/',
    'torsocks -P 9050 curl -sI https://example.com/',
    'tsocks curl -sI https://example.com/',
    'busybox sh -c "curl -sI https://example.com/"',
    'bash --norc -cl "curl -sI https://example.com/"',
    ...['sh', 'ash', 'dash', 'ksh', 'zsh'].map((shell) => `${shell} -c "curl -sI https://example.com/"`),
    ...['podman', 'nerdctl', 'crictl'].map((program) => `${program} exec api curl -sI https://example.com/`),
    ...['k', 'microk8s.kubectl'].map((program) => `${program} exec api -- curl -sI https://example.com/`),
    'curl.EXE -sI https://example.com/',
    `${'sudo '.repeat(19)}curl -sI https://example.com/`,
  ];

  it('change nothing of the request', () => {
    for (const line of lines) {
      const target = parseTarget(line);
      assert.equal(told(target), plain, line);
      assert.equal(target.notCurl, undefined, line);
      assert.equal(target.command, line.replace(/^\$ /, ''));
    }
  });

  it('of env have words in one text, without what is its own in them', () => {
    for (const text of ['curl $X', 'curl a\\_b', 'curl #a'])
      assert.throws(
        () => parseTarget(`env -S '${text}' http://a/`),
        /escapes and variables of env -S are not read here/,
      );
    assert.throws(() => parseTarget(`env -S 'curl "' http://a/`), /quote/);
    assert.throws(() => parseTarget("env -S 'curl -sI' http://a:b/"), { message: /^b is no port/, position: 0 });
  });

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

  it('of which some send everything through a proxy', () => {
    const reasons = (line: string) => parseTarget(line).notModelled.join('; ');
    for (const program of ['proxychains', 'proxychains4', 'torify', 'torsocks', 'tsocks']) {
      const own = `${program}: the connection goes to a proxy of its configuration`;
      assert.equal(reasons(`sudo ${program} nice curl http://a/`), own);
      assert.match(reasons(`${program} curl -n http://a/`), /^--netrc: .*; \w+: the connection goes/);
    }
    assert.equal(parseTarget('torify nc a 1').host, 'a');
    assert.equal(reasons('sudo curl http://a/'), '');
  });

  it('have variables that other programs than curl read, too', () => {
    const reasons = (line: string) => parseTarget(line).notModelled.join('; ');
    const reason = 'http_proxy=p: the connection goes to the proxy (http reads it)';
    assert.equal(reasons('http_proxy=p http a.example'), reason);
    assert.equal(told(parseTarget('http_proxy=p http a.example')), told(parseTarget('http a.example')));
    assert.match(reasons('http_proxy=p http -v bücher.example'), /UTF-8.*; http_proxy=p/);
    assert.equal(reasons('http_proxy=p use_proxy=no http --raw use_proxy=no a.example'), reason);
    for (const line of [
      'http_proxy=p no_proxy=b,a.example http a.example',
      'http_proxy=p NO_PROXY=a.example http a.example',
      'all_proxy=p nc a 1',
    ])
      assert.equal(reasons(line), '', line);
    const { headers } = parseTarget('http_proxy=p wget http://a/').http!;
    assert.deepEqual(headers.at(-1), ['Proxy-Connection', 'Keep-Alive']);
    assert.equal(parseTarget('http_proxy=p wget -e x=use_proxy=no http://a/').throughProxy?.name, 'p:80');
  });

  it('decide which variables the client gets', () => {
    const plain = 'https a:443';
    const proxied = 'http p:1080';
    const cases: readonly (readonly [line: string, told: string])[] = [
      ['https_proxy=p A=b curl https://a/', proxied],
      // what is around a container stays outside, with its proxies
      ['https_proxy=p kubectl exec x -- curl https://a/', plain],
      ['https_proxy=p docker exec x curl https://a/', plain],
      ['https_proxy=p sudo kubectl exec x -- curl https://a/', plain],
      ['torify kubectl exec x -- curl https://a/', plain],
      ['kubectl run t --env=https_proxy=p --env A=b -- curl https://a/', proxied],
      ['kubectl exec x -- env https_proxy=p curl https://a/', proxied],
      ['docker exec -e https_proxy=p x curl https://a/', proxied],
      ['https_proxy=p docker exec -e https_proxy --env A x curl https://a/', proxied],
      ['docker exec -e https_proxy x sudo curl https://a/', plain],
      // those that env takes away
      ['https_proxy=p A=b env -u A -u https_proxy curl https://a/', plain],
      ['https_proxy=p env --unset=https_proxy curl https://a/', plain],
      ['https_proxy=p env -i curl https://a/', plain],
      ['https_proxy=p env --ignore-environment A=b curl https://a/', plain],
      ['https_proxy=p env - A=b curl https://a/', plain],
      ['https_proxy=p env -u A curl https://a/', proxied],
      ["https_proxy=p env -S 'curl https://a/'", proxied],
      ["https_proxy=p env -iS 'curl https://a/'", plain],
      ["https_proxy=p env --ignore-environment -S 'curl https://a/'", plain],
      ['https_proxy=p strace -i curl https://a/', proxied],
      ['https_proxy=p env -i https_proxy=p curl https://a/', proxied],
      // those of another command in front
      ["export A=b https_proxy='p'; kubectl get x; curl https://a/", proxied],
      ['export https_proxy="p" no_proxy=b\\c && curl https://a/ | head', proxied],
      ["kubectl exec x -- sh -c 'export https_proxy=p && curl https://a/'", proxied],
      ['export https_proxy=p && kubectl exec x -- curl https://a/', plain],
      ['curl https://a/; export https_proxy=p', plain],
      ['export A=$(b) && curl https://a/', plain],
      ['https_proxy=p; curl https://a/', plain],
      // sudo passes it on where it is told to
      ['https_proxy=p sudo -E curl https://a/', proxied],
      ['https_proxy=p sudo --preserve-env curl https://a/', proxied],
      ['sudo https_proxy=p curl https://a/', proxied],
      ['A=b sudo curl https://a/', plain],
    ];
    for (const [line, expected] of cases) {
      const { scheme, host, port, notModelled } = parseTarget(line);
      assert.deepEqual([`${scheme} ${host}:${port}`, notModelled], [expected, []], line);
    }
    assert.equal(told(parseTarget('export PGHOST=db PGPORT=1; psql')), 'tcp db:1');
    assert.equal(parseTarget('export https_proxy=p; echo; curl https://a/').command, 'https_proxy=p curl https://a/');
    for (const [line, reason] of [
      ['https_proxy=p sudo curl https://a/', 'sudo: its configuration decides whether the command gets https_proxy'],
      ['PGHOST=a A=b doas psql', 'doas: its configuration decides whether the command gets PGHOST'],
    ] as const)
      assert.deepEqual(parseTarget(line).notModelled, [reason], line);
  });

  it('decide what HTTPie reads: what is no terminal is a body', () => {
    const method = (line: string) => parseTarget(line).http?.method;
    for (const line of [
      'echo x | http a',
      'cat f |& xhs a',
      'http a <f',
      'http a <f | cat',
      'https a < /dev/null',
      'http a <<< x',
      "sh -c 'echo | xh a'",
      'kubectl exec p -- http a',
      "kubectl exec p -- sh -c 'http a'",
      'xargs -I{} http a',
      "watch 'echo x | http a'",
      'kubectl exec -i p -- http a',
      'kubectl exec -t p -- http a',
      'echo x | kubectl exec -it p -- http a',
      "kubectl exec -it p -- sh -c '</dev/null http a'",
      'kubectl run p --stdin --image=x -- http a',
      'docker exec --interactive p http a',
    ])
      assert.equal(method(line), 'POST', line);
    for (const line of [
      'http a | cat',
      'echo x || http a',
      'echo x; http a',
      'cat <f; http a',
      'http a; cat <f',
      'http a 3<f',
      'http a <&3',
      'echo x | http -I a',
      'echo x | http --ignore-stdin a',
      'kubectl exec -it p -- http a',
      "kubectl exec -it p -- sh -c 'http a'",
      'kubectl exec --stdin --tty p -- http a',
      'docker exec --interactive --tty p http a',
      'oc rsh p http a',
      'watch http a',
      'echo x | xargs -I{} http -I a',
    ])
      assert.equal(method(line), 'GET', line);
    assert.equal(method('echo x | http PUT a'), 'PUT');
    assert.equal(parseCommand(['http', 'a'], undefined, 'nothing').http?.method, 'POST');
  });

  it('decide what nc and its like send', () => {
    const reason = (program: string): string =>
      `${program} sends what is not looked at here: write tcp://HOST:PORT when it is no HTTP`;
    const cases: readonly (readonly [line: string, told: string, unknown?: string])[] = [
      ['nc a 1', 'tcp a:1 server-first'],
      ['nc a 1 </dev/null', 'tcp a:1 server-first'],
      // it is seen
      ['echo ruok | nc a 1', 'tcp a:1'],
      ["printf 'a\\n' |& telnet a 1", 'tcp a:1'],
      ["kubectl exec p -- sh -c 'echo x | socat - TCP:a:1'", 'tcp a:1'],
      ['echo x | curl telnet://a:1', 'tcp a:1'],
      // it may be HTTP
      ['cat f | curl -s Telnet://a:1', 'tcp a:1 server-first', 'curl'],
      ["printf 'GET / HTTP/1.1\\r\\n\\r\\n' | nc a 1", 'tcp a:1 server-first', 'nc'],
      ['echo "$X" | ncat a 1', 'tcp a:1 server-first', 'ncat'],
      ['./echo x | nc a 1', 'tcp a:1 server-first', 'nc'],
      ['echo `x` | nc a 1', 'tcp a:1 server-first', 'nc'],
      ['echo y; cat f | nc a 1', 'tcp a:1 server-first', 'nc'],
      ['echo x | nc a 1 <f', 'tcp a:1 server-first', 'nc'],
      ['nc a 1 <f </dev/null', 'tcp a:1 server-first'],
      ['cat <f; nc a 1; cat <f', 'tcp a:1 server-first'],
      ['echo x | kubectl exec -i p -- telnet a 1', 'tcp a:1'],
      ['cat f | kubectl exec -i p -- telnet a 1', 'tcp a:1 server-first', 'telnet'],
      // it gets nothing, or asks for nothing, or it does not matter
      ['cat f | kubectl exec p -- nc a 1', 'tcp a:1 server-first'],
      ['cat f | nc -z a 1', 'tcp a:1 server-first'],
      ['cat f | nc -u a 1', 'udp a:1'],
      ['cat f | ncat --ssl a 1', 'tls a:1 sni=a'],
      ['cat f | mysql -h a', 'tcp a:3306 server-first'],
      ['cat f | curl smtp://a', 'tcp a:25 server-first'],
      ['cat f | curl ldap://a/telnet:', 'tcp a:389'],
      ['cat f | curl -d @- http://a/b', 'http a:80 1.1 POST /b a'],
    ];
    for (const [line, expected, program] of cases) {
      const target = parseTarget(line);
      assert.deepEqual([told(target), target.notModelled], [expected, program ? [reason(program)] : []], line);
    }
    const { notModelled } = parseTarget('cat f | nc -x p:1 a 1');
    assert.deepEqual(notModelled, ['-x p:1: the connection goes to the proxy', reason('nc')]);
  });

  it('may lack a command', () => {
    const cases: readonly (readonly [line: string, message: string, position?: number])[] = [
      ['A=1 B=2', 'there is no command'],
      ['kubectl exec api-0', 'there is no command'],
      ['kubectl exec -n shop -- curl x', 'kubectl exec names no pod', 0],
      ['sudo -u app', 'sudo runs no command here', 0],
      ['bash script', 'bash runs no command here', 0],
      ['sudo bash -c', 'bash runs no command here', 5],
      ['docker exec api', 'of docker only exec starts a client', 0],
      // with what a shell is given besides it is no host
      ["bash <<< 'curl http://x/'", 'bash runs no command here', 0],
      ['sh -s </dev/null', 'sh runs no command here', 0],
      ['sudo < x', 'sudo runs no command here', 0],
      ['A=b # bash', 'there is no command'],
      ['echo http://x/ | xargs -n1 curl -s', 'xargs adds words that are not known here', 17],
      ['xargs -I{} {} http://x/', 'xargs adds words that are not known here', 0],
      ['xargs curl', 'xargs adds words that are not known here', 0],
      ['sudo xargs -I{} curl http://{}/ < hosts', 'xargs adds words that are not known here', 5],
      ["watch 'curl --nope x'", 'curl 7.88 has no option --nope (curl exits with 2)', 6],
      ['cu.exerl http://x/', 'a space follows the first word, and a target is one URL or one command line', 8],
      ['a-b=c curl http://x/', 'a space follows the first word, and a target is one URL or one command line', 5],
      [`${'sudo '.repeat(20)}curl http://x/`, 'command lines are wrapped too deep'],
      ["sh -c 'curl $X'", '$X is a shell variable, and osm-ts runs no shell', 6],
      ["sh -c 'curl -s --nope x'", 'curl 7.88 has no option --nope (curl exits with 2)', 6],
      ["sh -c 'sudo curl --nope x'", 'curl 7.88 has no option --nope (curl exits with 2)', 6],
      ['curl http://$HOST -- x', '$HOST is a shell variable, and osm-ts runs no shell', 12],
      ["curl http://$HOST -d 'k ' -- x", '$HOST is a shell variable, and osm-ts runs no shell', 12],
      ['docker exec api curl http://$X/', '$X is a shell variable, and osm-ts runs no shell', 28],
      ['kubectl exec $POD curl x', '$POD is a shell variable, and osm-ts runs no shell', 13],
      ['curl $X | wget http://a/', 'two commands of the line send requests', 10],
      ['A; export https_proxy=$X && curl http://a/', '$X is a shell variable, and osm-ts runs no shell', 22],
    ];
    for (const [line, message, position] of cases) {
      const error = refusal(line);
      assert.deepEqual([error.message, error.position], [message, position], line);
    }
    assert.throws(() => parseCommand([]), { message: 'there is no command' });
    assert.equal(parseCommand(['http://a.example/?b']).http?.path, '/?b');
    assert.throws(() => parseCommand(['wget']), { message: 'the URL is missing' });
    assert.throws(() => parseCommand(['nc', '-U', 'x']), { position: undefined });
    // what is read as curl's was not typed so: no word of it has a place
    for (const line of ["http 'h\tx/'", "redis-cli -u 'ws://h\tx/'", "git ls-remote 'https://h\tx/'"])
      assert.match(refusal(line).message, /control character/, line);
    assert.throws(() => parseCommand(['nice', 'sh', '-c', 'cat </dev/tcp/a/1 >/dev/tcp/b/1']), { position: 3 });
    assert.equal(parseCommand(['sh', '-c', 'echo >/dev/tcp/a/1; curl http://b/']).host, 'b');
    assert.equal(told(parseCommand(['sh', '-c', 'cat </dev/tcp/a/1'])), 'tcp a:1 server-first');
    assert.equal(parseCommand(['psql', 'host=db port=1']).command, "psql 'host=db port=1'");
    assert.equal(parseTarget('echo curl $x | wget http://a.example/').host, 'a.example');
    assert.equal(told(parseTarget('docker exec api mongosh')), 'tcp 127.0.0.1:27017');
    assert.match(parseTarget('echo > /dev/tcp/a/1').remarks!.join(), /hangs up/);
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
    ['kubectl exec -f pod.yaml -n shop -- curl http://x/', { namespace: 'shop' }],
    ['kubectl exec `pod` -n shop -- curl http://x/', { namespace: 'shop' }],
    ['kubectl exec p -n $NS -- curl http://x/', { workload: 'p' }],
    ['kubectl run t --serviceaccount=api -- curl http://x/', { serviceAccount: 'api' }],
  ] as const) {
    it(line, () => assert.deepEqual(parseTarget(line).sender, sender));
  }
});
