import type { ViewProps } from "../TracePage";
export function TimelineView(_: ViewProps) {
  return null;
}
