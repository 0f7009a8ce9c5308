/** Light, dark, or as the system is; a choice is kept in this browser. */
import { useSyncExternalStore } from "react";

export type Theme = "light" | "dark" | "system";

const KEY = "telemetron.theme";
const DARK = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

/** What was chosen. */
export function chosenTheme(): Theme {
  const kept = localStorage.getItem(KEY);
  return kept === "light" || kept === "dark" ? kept : "system";
}

/** Whether the page is dark now. */
export function isDark(): boolean {
  const chosen = chosenTheme();
  return chosen === "dark" || (chosen === "system" && DARK.matches);
}

/** Makes the page look as chosen, now and whenever the system changes. */
export function applyTheme() {
  document.documentElement.dataset.theme = isDark() ? "dark" : "light";
  for (const listener of listeners) listener();
}

export function chooseTheme(theme: Theme) {
  if (theme === "system") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, theme);
  applyTheme();
}

DARK.addEventListener("change", applyTheme);

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useTheme = () => useSyncExternalStore(subscribe, chosenTheme);
export const useDark = () => useSyncExternalStore(subscribe, isDark);
