/** Which columns somebody wants to see: kept in this browser. */
import { useState } from "react";

const KEY = "telemetron.traces.hidden";

function kept(): string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(value) ? value.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}

export function useHiddenColumns(): [ReadonlySet<string>, (id: string, shown: boolean) => void] {
  const [hidden, setHidden] = useState(() => new Set(kept()));
  const show = (id: string, shown: boolean) => {
    const changed = new Set(hidden);
    if (shown) changed.delete(id);
    else changed.add(id);
    localStorage.setItem(KEY, JSON.stringify([...changed]));
    setHidden(changed);
  };
  return [hidden, show];
}
