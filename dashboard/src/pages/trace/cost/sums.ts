/** Sums of what was spent. */
import type { Spent } from "../model/details";

export interface Sum {
  name: string;
  calls: number;
  input: number;
  output: number;
  tokens: number;
  cost: number;
}

/** Adds up by whatever a call is asked for, the most expensive first. */
export function sumsBy(spent: Spent[], nameOf: (call: Spent) => string | undefined): Sum[] {
  const sums = new Map<string, Sum>();
  for (const call of spent) {
    const name = nameOf(call) ?? "(no name)";
    const sum = sums.get(name) ?? { name, calls: 0, input: 0, output: 0, tokens: 0, cost: 0 };
    sum.calls++;
    sum.input += call.input;
    sum.output += call.output;
    sum.tokens += call.tokens;
    sum.cost += call.cost;
    sums.set(name, sum);
  }
  return [...sums.values()].sort((a, b) => b.cost - a.cost || b.tokens - a.tokens);
}
