import { ownValue } from '../../../text/plain-data.js';
import type { Input } from '../command-list.js';
import { endpointTarget } from '../endpoint.js';
import { parseCurl } from '../parse-curl.js';
import type { Target } from '../types.js';
import { readMongo, readMysql, readPostgres, readRedis } from './databases.js';
import { readGrpcurl } from './grpcurl.js';
import { readOptions } from './options.js';
import {
  readCopy,
  readDig,
  readFtp,
  readGit,
  readHost,
  readHttpie,
  readKcat,
  readLdap,
  readMosquitto,
  readNslookup,
  readSocat,
} from './more-tools.js';
import { readNetcat, readOpenssl, readSsh, readTelnet } from './tools.js';
import type { Client, Environment } from './types.js';
import { readWget } from './wget.js';

/** How the words behind a program's name are read. @param command how the target prints */
export type ClientReader = (args: readonly string[], env: Environment, command: string, input: Input) => Target;

const postgresOptions =
  'h,host p,port d,dbname U,username c,command f,file o,output F,field-separator L,log-file P,pset R,record-separator T,table-attr v,set,variable=set t,timeout n,schema j,jobs';
const mysqlOptions =
  'h,host P,port S,socket u,user e,execute D,database protocol default-character-set ssl-mode ssl-ca ssl-cert ssl-key connect-timeout defaults-file defaults-extra-file';
const mongoOptions =
  'host port u,username p,password eval f,file authenticationDatabase authenticationMechanism tlsCAFile tlsCertificateKeyFile';
const netcatOptions =
  'w,wait i,idle-timeout q s,source p,source-port=p x,proxy=proxy X,proxy-type=proxy-type proxy-auth proxy-dns P W M m,max-conns I O T V e,exec=exec sh-exec lua-exec g G o,output hex-dump delay ssl-servername ssl-cert ssl-key ssl-trustfile ssl-ciphers ssl-alpn';
const redisOptions =
  'h p s a u r i n t user pass sni cacert cacertdir cert key tls-ciphers tls-ciphersuites eval pattern quoted-pattern D d X count cursor top rdb functions-rdb pipe-timeout lru-test intrinsic-latency memkeys-samples keystats-samples show-pushes';
const opensslOptions = `connect host port servername alpn starttls proxy bind unix name xmpphost mtu proxy_user proxy_pass engine ssl_client_engine
  ssl_config ctlogfile maxfraglen max_send_frag split_send_frag max_pipelines read_buf cert certform cert_chain key keyform pass verify nameopt
  CApath CAfile CAstore requestCAfile dane_tlsa_domain dane_tlsa_rrdata psk_identity psk psk_session sess_out sess_in msgfile keymatexport
  keymatexportlen keylogfile serverinfo nextprotoneg early_data use_srtp srpuser srppass srp_strength rand writerand sigalgs client_sigalgs groups
  curves named_curve cipher ciphersuites min_protocol max_protocol record_padding policy purpose verify_name verify_depth auth_level attime
  verify_hostname verify_email verify_ip CRL CRLform chainCAfile chainCApath chainCAstore verifyCAfile verifyCApath verifyCAstore xkey xcert
  xchain xcertform xkeyform provider-path provider propquery`;
const sshOptions = 'p=port l o i F E J b c D L R W w m S e I O Q B';

function netcat(values: string): Client {
  return { syntax: { values, switches: 'l,listen u,udp U z v ssl' }, read: readNetcat, sendsInput: true };
}

const clients: Readonly<Record<string, Client>> = {
  dig: { syntax: { values: 'p b c f k q t y x' }, read: readDig },
  ftp: { syntax: { values: 'P N r s T u' }, port: 21, read: readFtp },
  host: { syntax: { values: 't c W R N m p' }, read: readHost },
  kcat: {
    syntax: { values: 'b t p o X F G c D K s S r d z bootstrap-server broker-list topic' },
    port: 9092,
    read: readKcat,
  },
  ldapsearch: { syntax: { values: 'H h p D w b s a f l o O U X Y y z P e E' }, port: 389, read: readLdap },
  mosquitto_pub: {
    syntax: {
      values: `h,host p,port t,topic m,message f,file L,url u,username P,pw i,id q,qos k,keepalive V,protocol-version cafile capath
        cert key tls-version will-topic will-payload proxy psk psk-identity unix`,
    },
    port: 1883,
    read: readMosquitto,
  },
  nslookup: { syntax: { values: 'port type query class timeout retry', style: 'dash' }, read: readNslookup },
  scp: { syntax: { values: 'P i F J l c o S D X' }, port: 22, read: readCopy },
  sftp: { syntax: { values: 'P i F J l c o S D X B b R s' }, port: 22, read: readCopy },
  socat: { syntax: { values: 'b t T L W' }, read: readSocat, sendsInput: true },
  mongosh: { syntax: { values: mongoOptions }, port: 27017, read: readMongo },
  mysql: { syntax: { values: mysqlOptions, attached: 'p' }, port: 3306, read: readMysql },
  nc: netcat(netcatOptions),
  ncat: netcat(`${netcatOptions} d`),
  openssl: { syntax: { values: opensslOptions, style: 'dash' }, port: 4433, read: readOpenssl },
  psql: { syntax: { values: postgresOptions }, port: 5432, read: readPostgres },
  'redis-cli': { syntax: { values: redisOptions, operands: 1 }, port: 6379, read: readRedis },
  ssh: { syntax: { values: sshOptions, operands: 2 }, port: 22, read: readSsh },
  telnet: { syntax: { values: 'b e l n S X k' }, port: 23, read: readTelnet, sendsInput: true },
};

/** Other names of the same programs, and of programs that connect in the same way. */
const aliases: Readonly<Record<string, string>> = {
  kafkacat: 'kcat',
  'kafka-console-consumer.sh': 'kcat',
  'kafka-console-producer.sh': 'kcat',
  'kafka-topics.sh': 'kcat',
  ldapwhoami: 'ldapsearch',
  mosquitto_sub: 'mosquitto_pub',
  mariadb: 'mysql',
  mysqladmin: 'mysql',
  mysqldump: 'mysql',
  mongo: 'mongosh',
  netcat: 'nc',
  'nc.openbsd': 'nc',
  'nc.traditional': 'nc',
  pg_dump: 'psql',
  pg_isready: 'psql',
  'valkey-cli': 'redis-cli',
};

const web: Readonly<Record<string, ClientReader>> = {
  curl: (args, env, command, input) => {
    const isTelnet = args.some((word) => /^telnet:/i.test(word));
    return withInput(parseCurl(args, command, env), 'curl', isTelnet ? input : 'nothing');
  },
  grpcurl: (args, _env, command) => readGrpcurl(args, command),
  git: (args, _env, command) => readGit(args, command),
  http: (args, _env, command, input) => readHttpie('http')(args, command, input),
  https: (args, _env, command, input) => readHttpie('https')(args, command, input),
  wget: (args, _env, command) => readWget(args, command),
  xh: (args, _env, command, input) => readHttpie('http')(args, command, input),
  xhs: (args, _env, command, input) => readHttpie('https')(args, command, input),
};

/** How the words behind a program's name are read; undefined for a program that is not known. */
export function readerOf(program: string): ClientReader | undefined {
  const reader = ownValue(web, program);
  if (reader) return reader;
  const client = ownValue(clients, ownValue(aliases, program) ?? program);
  if (!client) return undefined;
  return (args, env, command, input) => {
    const options = readOptions(args, client.syntax);
    const read = client.read(options, client, env);
    if ('command' in read) return { ...read, command };
    const sends = client.sendsInput && !options.has('z');
    return withInput(endpointTarget(read, command), program, sends ? input : 'nothing');
  };
}

/** What a program sends that it is given: Envoy looks at the first bytes. */
function withInput(target: Target, program: string, input: Input): Target {
  if (target.scheme !== 'tcp' || input === 'terminal' || input === 'nothing') return target;
  if (input === 'text') return { ...target, serverFirst: false };
  const reason = `${program} sends what is not looked at here: write tcp://HOST:PORT when it is no HTTP`;
  return { ...target, notModelled: [...target.notModelled, reason] };
}
