/** State that lives in the address, so that every view can be linked to. */
import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";

type Change = Record<string, string | null | undefined>;

/** The parameters of the address, and a way to change some of them. */
export function useUrlState(): [URLSearchParams, (change: Change, push?: boolean) => void] {
  const [params, setParams] = useSearchParams();
  const change = useCallback(
    (wanted: Change, push = false) =>
      setParams((current) => withChange(current, wanted), { replace: !push }),
    [setParams],
  );
  return useMemo(() => [params, change], [params, change]);
}

/** The parameters with some changed; what is empty leaves. */
export function withChange(params: URLSearchParams, change: Change): URLSearchParams {
  const changed = new URLSearchParams(params);
  for (const [name, value] of Object.entries(change)) {
    if (value) changed.set(name, value);
    else changed.delete(name);
  }
  return changed;
}
