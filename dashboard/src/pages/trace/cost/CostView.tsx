import type { ViewProps } from "../TracePage";
export function CostView(_: ViewProps) {
  return null;
}
