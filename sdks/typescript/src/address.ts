/** Where a server is, as it is written in settings. */

import { SettingError } from "./errors.js";

/** Ports that `fetch` refuses, as browsers do: https://fetch.spec.whatwg.org/#port-blocking. */
const REFUSED = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137,
  139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
  3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);

/** The address without a slash at its end. With a `fetch` of the program's own any port will do. */
export function addressOf(server: string, ownFetch: boolean): string {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
    // What stands before an `@` may be a password.
    const shown = server.includes("@") ? "what was given" : JSON.stringify(server);
    throw new SettingError(`${shown} is not the address of a server, such as http://127.0.0.1:7070`);
  }
  if (url.username !== "" || url.password !== "") throw new SettingError(`the address of ${url.origin} is written without a user and a password: they are not sent`);
  if (!ownFetch && url.port !== "" && REFUSED.has(Number(url.port))) {
    throw new SettingError(`fetch refuses the port of ${url.origin}, as browsers do: let the server listen on another`);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}
