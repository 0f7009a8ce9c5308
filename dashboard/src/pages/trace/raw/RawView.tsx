import type { ViewProps } from "../TracePage";
export function RawView(_: ViewProps) {
  return null;
}
