/** The title of the page in the tab. */
import { useEffect } from "react";

export function useTitle(title: string) {
  useEffect(() => {
    document.title = `${title} · Telemetron`;
  }, [title]);
}
