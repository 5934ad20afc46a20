/** Calls through openapi-fetch, with the types of the server's document: their answer, or the error that they end in. */

import createClient, { type Client as OpenApiClient } from "openapi-fetch";

import { WindlassError } from "./errors.js";
import { answerOf } from "./refusal.js";
import type { CallOptions, Transport } from "./transport.js";
import type { paths } from "./types.js";

/** All operations of the server, typed: `api.GET("/v1/queues")`. */
export type Api = OpenApiClient<paths>;

/** Calls whose refusals are thrown. */
export function callsOf(transport: Transport, options: CallOptions = {}): Api {
  return createClient<paths>({ baseUrl: transport.server, fetch: transport.fetcher(options) });
}

/** Calls whose refusals are returned, as openapi-fetch does. */
export function apiOf(transport: Transport, options: CallOptions = {}): Api {
  const fetcher = async (request: Request): Promise<Response> => {
    try {
      return await transport.fetcher({ ...options, signal: request.signal })(request);
    } catch (error) {
      const answer = answerOf(error);
      if (answer === undefined) throw error;
      return answer;
    }
  };
  return createClient<paths>({ baseUrl: transport.server, fetch: fetcher });
}

/** The body of an answer. */
export async function answered<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  try {
    const { data, response } = await call;
    if (data === undefined && response.status !== 204) throw new SyntaxError("there is none");
    return data as T;
  } catch (error) {
    // Client and server may be of different versions.
    if (error instanceof SyntaxError) throw new WindlassError(`cannot read the answer: ${error.message}`, { cause: error });
    throw error;
  }
}
