/** What the SDK counts, if the program gives a registry. The names are an interface; the table in the README says what each means. */

import { ProblemError, UnexpectedAnswerError } from "./errors.js";

/** Labels of a metric. */
export type Labels = Record<string, string>;

/** Where numbers go. {@link prometheus} makes one of prom-client. */
export interface Metrics {
  /** Adds to a counter, 1 unless told otherwise. */
  count(name: CounterName, labels: Labels, by?: number): void;
  /** Sets a gauge. */
  set(name: GaugeName, labels: Labels, value: number): void;
  /** Adds to a gauge. */
  add(name: GaugeName, labels: Labels, by: number): void;
  /** Puts a length in seconds into a histogram. */
  observe(name: HistogramName, labels: Labels, seconds: number): void;
}

const COUNTERS = {
  windlass_sdk_tasks_total: ["tasks that ended here", "type", "outcome"],
  windlass_sdk_empty_polls_total: ["dequeues that returned no task"],
  windlass_sdk_heartbeats_total: ["leases in heartbeat calls", "outcome"],
  windlass_sdk_retries_total: ["repeated calls, by the problem's code", "reason"],
  windlass_sdk_breaker_changes_total: ["times that the breaker changed its state", "server", "to"],
} as const;
const GAUGES = {
  windlass_sdk_active_tasks: ["handlers that run", "type"],
  windlass_sdk_breaker_state: ["0 closed, 1 half-open, 2 open", "server"],
} as const;
const HISTOGRAMS = {
  windlass_sdk_task_seconds: ["from the lease to the answer to the report", "type", "outcome"],
} as const;

export type CounterName = keyof typeof COUNTERS;
export type GaugeName = keyof typeof GAUGES;
export type HistogramName = keyof typeof HISTOGRAMS;

/** Bounds of histograms, in seconds. */
const BUCKETS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300, 3600];

/** What is needed of prom-client: `import * as promClient from "prom-client"`. */
export interface PrometheusClient<Registry> {
  Counter: new (settings: { name: string; help: string; labelNames: string[]; registers: Registry[] }) => { inc(labels: Labels, by: number): void };
  Gauge: new (settings: { name: string; help: string; labelNames: string[]; registers: Registry[] }) => {
    set(labels: Labels, value: number): void;
    inc(labels: Labels, by: number): void;
  };
  Histogram: new (settings: { name: string; help: string; labelNames: string[]; registers: Registry[]; buckets: number[] }) => {
    observe(labels: Labels, value: number): void;
  };
}

/** Metrics in a registry of prom-client; once for each registry, to be shared by clients and workers. */
export function prometheus<Registry>(client: PrometheusClient<Registry>, registry: Registry): Metrics {
  const settings = (name: string, [help, ...labelNames]: readonly [string, ...string[]]) => ({ name, help, labelNames, registers: [registry] });
  const made = <Name extends string, Metric>(all: Record<Name, readonly [string, ...string[]]>, make: (of: ReturnType<typeof settings>) => Metric) =>
    Object.fromEntries(Object.entries<readonly [string, ...string[]]>(all).map(([name, of]) => [name, make(settings(name, of))])) as Record<Name, Metric>;
  const counters = made(COUNTERS, (of) => new client.Counter(of));
  const gauges = made(GAUGES, (of) => new client.Gauge(of));
  const histograms = made(HISTOGRAMS, (of) => new client.Histogram({ ...of, buckets: BUCKETS }));
  return {
    count: (name, labels, by = 1) => counters[name].inc(labels, by),
    set: (name, labels, value) => gauges[name].set(labels, value),
    add: (name, labels, by) => gauges[name].inc(labels, by),
    observe: (name, labels, seconds) => histograms[name].observe(labels, seconds),
  };
}

/** Counts nothing. */
export const uncounted: Metrics = { count: () => undefined, set: () => undefined, add: () => undefined, observe: () => undefined };

/** A call is made again because of `error`. */
export function retried(metrics: Metrics, error: unknown): void {
  const reason = error instanceof ProblemError ? error.code : error instanceof UnexpectedAnswerError ? "unexpected" : "no_answer";
  metrics.count("windlass_sdk_retries_total", { reason });
}
