import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestServer } from './api-server.js';
import { findProgram } from './assets.js';
import { asAdmin } from './control-plane.js';
import { freePorts, startDaemon, stopDaemon, type Daemon } from './processes.js';

/** A kubelet's API (KWOK) beside the API server: real port-forward, exec and logs. */
export interface Kubelet {
  /** The file that is every container's log; lines in CRI form. */
  readonly log: string;
  /** Name of its node, for pods that tests make themselves. */
  readonly node: string;
  /** Waits until it has heard of a pod. */
  hears(namespace: string, pod: string, container: string): Promise<void>;
  /** A running pod of two containers, `a` and `b`; returns its name. */
  pod(namespace: string): Promise<string>;
  stop(): Promise<void>;
  /** Starts it again, at the same place, after `stop`. */
  start(): void;
}

/** Where a port of one pod leads to, on 127.0.0.1. */
export interface PodForward {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
  readonly to: number;
}

/**
 * @param forwards where ports of every pod lead to, on 127.0.0.1
 * @param ofPods the same for single pods
 * @param path where commands of containers are looked for
 */
export async function startKubelet(
  server: Pick<TestServer, 'control' | 'kubeconfigFor' | 'file'>,
  forwards: Readonly<Record<number, number>>,
  ofPods: readonly PodForward[] = [],
  path = process.env['PATH'],
): Promise<Kubelet> {
  const { control } = server;
  const [port = 0] = await freePorts(1);
  const node = `node-${port}`;
  const { cert, key } = control.authority.issue({ commonName: node, names: ['127.0.0.1'] });
  const log = server.file('pod.log', '2026-01-02T03:04:05.000000000Z stdout F a line of the pod\n');
  const resource = (kind: string, spec: object): object => ({
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind,
    metadata: { name: 'test' },
    spec,
  });
  // What the kubelet does by itself when it hears of a pod.
  const running = [
    'phase: Running',
    'containerStatuses:',
    '{{ range .spec.containers }}',
    '- {name: {{ .name | Quote }}, image: {{ .image | Quote }}, ready: true, restartCount: 0, state: {running: {}}}',
    '{{ end }}',
  ];
  const config = [
    resource('Stage', {
      resourceRef: { apiGroup: 'v1', kind: 'Pod' },
      selector: { matchExpressions: [{ key: '.status.phase', operator: 'In', values: ['Pending'] }] },
      next: { statusTemplate: running.join('\n') },
    }),
    resource('ClusterExec', { execs: [{ local: {} }] }),
    resource('ClusterLogs', { logs: [{ logsFile: log, follow: true }] }),
    resource('ClusterPortForward', {
      forwards: Object.entries(forwards).map(([from, to]) => ({
        ports: [Number(from)],
        target: { address: '127.0.0.1', port: to },
      })),
    }),
  ];
  const podForwards = ofPods.map(({ namespace, pod, port: from, to }) => ({
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'ClusterPortForward',
    metadata: { name: `${namespace}.${pod}.${from}` },
    spec: {
      selector: { matchNamespaces: [namespace], matchNames: [pod] },
      forwards: [{ ports: [from], target: { address: '127.0.0.1', port: to } }],
    },
  }));
  config.unshift(...podForwards);
  const words = [
    `--kubeconfig=${server.kubeconfigFor('admin')}`,
    `--config=${server.file('kwok.yaml', config.map((item) => JSON.stringify(item)).join('\n---\n'))}`,
    '--manage-all-nodes',
    '--node-ip=127.0.0.1',
    `--node-port=${port}`,
    `--server-address=127.0.0.1:${port}`,
    `--tls-cert-file=${server.file('kubelet.crt', cert)}`,
    `--tls-private-key-file=${server.file('kubelet.key', key)}`,
  ];
  const start = (): Daemon =>
    startDaemon(findProgram('kwok'), words, join(control.folder, `kwok-${port}.log`), { ...process.env, PATH: path });
  let daemon = start();
  const status = {
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
    conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
  };
  const body = { apiVersion: 'v1', kind: 'Node', metadata: { name: node } };
  await asAdmin(control, 'POST', '/api/v1/nodes', body);
  await asAdmin(control, 'PUT', `/api/v1/nodes/${node}/status`, { ...body, status });
  let count = 0;
  async function hears(namespace: string, pod: string, container: string): Promise<void> {
    const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log?container=${container}`;
    const deadline = Date.now() + 20_000;
    while (
      !(await asAdmin(control, 'GET', path, undefined, 'text').then(
        () => true,
        () => false,
      ))
    ) {
      if (Date.now() > deadline) {
        throw new Error(
          `the kubelet does not know ${pod} after 20 s:\n${readFileSync(daemon.log, 'utf8').slice(-2000)}`,
        );
      }
      await sleep(50);
    }
  }
  return {
    log,
    node,
    hears,
    async pod(namespace) {
      const name = `pod-${port}-${count++}`;
      const containers = ['a', 'b'].map((container) => ({ name: container, image: 'none' }));
      const path = `/api/v1/namespaces/${namespace}/pods`;
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { nodeName: node, containers } };
      await asAdmin(control, 'POST', path, pod);
      // The kubelet hears of the pod a moment later.
      await hears(namespace, name, 'a');
      return name;
    },
    stop: () => stopDaemon(daemon),
    start: () => (daemon = start()),
  };
}

/** Adds a line to a log file, as a container would. */
export function appendLine(file: string, text: string): void {
  writeFileSync(file, `2026-01-02T03:04:06.000000000Z stdout F ${text}\n`, { flag: 'a' });
}
