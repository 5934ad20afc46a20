/** Payloads and results of a shape, by whichever library knows Standard Schema: zod, valibot, arktype and others. */

/** What version 1 of Standard Schema (https://standardschema.dev) asks of a schema; its authors mean it to be copied. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Validated<Output> | Promise<Validated<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

type Validated<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined }[] };

/** Where a value departs from its schema. */
export interface Fault {
  /** A JSON pointer into the value. */
  pointer: string;
  detail: string;
}

/** A value is of another shape than its schema. */
export class ShapeError extends Error {
  override name = "ShapeError";

  constructor(
    what: string,
    readonly faults: readonly Fault[],
  ) {
    super(`${what} is of another shape: ${faults.map(({ pointer, detail }) => `${pointer || "all of it"}: ${detail}`).join("; ")}`);
  }
}

/** The value as its schema gives it; as it is without one. Throws a {@link ShapeError}. */
export async function shaped<T>(schema: StandardSchema<unknown, T> | undefined, value: unknown, what: string): Promise<T> {
  if (schema === undefined) return value as T;
  const result = await schema["~standard"].validate(value);
  if (result.issues === undefined) return result.value;
  const faults = result.issues.map(({ message, path }) => ({ pointer: pointer(path ?? []), detail: message }));
  throw new ShapeError(what, faults);
}

function pointer(path: readonly (PropertyKey | { readonly key: PropertyKey })[]): string {
  const keys = path.map((part) => (typeof part === "object" ? part.key : part));
  return keys.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
