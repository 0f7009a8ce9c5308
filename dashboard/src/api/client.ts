/** The typed client of the API, and what an answer that is none becomes. */
import createClient from "openapi-fetch";
import type { paths } from "./schema.gen";
import type { Problem } from "./types";

/** An answer that is no success, with the API's own sentence. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
    this.name = "ApiError";
  }

  /** Whether asking again may help. */
  get passing(): boolean {
    return this.status === 0 || this.status >= 500 || this.status === 429;
  }
}

/** Somebody answers in the API's place: a proxy's page, a login, another service. */
export const FOREIGN = "Something other than Telemetron's API answered";

export const client = createClient<paths>({
  baseUrl: globalThis.location.origin,
  fetch: (request) => globalThis.fetch(request),
  // A parameter stands in a query once: several values are separated by commas.
  querySerializer: { array: { style: "form", explode: false } },
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data of an answer, or an ApiError. */
export async function unwrap<T>(asked: Promise<Answer<T>>): Promise<T> {
  const answer = await asked.catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    if (cause instanceof SyntaxError) throw new ApiError(`${FOREIGN}: it was no JSON`, 0);
    throw new ApiError("The API cannot be reached. Is telemetron running?", 0);
  });
  if (answer.data !== undefined && answer.response.ok) return answer.data;
  if (answer.response.ok) throw new ApiError(`${FOREIGN}: it was empty`, 0);
  throw new ApiError(sentenceOf(answer.error, answer.response), answer.response.status);
}

function sentenceOf(error: unknown, response: Response): string {
  if (isProblem(error)) return error.detail;
  return `The API answered ${response.status} ${response.statusText}`.trim();
}

function isProblem(error: unknown): error is Problem {
  return (
    typeof error === "object" && error !== null && typeof (error as Problem).detail === "string"
  );
}
