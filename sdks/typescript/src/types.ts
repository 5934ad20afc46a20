/** Names for the bodies of the HTTP contract, which are made from the server's own document. */

import type { components, operations, paths } from "./generated/schema.js";

export type { paths, operations };
/** All bodies of the contract by their names in the OpenAPI document. */
export type Schemas = components["schemas"];

export type LeasedTask = Schemas["LeasedTask"];
export type Pipeline = Schemas["Pipeline"];
export type Job = Schemas["Job"];
export type Task = Schemas["Task"];
export type Attempt = Schemas["Attempt"];
export type Event = Schemas["Event"];
export type Problem = Schemas["Problem"];
export type NewPipeline = Schemas["NewPipeline"];
export type NewJob = Schemas["NewJob"];
export type NewStandaloneJob = Schemas["NewStandaloneJob"];
export type NewTask = Schemas["NewTask"];
export type NewOutcome = Schemas["NewOutcome"];
export type ItemOutcome = Schemas["ItemOutcome"];
export type LogLine = Schemas["LogLine"];
export type LoggedLine = Schemas["LoggedLine"];
export type LogLevel = Schemas["LogLevel"];
export type Template = Schemas["Template"];
export type PutTemplate = Schemas["PutTemplate"];
export type RunTemplate = Schemas["RunTemplate"];
export type Schedule = Schemas["Schedule"];
export type PutSchedule = Schemas["PutSchedule"];

/** The query parameters of an operation. */
export type QueryOf<Operation extends keyof operations> = operations[Operation] extends {
  parameters: { query?: infer Query };
}
  ? NonNullable<Query>
  : never;
