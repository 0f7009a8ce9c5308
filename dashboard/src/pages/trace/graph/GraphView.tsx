import type { ViewProps } from "../TracePage";
export function GraphView(_: ViewProps) {
  return null;
}
