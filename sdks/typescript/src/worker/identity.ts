/** What a worker calls itself when nobody says. */

import { randomUUID } from "node:crypto";
import { hostname } from "node:os";

/** Host name, process id and a random part, since containers share the first two. */
export function defaultWorkerId(): string {
  const host = hostname().replace(/[^\x21-\x7e]/g, "").slice(0, 100);
  return `${host || "worker"}-${process.pid}-${randomUUID().slice(0, 8)}`;
}
