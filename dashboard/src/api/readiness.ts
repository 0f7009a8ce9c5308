/**
 * What `/ready` answers, read with care: a proxy, a login page, another service or nobody may
 * answer in the API's place, and whoever asks is the one part that stands on every page.
 */
import { ApiError, FOREIGN } from "./client";

export interface Component {
  ready: boolean;
  reason: string | undefined;
}

export interface Readiness {
  ready: boolean;
  components: Record<string, Component>;
}

/** Reads an answer, as text or parsed; throws an ApiError when it is not Telemetron's. */
export function readinessOf(answer: unknown): Readiness {
  const told = typeof answer === "string" ? parsed(answer) : answer;
  if (!isObject(told) || typeof told.ready !== "boolean") throw foreign();
  const named = Object.entries(isObject(told.components) ? told.components : {});
  const components = named.flatMap(([name, told]) => {
    const component = componentOf(told);
    return component ? [[name, component] as const] : [];
  });
  return { ready: told.ready, components: Object.fromEntries(components) };
}

function componentOf(told: unknown): Component | undefined {
  if (!isObject(told) || typeof told.ready !== "boolean") return undefined;
  return { ready: told.ready, reason: typeof told.reason === "string" ? told.reason : undefined };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw foreign();
  }
}

const foreign = () => new ApiError(`${FOREIGN} when it was asked whether it is ready`, 0);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
