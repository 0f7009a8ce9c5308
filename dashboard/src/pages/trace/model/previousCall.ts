/** Which call of a model came before another one of the same agent. */
import { KINDS, type SpanStore } from "./spanStore";

const LLM = KINDS.indexOf("LLM");

/** The id of that call; none when this one is the first. */
export function previousCall(store: SpanStore, spanId: string): string | undefined {
  const place = store.placeOf(spanId);
  const start = store.start[place];
  if (place < 0 || start === undefined) return undefined;
  let latest = -1;
  for (let other = 0; other < store.size; other++) {
    const began = store.start[other] ?? 0;
    const same = store.kind[other] === LLM && store.agents[other] === store.agents[place];
    if (!same || other === place || began >= start) continue;
    if (latest < 0 || began > (store.start[latest] ?? 0)) latest = other;
  }
  return store.ids[latest];
}
