// The one place that talks HTTP. Answers that are errors become Problem.

export const prefix = "/api/v1";

export type Query = Record<string, string | number | boolean | readonly string[] | undefined>;

interface ProblemBody {
  title?: string;
  detail?: string;
  errors?: { message?: string; location?: string }[] | null;
}

/** Problem says why a request failed, in the manager's words. */
export class Problem extends Error {
  constructor(
    readonly status: number, // 0: no answer
    message: string,
    readonly errors: { message?: string; location?: string }[] = [],
  ) {
    super(message);
    this.name = "Problem";
  }

  /** of names what is wrong with one field of the request. */
  of(location: string): string | undefined {
    return this.errors.find((e) => e.location === location)?.message;
  }
}

const listeners = new Set<() => void>();

/** onLoggedOut calls back when an answer says that the session is over. */
export function onLoggedOut(call: () => void): () => void {
  listeners.add(call);
  return () => listeners.delete(call);
}

/** path joins a route and its query; absent and empty values are left out. */
export function path(route: string, query: Query = {}): string {
  const p = new URLSearchParams();
  for (const [k, v] of Object.entries(query)) {
    if (v === undefined || v === "") continue;
    p.set(k, Array.isArray(v) ? v.join(",") : String(v));
  }
  const text = p.toString();
  return prefix + route + (text === "" ? "" : `?${text}`);
}

interface Options {
  query?: Query;
  body?: unknown;
  signal?: AbortSignal;
}

/** request sends one request and reads its JSON answer. */
export async function request<T>(method: string, route: string, { query, body, signal }: Options = {}): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(path(route, query), {
      method,
      credentials: "same-origin",
      headers: body === undefined ? { Accept: "application/json" } : { Accept: "application/json", "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  } catch (e) {
    if (e instanceof DOMException && e.name === "AbortError") throw e;
    throw new Problem(0, "The manager does not answer. Is it running, and is the network up?");
  }
  if (answer.status === 204) return undefined as T;
  const text = await answer.text();
  if (answer.ok) return (text === "" ? undefined : JSON.parse(text)) as T;
  if (answer.status === 401 && route !== "/session") listeners.forEach((call) => call());
  throw problem(answer.status, text);
}

function problem(status: number, text: string): Problem {
  let body: ProblemBody = {};
  try {
    body = JSON.parse(text) as ProblemBody;
  } catch {
    // not JSON: a proxy's page, for example
  }
  const errors = body.errors ?? [];
  const details = errors.map((e) => e.message).filter(Boolean).join("; ");
  const said = body.detail || body.title || `The manager answered with status ${status}.`;
  // What is wrong with the fields says more than that something is.
  return new Problem(status, details === "" ? said : details.charAt(0).toUpperCase() + details.slice(1), errors);
}

export const get = <T>(route: string, query?: Query, signal?: AbortSignal) =>
  request<T>("GET", route, { ...(query ? { query } : {}), ...(signal ? { signal } : {}) });
export const post = <T>(route: string, body: unknown) => request<T>("POST", route, { body });
export const put = <T>(route: string, body: unknown) => request<T>("PUT", route, { body });
export const patch = <T>(route: string, body: unknown) => request<T>("PATCH", route, { body });
export const remove = (route: string) => request<void>("DELETE", route);
