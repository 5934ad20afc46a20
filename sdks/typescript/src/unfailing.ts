/** What the program gives the SDK to call, such as its logger: a fault in there must neither end the worker nor fail a task. */

/** The same object, of which these methods neither throw nor leave a rejected promise behind. */
export function unfailing<T extends object>(theirs: T, names: readonly (keyof T & string)[]): T {
  const methods = names.map((name) => [name, (...said: unknown[]) => quietly(() => (theirs[name] as (...said: unknown[]) => unknown)(...said))]);
  return Object.fromEntries(methods) as T;
}

function quietly(call: () => unknown): void {
  try {
    const end = call();
    if (end instanceof Promise) end.catch(() => undefined);
  } catch {
    // There is nobody left to tell.
  }
}
